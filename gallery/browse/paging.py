"""Lists page by page: numbered addresses for people and machines, appended by script where there is one."""

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
    """Raises BadValue for what is none."""
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= LAST_PAGE):
        raise BadValue(_("There is no such page."))
    return int(text)


def refuse_past_the_end(number: int, found: Sequence[object]) -> None:
    """For whole pages: an empty first one says that there is nothing, a later one would say so wrongly. A
    grid whose list has shrunk meanwhile just ends."""
    if number > 1 and not found:
        raise Http404(_("There is no such page."))


def page_after(number: int, more: bool) -> int | None:
    """The number of the next page, where there is `more` for it and an address."""
    return number + 1 if more and number < LAST_PAGE else None


def page_of(images: QuerySet[Image], number: int, user: User | AnonymousUser, source: str) -> Page:
    """One page of cards of these images.

    First which images, then what they hold: sorting numbers is many times faster than sorting whole rows.
    """
    ids = images.values_list("pk", flat=True)
    return page_of_ids(lambda start, stop: list(ids[start:stop]), number, user, source)


def page_of_ids(
    ids: Callable[[int, int], list[int]], number: int, user: User | AnonymousUser, source: str
) -> Page:
    """One page of cards; `ids(start, stop)` names the images of those places. Looks one image further instead
    of counting them all, and shows nothing that this person may not see, whatever it is given."""
    start = (number - 1) * PAGE_SIZE
    found = ids(start, start + PAGE_SIZE + 1)
    held = Image.objects.visible(user).for_cards().in_bulk(found[:PAGE_SIZE])
    shown = [held[pk] for pk in found[:PAGE_SIZE] if pk in held]
    return Page(cards_for(shown, user, source, start), number, page_after(number, len(found) > PAGE_SIZE))


def page_or_cards(
    request: Request, template: str, page: Page, context: Callable[[], dict[str, Any]] = dict
) -> HttpResponse:
    """The whole page, for which alone `context` is called,
    or the next cards for the end of a grid that is there."""

    def whole() -> dict[str, Any]:
        refuse_past_the_end(page.number, page.cards)
        return context()

    return render_page(request, template, {"page": page}, whole=whole, fragment="gallery/_cards.html")
