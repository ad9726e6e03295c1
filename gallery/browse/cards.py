"""What the template of a card needs: the image, the user's rating and favourite, and the layout."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet, Value
from django.urls import reverse
from django.utils import timezone

from gallery.models import Favourite, Image, Rating
from gallery.models.catalogue import hidden_reason, seen_by
from gallery.plumbing.compiled_query import CompiledQuery

NARROWEST, WIDEST = 0.3, 4.0  # ratios outside are cropped at the card, never on the image's own page
ROW_PHONE, ROW_DESKTOP = 150, 300  # px: approximate height of a row, by which the browser chooses a rendition
FIRST = 2  # cards that the browser loads with high priority
_FAVOURITE = 0  # in place of a rating, which is 1 to 5
EAGER = 8  # cards that a desktop shows before scrolling: not loaded lazily


class Picture(NamedTuple):
    """The columns of an image that a card shows, for pages with too many images for model instances."""

    pk: int
    genre_id: int
    public_id: str
    title: str
    alt_text: str
    width: int
    height: int
    placeholder: str
    rendition_widths: Sequence[int]
    hidden_reason: str = ""

    @property
    def description(self) -> str:
        return self.alt_text or self.title


class Card(NamedTuple):
    """An image at a position of a list, for one user."""

    image: Image | Picture
    rating: int | None = None
    favourite: bool = False
    explored: bool = False
    position: int = 0
    source: str = ""

    @property
    def url(self) -> str:
        address = _page().format(self.image.public_id)
        return f"{address}?from={self.source}" if self.source else address

    @property
    def ratio(self) -> float:
        return min(max(self.image.width / self.image.height, NARROWEST), WIDEST)

    @property
    def ratio_class(self) -> str:
        """Class of `ratios.css`, in hundredths: `r-150` is 3:2. The browser knows the size before it has the
        picture."""
        return f"r-{round(self.ratio * 100)}"

    @property
    def cropped(self) -> bool:
        """Whether the image is so wide or so high that the card shows only a part of it."""
        return not NARROWEST <= self.image.width / self.image.height <= WIDEST

    @property
    def width_class(self) -> str:
        """Class of `ratios.css`, in hundreds of pixels: a small picture is not enlarged to the width of its
        page."""
        return f"w-{min(max(self.image.width // 100, 1), 20)}"

    @property
    def sizes(self) -> str:
        phone, desktop = (round(self.ratio * row) for row in (ROW_PHONE, ROW_DESKTOP))
        return f"(max-width: 40rem) {phone}px, {desktop}px"

    @property
    def cache_key(self) -> tuple[object, ...]:
        """All values that the card's HTML depends on, besides the language, being signed in, and the position
        on the page. The file of an image never changes, and neither does the placeholder."""
        image = self.image
        fields = (
            image.public_id,
            image.title,
            image.alt_text,
            image.width,
            image.height,
            *image.rendition_widths,
        )
        return (self.rating, self.favourite, self.source, image.hidden_reason, *fields)

    @property
    def first(self) -> bool:
        return self.position < FIRST

    @property
    def eager(self) -> bool:
        return self.position < EAGER

    def _srcset(self, extension: str) -> str:
        widths = self.image.rendition_widths
        return ", ".join(f"{rendition_url(self.image, width, extension)} {width}w" for width in widths)

    @property
    def webp(self) -> str:
        return self._srcset("webp")

    @property
    def jpeg(self) -> str:
        return self._srcset("jpg")

    @property
    def src(self) -> str:
        """For browsers without srcset: a medium size."""
        widths = self.image.rendition_widths
        return (
            rendition_url(self.image, widths[min(1, len(widths) - 1)], "jpg")
            if widths
            else self.image.placeholder
        )


def rendition_url(image: Image | Picture, width: int, extension: str) -> str:
    return _rendition(extension).format(image.public_id, width)


@cache
def _page() -> str:
    return reverse("gallery:image", args=["ID"]).replace("/ID/", "/{}/")


@cache
def _rendition(extension: str) -> str:
    """The address pattern with placeholders for public id and width, made once: a card has eight such
    addresses."""
    return reverse("gallery:rendition", args=["ID", 0, extension]).replace("ID/0.", "{}/{}.")


_COLUMNS = Picture._fields[:-1]  # columns of an image


def _visible_pictures(now: datetime, user: int, *images: int) -> "QuerySet[Any, Any]":
    return _all_pictures(now, *images).filter(seen_by(User(pk=user), now))


def _all_pictures(now: datetime, *images: int) -> "QuerySet[Any, Any]":
    return Image.objects.filter(pk__in=images).values_list(*_COLUMNS, hidden_reason(now))


_for_member, _for_staff = CompiledQuery(_visible_pictures), CompiledQuery(_all_pictures)


def pictures_for(user: User, ids: Sequence[int]) -> dict[int, Picture]:
    """Pictures by id, without those that the user may not see."""
    if not ids:
        return {}
    now = timezone.now()
    rows = _for_staff(now, *ids) if user.is_staff else _for_member(now, user.pk, *ids)
    return {row[0]: Picture._make((*row[:-2], _widths(row[-2]), row[-1])) for row in rows}


@cache
def _widths(packed: str) -> tuple[int, ...]:
    return tuple(json.loads(packed))


def _marks(user: int, *images: int) -> "QuerySet[Any, Any]":
    favourite = Favourite.objects.filter(user=user, image__in=images).values_list("image", Value(_FAVOURITE))
    return (
        Rating.objects.filter(user=user, image__in=images)
        .values_list("image", "value")
        .union(favourite, all=True)
    )


_marks_query = CompiledQuery(_marks)


def ratings_and_favourites(
    images: Sequence[Image | Picture], user: User | AnonymousUser
) -> tuple[dict[int, int], set[int]]:
    """The user's ratings of these images, and the ids of the favourites among them: one query, or none for an
    anonymous visitor."""
    if user.pk is None or not images:
        return {}, set()
    marks = _marks_query(user.pk, *(image.pk for image in images))
    ratings = {image: value for image, value in marks if value != _FAVOURITE}
    return ratings, {image for image, value in marks if value == _FAVOURITE}


def cards_for(
    images: Iterable[Image], user: User | AnonymousUser, source: str = "", first_position: int = 0
) -> list[Card]:
    """Cards in the order of `images`."""
    images = list(images)
    ratings, favourites = ratings_and_favourites(images, user)
    return [
        Card(image, ratings.get(image.pk), image.pk in favourites, position=position, source=source)
        for position, image in enumerate(images, first_position)
    ]
