"""Actions on several selected images. Each response contains the changed cards, and a message with one undo
for all of them. Images that no longer exist are skipped; only if none is left, the response is 404."""

import re
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gallery.acts import events, pace
from gallery.browse.cards import Card, cards_for
from gallery.collections import services as collections
from gallery.models import Collection, Hide, Image
from gallery.plumbing.access import MemberRequest, records, signed_in
from gallery.plumbing.errors import BadValue
from gallery.plumbing.flags import parse_flag

MAX_IMAGES_AT_ONCE = 200  # images at once
_POSITION = re.compile("[0-9]{1,6}")


def _entries(request: MemberRequest) -> list[str]:
    """`images`: public ids in the order of the grid, separated by spaces; an undo adds a value to each
    (`id:4`)."""
    entries = list(dict.fromkeys(request.POST.get("images", "").split()))
    if not 0 < len(entries) <= MAX_IMAGES_AT_ONCE:
        raise BadValue(_("Choose from 1 to %(most)d pictures at a time.") % {"most": MAX_IMAGES_AT_ONCE})
    return entries


def _source(request: MemberRequest) -> str:
    return events.parse_source(request.POST.get("from", ""))


def _cards(request: MemberRequest, public_ids: Iterable[str]) -> list[Card]:
    images = Image.objects.visible(request.user).filter(public_id__in=list(public_ids)).for_cards()
    return cards_for(images, request.user, _source(request))


def _answer(request: MemberRequest, what: str, changed: Iterable[str], **context: Any) -> HttpResponse:
    changed = list(changed)
    context |= {"cards": _cards(request, changed), "count": len(changed), "changed": " ".join(changed)}
    return render(request, f"gallery/selection/{what}.html", context | {"source": _source(request)})


@require_POST
@signed_in
@records
def rate_selection(request: MemberRequest) -> HttpResponse:
    """`value` is 1 to 5. An undo sends in `images` each image with its previous rating: `id:4`, or `id:`
    without one."""
    parts = [entry.partition(":") for entry in _entries(request)]
    if too_fast := pace.refusal(request, len(parts)):
        return too_fast
    undo = any(colon for _id, colon, _value in parts)
    value = request.POST.get("value", "")
    values = {
        public_id: None if colon and not had else events.parse_rating(had if colon else value)
        for public_id, colon, had in parts
    }
    rated = events.rate_each(request.user, values, _source(request), timezone.now())
    changed = [public_id for public_id, done in rated.items() if done.old != done.new]
    previous = " ".join(f"{public_id}:{rated[public_id].old or ''}" for public_id in changed)
    return _answer(request, "rated", rated, value=value, before=previous, undone=undo)


@require_POST
@signed_in
@records
def favourite_selection(request: MemberRequest) -> HttpResponse:
    """`on` is 1 or 0."""
    wanted = parse_flag(request.POST.get("on", ""))
    changed = events.set_favourites(request.user, _entries(request), wanted, timezone.now())
    return _answer(request, "favourited", changed, wanted=wanted, undone="undo" in request.POST)


@require_POST
@signed_in
@records
def hide_selection(request: MemberRequest) -> HttpResponse:
    changed = events.hide_each(request.user, _entries(request), Hide.Reason.UNSAID, timezone.now())
    return _answer(request, "hidden", changed, reasons=Hide.Reason, reason=Hide.Reason.UNSAID)


@require_POST
@signed_in
@records
def unhide_selection(request: MemberRequest) -> HttpResponse:
    changed = events.unhide_each(request.user, _entries(request))
    return _answer(request, "back", changed, sentence=_("Back again."))


@require_safe
@signed_in
def choose_for_selection(request: MemberRequest) -> HttpResponse:
    """The user's collections, to add the selection to one of them or to a new one."""
    return render(
        request, "gallery/selection/collect.html", {"collections": collections.collections_of(request.user)}
    )


@require_POST
@signed_in
def collect_selection(request: MemberRequest) -> HttpResponse:
    """Adds the images to the collection of this token (`collection`), or to a new one (`name`)."""
    public_ids, now, name = _entries(request), timezone.now(), request.POST.get("name")
    with transaction.atomic():  # leaves no empty collection if no image exists
        token = (
            request.POST.get("collection", "")
            if name is None
            else collections.create(request.user, name, now).token
        )
        added = collections.add_each_to_collection(request.user, token, public_ids, now)
    context = {
        "collection": Collection.objects.get(token=token),
        "new": name is not None,
        "added": " ".join(added),
    }
    return render(request, "gallery/selection/collected.html", context | {"count": len(added)})


@require_POST
@signed_in
def uncollect_selection(request: MemberRequest) -> HttpResponse:
    """Removes the images from the collection again. With `new` the collection was created for them: it is
    deleted if it is empty."""
    token = request.POST.get("collection", "")
    with transaction.atomic():
        collections.remove_each_from_collection(request.user, token, _entries(request), timezone.now())
        if "new" in request.POST and not Collection.objects.get(token=token).items.exists():
            collections.delete_collection(request.user, token)
    return render(request, "_toast.html", {"sentence": _("Taken out of the collection again.")})


@require_POST
@signed_in
def take_out_selection(request: MemberRequest) -> HttpResponse:
    """Removes the images from the collection whose page the user is on (`collection`)."""
    collection = Collection.objects.filter(owner=request.user).get(token=request.POST.get("collection", ""))
    positions = collections.remove_each_from_collection(
        request.user, collection.token, _entries(request), timezone.now()
    )
    previous = {public_id: f"{public_id}:{position}" for public_id, position in positions.items()}
    removed = [(card, previous[card.image.public_id]) for card in _cards(request, positions)]
    context = {
        "gone": removed,
        "count": len(positions),
        "before": " ".join(previous.values()),
        "source": _source(request),
    }
    return render(request, "gallery/selection/taken_out.html", context | {"collection": collection})


@require_POST
@signed_in
def put_back_selection(request: MemberRequest) -> HttpResponse:
    """`images` contains each image with its position in the collection: `id:4`."""
    parts = [entry.partition(":") for entry in _entries(request)]
    if not all(_POSITION.fullmatch(position) for _id, _colon, position in parts):
        raise BadValue(_("A place in a collection is a whole number."))
    positions = {public_id: int(position) for public_id, _colon, position in parts}
    collections.put_back(request.user, request.POST.get("collection", ""), positions, timezone.now())
    return _answer(request, "back", positions, sentence=_("Back in the collection."))
