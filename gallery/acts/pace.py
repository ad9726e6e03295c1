"""How fast one account may rate: a script that rates everything neither fills the tables nor keeps the learn
worker busy. A person who rates two pages of pictures at once is far below."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from gallery.plumbing import rate_limits
from gallery.plumbing.access import MemberRequest, refuse

REQUESTS, IMAGES, SECONDS = 60, 500, 60


def refusal(request: MemberRequest, images: int) -> HttpResponse | None:
    """Counts one request that rates so many images. The response for an account that is too fast, None for
    all others; ratings that were accepted before stay."""
    if rate_limits.allowed(request, "ratings", REQUESTS, SECONDS) and rate_limits.allowed(
        request, "rated-images", IMAGES, SECONDS, images
    ):
        return None
    return refuse(request, _("You rate faster than we can follow. Wait a minute, then go on."), 429)
