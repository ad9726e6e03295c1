"""Lists page by page: numbered addresses for people and machines, appended by script where there is one."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from gallery.cards import Card, cards_for
from gallery.models import Image

PAGE_SIZE = 40
LAST_PAGE = 500


@dataclass(frozen=True)
class Page:
    cards: list[Card]
    number: int
    next: int | None  # number of the page after this one


def page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= LAST_PAGE):
        raise BadRequest(_("There is no such page."))
    return int(text)


def page_of(images: QuerySet[Image], number: int, user: User | AnonymousUser, source: str) -> Page:
    """One page of cards; looks one image further instead of counting them all."""
    start = (number - 1) * PAGE_SIZE
    found = list(images[start : start + PAGE_SIZE + 1])
    more = len(found) > PAGE_SIZE and number < LAST_PAGE
    return Page(cards_for(found[:PAGE_SIZE], user, source, start), number, number + 1 if more else None)
