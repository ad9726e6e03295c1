"""What a card in a grid needs: the image, what this person did with it, and how the browser lays it out."""

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
ROW_PHONE, ROW_DESKTOP = 150, 300  # px: about how high a row becomes; the browser picks the rendition by it
FIRST = 2  # cards that the browser loads before all else
_FAVOURITE = 0  # where a rating is 1 to 5
EAGER = 8  # cards that are in sight at once on a desktop: loaded without waiting for the scroll


class Picture(NamedTuple):
    """What a card shows of an image, where a page has too many for instances of the model."""

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
    """An image at a place of a list, for one person."""

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
        """Class of `ratios.css`, in hundredths: `r-150` is three to two.
        Sizes are known before the picture is."""
        return f"r-{round(self.ratio * 100)}"

    @property
    def cropped(self) -> bool:
        """So long or so high that the card shows a part of it."""
        return not NARROWEST <= self.image.width / self.image.height <= WIDEST

    @property
    def width_class(self) -> str:
        """Class of `ratios.css`, in hundreds of pixels: a small picture is not blown up to fill its page."""
        return f"w-{min(max(self.image.width // 100, 1), 20)}"

    @property
    def sizes(self) -> str:
        phone, desktop = (round(self.ratio * row) for row in (ROW_PHONE, ROW_DESKTOP))
        return f"(max-width: 40rem) {phone}px, {desktop}px"

    @property
    def cache_key(self) -> tuple[object, ...]:
        """All that its HTML depends on, beside the language, whether somebody is signed in, and its place on
        the page. An image's file never changes, and with it the placeholder."""
        image = self.image
        shown = (
            image.public_id,
            image.title,
            image.alt_text,
            image.width,
            image.height,
            *image.rendition_widths,
        )
        return (self.rating, self.favourite, self.source, image.hidden_reason, *shown)

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
        """For browsers without srcset: a middle size."""
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
    """The address with places for the public id and the width: eight of them a card."""
    return reverse("gallery:rendition", args=["ID", 0, extension]).replace("ID/0.", "{}/{}.")


_COLUMNS = Picture._fields[:-1]  # columns of an image


def _shown(now: datetime, user: int, *images: int) -> "QuerySet[Any, Any]":
    return _all_shown(now, *images).filter(seen_by(User(pk=user), now))


def _all_shown(now: datetime, *images: int) -> "QuerySet[Any, Any]":
    return Image.objects.filter(pk__in=images).values_list(*_COLUMNS, hidden_reason(now))


_for_member, _for_staff = CompiledQuery(_shown), CompiledQuery(_all_shown)


def pictures_for(user: User, ids: Sequence[int]) -> dict[int, Picture]:
    """By id; without those that this person may not see."""
    if not ids:
        return {}
    now = timezone.now()
    rows = _for_staff(now, *ids) if user.is_staff else _for_member(now, user.pk, *ids)
    return {row[0]: Picture._make((*row[:-2], _widths(row[-2]), row[-1])) for row in rows}


@cache
def _widths(packed: str) -> tuple[int, ...]:
    return tuple(json.loads(packed))


def _said(user: int, *images: int) -> "QuerySet[Any, Any]":
    favourite = Favourite.objects.filter(user=user, image__in=images).values_list("image", Value(_FAVOURITE))
    return (
        Rating.objects.filter(user=user, image__in=images)
        .values_list("image", "value")
        .union(favourite, all=True)
    )


_asked = CompiledQuery(_said)


def ratings_and_favourites(
    images: Sequence[Image | Picture], user: User | AnonymousUser
) -> tuple[dict[int, int], set[int]]:
    """This person's ratings of these images, and which of them are their favourites: one query,
    none for a stranger."""
    if user.pk is None or not images:
        return {}, set()
    said = _asked(user.pk, *(image.pk for image in images))
    ratings = {image: value for image, value in said if value != _FAVOURITE}
    return ratings, {image for image, value in said if value == _FAVOURITE}


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
