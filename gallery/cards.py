"""What a card in a grid needs: the image, what this person did with it, and how the browser lays it out."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser, User
from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet, Value
from django.urls import reverse
from django.utils import timezone

from gallery.models import Favourite, Image, Rating
from gallery.prepared import Prepared
from gallery.querysets import seen_by

NARROWEST, WIDEST = 0.3, 4.0  # ratios outside are cropped at the card, never on the image's own page
ROW_PHONE, ROW_DESKTOP = 150, 300  # px: about how high a row becomes; the browser picks the rendition by it
FIRST = 2  # cards that the browser loads before all else
FAVOURITE = 0  # where a rating is 1 to 5
EAGER = 8  # cards that are in sight at once on a desktop: loaded without waiting for the scroll


class Card(NamedTuple):
    """An image at a place of a list, for one person."""

    image: Image
    rating: int | None = None
    favourite: bool = False
    explored: bool = False
    position: int = 0
    source: str = ""

    @property
    def url(self) -> str:
        address = self.image.get_absolute_url()
        return f"{address}?from={self.source}" if self.source else address

    @property
    def ratio(self) -> float:
        return min(max(self.image.width / self.image.height, NARROWEST), WIDEST)

    @property
    def ratio_class(self) -> str:
        """Class of `ratios.css`, in hundredths: `r-150` is three to two. Sizes are known before the picture is."""
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
    def looks(self) -> tuple[object, ...]:
        """All that its HTML depends on, beside the language, whether somebody is signed in, and its place on the page.
        An image's file never changes, and with it the placeholder."""
        image = self.image
        shown = (image.public_id, image.title, image.alt_text, image.width, image.height, *image.rendition_widths)
        return (self.rating, self.favourite, self.source, *shown)

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
        return rendition_url(self.image, widths[min(1, len(widths) - 1)], "jpg") if widths else self.image.placeholder


def rendition_url(image: Image, width: int, extension: str) -> str:
    return _rendition(extension).format(image.public_id, width)


@cache
def _rendition(extension: str) -> str:
    """The address with places for the public id and the width: eight of them a card."""
    return reverse("gallery:rendition", args=["ID", 0, extension]).replace("ID/0.", "{}/{}.")


# In the order of the model, which `from_db` asks for.
SHOWN = ("id", "public_id", "title", "alt_text", "genre_id", "width", "height", "rendition_widths", "placeholder")


def _shown(now: datetime, user: int, *images: int) -> "QuerySet[Any, Any]":
    return Image.objects.filter(seen_by(User(pk=user), now), pk__in=images).values_list(*SHOWN)


_for_member = Prepared(_shown)
_for_staff = Prepared(lambda *images: Image.objects.filter(pk__in=images).values_list(*SHOWN))


def images_for(user: User, ids: Sequence[int]) -> dict[int, Image]:
    """With what a card in a grid shows, by id; without those that this person may not see."""
    if not ids:
        return {}
    rows = _for_staff(*ids) if user.is_staff else _for_member(timezone.now(), user.pk, *ids)
    return {
        pk: Image.from_db(DEFAULT_DB_ALIAS, SHOWN, (pk, *rest, json.loads(widths), placeholder))
        for pk, *rest, widths, placeholder in rows
    }


def _said(user: int, *images: int) -> "QuerySet[Any, Any]":
    favourite = Favourite.objects.filter(user=user, image__in=images).values_list("image", Value(FAVOURITE))
    return Rating.objects.filter(user=user, image__in=images).values_list("image", "value").union(favourite, all=True)


_asked = Prepared(_said)


def said_of(images: Sequence[Image], user: User | AnonymousUser) -> tuple[dict[int, int], set[int]]:
    """This person's ratings of these images, and which of them are their favourites: one query, none for a stranger."""
    if user.pk is None or not images:
        return {}, set()
    said = _asked(user.pk, *(image.pk for image in images))
    ratings = {image: value for image, value in said if value != FAVOURITE}
    return ratings, {image for image, value in said if value == FAVOURITE}


def cards_for(
    images: Iterable[Image], user: User | AnonymousUser, source: str = "", first_position: int = 0
) -> list[Card]:
    """Cards in the order of `images`."""
    images = list(images)
    ratings, favourites = said_of(images, user)
    return [
        Card(image, ratings.get(image.pk), image.pk in favourites, position=position, source=source)
        for position, image in enumerate(images, first_position)
    ]
