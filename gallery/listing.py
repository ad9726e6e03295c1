"""Keeps the narrow rows that lists are made from (`Listing`, `Swatch`) as the images' own rows say.

`gallery.editing` writes them together with the images; one that is saved alone is written by its signal, ratings by
`gallery.events`, `trending` by `gallery.trending`. A page reads the images themselves under the rule of access again:
a row that were out of date could cost a place of a list, and never show what somebody may not see.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import (
    Case,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.signals import post_save
from django.dispatch import receiver

from gallery import colours
from gallery.discretion import FEWEST
from gallery.models import Genre, Image, Listing, Swatch
from gallery.querysets import seen_by

PRIOR_WEIGHT, PRIOR = 5, 3.0  # of "best rated": a single five does not beat fifty
BATCH = 500
COLUMNS = (
    "public_id", "visibility", "published_at", "uploaded_by_id", "genre_id", "width", "height", "taken_on", "taken_at",
    "trending", "rating_count", "rating_sum",
)  # fmt: skip


def best(rating_sum: int, rating_count: int) -> float:
    """(sum r + 5 * 3) / (n + 5)."""
    return (rating_sum + PRIOR_WEIGHT * PRIOR) / (rating_count + PRIOR_WEIGHT)


def _row(image: Image) -> Listing:
    return Listing(
        image_id=image.pk,
        public_id=image.public_id,
        visibility=image.visibility,
        published_at=image.published_at,
        uploaded_by_id=image.uploaded_by_id,
        genre_id=image.genre_id,
        ratio=image.width / image.height,
        day=image.day_taken or image.published_at.date(),
        trending=image.trending,
        best=best(image.rating_sum, image.rating_count),
        mean=image.mean_told or 0.0,
    )


def _keep(rows: Iterable[Listing]) -> None:
    kept = [field.attname for field in Listing._meta.concrete_fields if not field.primary_key]
    Listing.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["image"], update_fields=kept, batch_size=BATCH
    )


def write(ids: Collection[int]) -> None:
    """Writes the rows of these images anew, and those of their colours."""
    images = list(Image.objects.filter(pk__in=ids).only(*COLUMNS, "palette"))
    _keep(map(_row, images))
    Swatch.objects.filter(image__in=ids).delete()
    Swatch.objects.bulk_create(
        [
            Swatch(image_id=image.pk, cell=colours.cell(lab), lightness=lab[0], a=lab[1], b=lab[2])
            for image in images
            for lab in map(colours.lab_of, image.palette)
        ],
        batch_size=BATCH,
    )


def genres_shown_to(user: User | AnonymousUser) -> "QuerySet[Genre]":
    """Those that hold at least one image which this person may see: a name alone can give something away."""
    return Genre.objects.filter(Exists(Listing.objects.filter(seen_by(user), genre=OuterRef("pk"))))


def genres_known_to(user: User | AnonymousUser) -> "QuerySet[Genre]":
    """Those, and those that hold nothing yet: what holds only hidden images answers as a genre that never was."""
    seen = Exists(Listing.objects.filter(seen_by(user), genre=OuterRef("pk")))
    return Genre.objects.filter(seen | ~Exists(Image.objects.filter(genre=OuterRef("pk"))))


@receiver(post_save, sender=Image)
def _saved(instance: Image, raw: bool, **_: Any) -> None:
    if not raw:
        _keep([_row(instance)])


def rerate(ids: Collection[int]) -> None:
    """Brings `best` and `mean` of these images up to date with their sums."""
    image = Image.objects.filter(pk=OuterRef("pk"))
    stars = ExpressionWrapper(
        (F("rating_sum") + PRIOR_WEIGHT * PRIOR) / (F("rating_count") + PRIOR_WEIGHT * 1.0), output_field=FloatField()
    )
    mean = Case(When(rating_count__gte=FEWEST, then=F("rating_sum") * 1.0 / F("rating_count")), default=Value(0.0))
    Listing.objects.filter(pk__in=ids).update(
        best=Subquery(image.annotate(stars=stars).values("stars")),
        mean=Subquery(image.annotate(value=mean).values("value")),
    )
