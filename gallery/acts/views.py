"""Actions of a user on one image. Each response is a fragment for the card or the page that sent the form or,
without script, a redirect back to that page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gallery.acts import anonymous, events, pace
from gallery.browse.cards import Card, cards_for
from gallery.models import Hide, Image
from gallery.plumbing import rate_limits
from gallery.plumbing.access import (
    MemberRequest,
    Request,
    ViewFunction,
    previous_page,
    records,
    signed_in,
)
from gallery.plumbing.flags import parse_flag

MARKS_LIMIT, MARKS_SECONDS = 60, 60  # for an anonymous visitor: each mark may start a session


def _source(request: Request) -> str:
    return events.parse_source(request.POST.get("from", ""))


def _card(request: MemberRequest, public_id: str) -> Card:
    image = Image.objects.visible(request.user).for_cards().get(public_id=public_id)
    return cards_for([image], request.user, _source(request))[0]


def _answer(request: MemberRequest, public_id: str, fragment: str, **context: Any) -> HttpResponse:
    if not request.htmx:
        return redirect(previous_page(request, reverse("gallery:image", args=[public_id])))
    place = "card" if request.POST.get("place") == "card" else "page"
    try:
        context |= {"card": _card(request, public_id), "place": place}
    except Image.DoesNotExist:  # the user removed a rating of an image that they may no longer see
        return render(request, "_toast.html", {"sentence": _("Rating taken back.")})
    return render(request, fragment, context)


def _rating(request: Request) -> int | None:
    text = request.POST.get("value", "missing")
    return events.parse_rating(text) if text else None


def _wanted(request: Request) -> bool:
    return parse_flag(request.POST.get("on", ""))


def _mark_anonymously(request: Request, public_id: str, what: str, value: int | None) -> HttpResponse:
    """Keeps the mark in the session, and redirects to the sign-up page, which mentions it, links to the
    sign-in page and leads back to the image."""
    if not rate_limits.allowed(request, "said", MARKS_LIMIT, MARKS_SECONDS):
        return render(request, "429.html", status=429)
    source = _source(request)
    anonymous.add_mark(request.session, what, public_id, value, source, timezone.now())
    picture = f"{reverse('gallery:image', args=[public_id])}?{urlencode({'from': source})}"
    sign_up = f"{reverse('account_signup')}?{urlencode({'next': picture})}"
    if request.htmx:
        return HttpResponse(status=401, headers={"HX-Redirect": sign_up})
    return redirect(sign_up)


def keeps_anonymous_marks(
    what: str, parse: Callable[[Request], int | None]
) -> Callable[[ViewFunction[[str]]], ViewFunction[[str]]]:
    """Keeps the mark of an anonymous visitor until they sign up or sign in; `parse` reads its value."""

    def decorate(view: ViewFunction[[str]]) -> ViewFunction[[str]]:
        @wraps(view)
        def guarded(request: Request, public_id: str) -> HttpResponseBase:
            if request.user.is_authenticated:
                return view(request, public_id)
            return _mark_anonymously(request, public_id, what, parse(request))

        return guarded

    return decorate


@require_POST
def discard_marks(request: Request) -> HttpResponse:
    """Discards the marks: another person made them at this browser."""
    anonymous.discard_marks(request.session)
    return redirect(previous_page(request, reverse("account_signup")))


@require_POST
@keeps_anonymous_marks(anonymous.RATING, _rating)
@signed_in
@records
def rate(request: MemberRequest, public_id: str) -> HttpResponse:
    """`value` is 1 to 5; an empty one removes the rating."""
    if too_fast := pace.refusal(request, 1):
        return too_fast
    rated = events.rate(request.user, public_id, _rating(request), _source(request), timezone.now())
    return _answer(request, public_id, "gallery/_rated.html", rated=rated)


@require_POST
@keeps_anonymous_marks(anonymous.FAVOURITE, _wanted)
@signed_in
@records
def favourite(request: MemberRequest, public_id: str) -> HttpResponse:
    """`on` is 1 or 0."""
    events.set_favourite(request.user, public_id, _wanted(request), timezone.now())
    return _answer(request, public_id, "gallery/_favourited.html")


@require_POST
@signed_in
@records
def hide(request: MemberRequest, public_id: str) -> HttpResponse:
    reason = events.parse_reason(request.POST.get("reason", ""))
    events.hide(request.user, public_id, reason, timezone.now())
    return _answer(request, public_id, "gallery/_hidden.html", reason=reason, reasons=Hide.Reason)


@require_POST
@signed_in
@records
def unhide(request: MemberRequest, public_id: str) -> HttpResponse:
    events.unhide(request.user, public_id)
    return _answer(request, public_id, "gallery/_unhidden.html", reasons=Hide.Reason)
