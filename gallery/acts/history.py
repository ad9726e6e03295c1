"""The user's own history of views and ratings, by day, with deletion of one entry, one day or everything."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gallery.acts import events
from gallery.browse.paging import page_after, page_number, refuse_past_the_end
from gallery.models import Image, Rating, View
from gallery.plumbing.access import MemberRequest, confirm, signed_in
from gallery.plumbing.errors import BadValue

_ROWS_PER_PAGE = 60


def _page(rows: "QuerySet[Any]", request: MemberRequest) -> tuple[list[tuple[Any, Image | None]], int | None]:
    """The rows of a page with their images (None if the user may no longer see the image), and the number of
    the next page."""
    number = page_number(request)
    shown = list(rows[(number - 1) * _ROWS_PER_PAGE : number * _ROWS_PER_PAGE + 1])
    refuse_past_the_end(number, shown)
    images = (
        Image.objects.visible(request.user)
        .for_cards()
        .in_bulk([row.image_id for row in shown[:_ROWS_PER_PAGE]])
    )
    return [(row, images.get(row.image_id)) for row in shown[:_ROWS_PER_PAGE]], page_after(
        number, len(shown) > _ROWS_PER_PAGE
    )


@require_safe
@signed_in
def history(request: MemberRequest) -> HttpResponse:
    rows, after = _page(View.objects.filter(user=request.user).order_by("-at", "-pk"), request)
    days = [(day, list(views)) for day, views in groupby(rows, key=lambda row: row[0].at.date())]
    return render(request, "gallery/history.html", {"days": days, "next": after})


@require_safe
@signed_in
def ratings(request: MemberRequest) -> HttpResponse:
    mine = (
        Rating.objects.filter(user=request.user)
        .select_related("image")
        .only("value", "updated_at", "image__public_id")
    )
    rows, after = _page(mine.order_by("-updated_at", "-pk"), request)
    return render(request, "gallery/rated.html", {"rows": rows, "next": after})


@require_POST
@signed_in
def forget(request: MemberRequest) -> HttpResponse:
    """Deletes one entry (`view`), one day in UTC (`day`) or, with `everything`, all views."""
    mine = View.objects.filter(user=request.user)
    number, day = request.POST.get("view", ""), request.POST.get("day", "")
    if number.isascii() and number.isdigit() and len(number) < 19:
        chosen = mine.filter(pk=int(number))
    elif day:
        start = datetime.combine(_day(day), time.min, tzinfo=UTC)
        chosen = mine.filter(at__gte=start, at__lt=start + timedelta(days=1))
    elif request.POST.get("everything") == "1":
        chosen = mine
    else:
        raise BadValue(_("Say what to forget: an entry, a day, or everything."))
    events.forget_views(request.user, chosen)
    return confirm(request, _("Removed from the history."), "gallery:history")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadValue(_("A day is written like 2026-05-31.")) from None
