"""Pages of a list: numbered addresses for users and crawlers; a script appends the next page to the grid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from gallery.browse.cards import Card, cards_for
from gallery.models import Image
from gallery.plumbing.access import Request, render_page
from gallery.plumbing.errors import BadValue

PAGE_SIZE = 40
LAST_PAGE = 500


@dataclass(frozen=True)
class Page:
    cards: list[Card]
    number: int
    next: int | None  # number of the page after this one


def page_number(request: HttpRequest) -> int:
    """The number in the address. Raises BadValue if it is not a page number."""
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= LAST_PAGE):
        raise BadValue(_("There is no such page."))
    return int(text)


def refuse_past_the_end(number: int, found: Sequence[object]) -> None:
    """Raises Http404 for a page after the last one. Only for whole pages: an empty first page says that the
    list is empty, and the grid of a list that became shorter simply ends."""
    if number > 1 and not found:
        raise Http404(_("There is no such page."))


def page_after(number: int, more: bool) -> int | None:
    """The number of the next page; None if there is not `more`, or if that number has no address."""
    return number + 1 if more and number < LAST_PAGE else None


def page_of(images: QuerySet[Image], number: int, user: User | AnonymousUser, source: str) -> Page:
    """One page of cards of these images.

    Selects the ids first, then the rows: sorting ids is many times faster than sorting whole rows.
    """
    ids = images.values_list("pk", flat=True)
    return page_of_ids(lambda start, stop: list(ids[start:stop]), number, user, source)


def page_of_ids(
    ids: Callable[[int, int], list[int]], number: int, user: User | AnonymousUser, source: str
) -> Page:
    """One page of cards; `ids(start, stop)` returns the ids at these positions. Asks for one id more instead
    of counting all, and leaves out images that the user may not see."""
    start = (number - 1) * PAGE_SIZE
    found = ids(start, start + PAGE_SIZE + 1)
    images = Image.objects.visible(user).for_cards().in_bulk(found[:PAGE_SIZE])
    shown = [images[pk] for pk in found[:PAGE_SIZE] if pk in images]
    return Page(cards_for(shown, user, source, start), number, page_after(number, len(found) > PAGE_SIZE))


def page_or_cards(
    request: Request, template: str, page: Page, context: Callable[[], dict[str, Any]] = dict
) -> HttpResponse:
    """The whole page, or the next cards for a grid. Only the whole page calls `context`."""

    def page_context() -> dict[str, Any]:
        refuse_past_the_end(page.number, page.cards)
        return context()

    return render_page(
        request, template, {"page": page}, page_context=page_context, fragment="gallery/_cards.html"
    )
