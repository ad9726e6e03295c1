"""What a person says about an image. Every answer is a fragment for the card or the page it was sent from, or,
without script, the way back to that page."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gallery import events
from gallery.access import MemberRequest, answers_in_words, page_they_were_on, records, signed_in
from gallery.cards import Card, cards_for
from gallery.models import Hide, Image


def _source(request: MemberRequest) -> str:
    return events.parse_source(request.POST.get("from", ""))


def _card(request: MemberRequest, public_id: str) -> Card:
    image = Image.objects.visible(request.user).for_cards().get(public_id=public_id)
    return cards_for([image], request.user, _source(request))[0]


def _answer(request: MemberRequest, public_id: str, fragment: str, **context: Any) -> HttpResponse:
    if not request.htmx:
        return redirect(page_they_were_on(request, reverse("gallery:image", args=[public_id])))
    place = "card" if request.POST.get("place") == "card" else "page"
    try:
        context |= {"card": _card(request, public_id), "place": place}
    except Image.DoesNotExist:  # a rating was taken back of what this person may not see any more
        return render(request, "_toast.html", {"sentence": _("Rating taken back.")})
    return render(request, fragment, context)


@require_POST
@signed_in
@answers_in_words
@records
def rate(request: MemberRequest, public_id: str) -> HttpResponse:
    """`value` is 1 to 5; an empty one takes the rating back."""
    text = request.POST.get("value", "missing")
    value = events.parse_rating(text) if text else None
    rated = events.rate(request.user, public_id, value, _source(request), timezone.now())
    return _answer(request, public_id, "gallery/_rated.html", rated=rated)


@require_POST
@signed_in
@answers_in_words
@records
def favourite(request: MemberRequest, public_id: str) -> HttpResponse:
    """`on` is 1 or 0."""
    wanted = events.parse_favourite(request.POST.get("on", ""))
    events.set_favourite(request.user, public_id, wanted, timezone.now())
    return _answer(request, public_id, "gallery/_favourited.html")


@require_POST
@signed_in
@answers_in_words
@records
def hide(request: MemberRequest, public_id: str) -> HttpResponse:
    reason = events.parse_reason(request.POST.get("reason", ""))
    events.hide(request.user, public_id, reason, timezone.now())
    return _answer(request, public_id, "gallery/_hidden.html", reason=reason, reasons=Hide.Reason)


@require_POST
@signed_in
@answers_in_words
@records
def unhide(request: MemberRequest, public_id: str) -> HttpResponse:
    events.unhide(request.user, public_id)
    return _answer(request, public_id, "gallery/_unhidden.html", reasons=Hide.Reason)
