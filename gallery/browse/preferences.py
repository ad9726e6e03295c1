"""Display settings of this browser."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from gallery.plumbing.access import Request, previous_page, refuse

_YEAR = 365 * 86400


@require_POST
def theme(request: Request) -> HttpResponse:
    """Light, dark or the system's theme; stored in a cookie, so that the first paint is right."""
    chosen = request.POST.get("theme", "")
    if chosen not in {"light", "dark", "system"}:
        return refuse(request, _("The theme is light, dark or system."))
    if request.htmx:
        answer = trigger_client_event(HttpResponse(status=204), "theme", {"theme": chosen})
    else:
        answer = redirect(previous_page(request, reverse("gallery:explore")))
    answer.set_cookie(
        "theme", chosen, max_age=_YEAR, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax", httponly=True
    )
    return answer
