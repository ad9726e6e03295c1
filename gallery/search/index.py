"""Writes the rows that lists and searches read (`Listing`, `Swatch`, `SearchToken`), from the images.

`gallery.catalogue.editing` writes them together with the images; a signal writes the listing of an image that
is saved alone; `gallery.acts.events` updates ratings, and `gallery.browse.trending` updates `trending`. Pages
then read the images themselves under the rule of access: an outdated row could only leave a gap in a list,
never show an image to a user who may not see it.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    F,
    FloatField,
    OuterRef,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.signals import post_save
from django.dispatch import receiver

from gallery.models import Image, Listing, Rating, SearchToken, Swatch
from gallery.models.disclosure import MIN_PEOPLE
from gallery.models.trust import weight_of_rater
from gallery.search import colours
from gallery.search.words import in_the_other_language, tokens_of, words_of

_PRIOR_WEIGHT, _PRIOR = 5, 3.0  # of "best rated": one rating of 5 must not beat fifty of them
_BATCH = 500
TITLE, KEYWORD, GENRE = 4, 3, 2  # weights of tokens
_COLUMNS = (
    "public_id", "visibility", "published_at", "uploaded_by_id", "genre_id", "width", "height", "taken_on",
    "taken_at", "trending", "rating_count",
)  # fmt: skip


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
        best=_PRIOR,
        mean=0.0,
    )


def _write_listings(images: Iterable[Image]) -> None:
    images = list(images)
    columns = [field.attname for field in Listing._meta.concrete_fields if not field.primary_key]
    Listing.objects.bulk_create(
        map(_row, images),
        update_conflicts=True,
        unique_fields=["image"],
        update_fields=columns,
        batch_size=_BATCH,
    )
    if rated := [image.pk for image in images if image.rating_count]:
        update_means(rated)


def update_listings(ids: Collection[int]) -> None:
    """Writes the listings and the swatches of these images again."""
    images = list(Image.objects.filter(pk__in=ids).only(*_COLUMNS, "palette"))
    _write_listings(images)
    Swatch.objects.filter(image__in=ids).delete()
    Swatch.objects.bulk_create(
        [
            Swatch(image_id=image.pk, cell=colours.cell(lab), lightness=lab[0], a=lab[1], b=lab[2])
            for image in images
            for lab in map(colours.lab_of, image.palette)
        ],
        batch_size=_BATCH,
    )


@receiver(post_save, sender=Image)
def _saved(instance: Image, raw: bool, **_: Any) -> None:
    if not raw:
        _write_listings([instance])


def update_means(ids: Collection[int]) -> None:
    """Updates `best` and `mean` of these images from their ratings.

    best = (sum w r + 5 * 3) / (sum w + 5) with the weight w of each rater (decision 40); the mean is plain.
    """
    image, weight = Image.objects.filter(pk=OuterRef("pk")), weight_of_rater()
    raters = Rating.objects.filter(image=OuterRef("pk")).order_by().values("image")
    stars = (Sum(F("value") * weight, output_field=FloatField()) + _PRIOR_WEIGHT * _PRIOR) / (
        Sum(weight, output_field=FloatField()) + _PRIOR_WEIGHT * 1.0
    )
    mean = Case(
        When(rating_count__gte=MIN_PEOPLE, then=F("rating_sum") * 1.0 / F("rating_count")), default=Value(0.0)
    )
    Listing.objects.filter(pk__in=ids).update(
        best=Coalesce(Subquery(raters.annotate(stars=stars).values("stars")), _PRIOR),
        mean=Subquery(image.annotate(value=mean).values("value")),
    )


def _weights(image: Image) -> dict[str, int]:
    """The weights of the tokens of an image: a word in its title, in its keywords and in its genre counts
    once for each of these."""
    title = [image.title, *map(in_the_other_language, words_of(image.title))]
    keywords = [
        (word.name, word.name_ko or in_the_other_language(word.name)) for word in image.keywords.all()
    ]
    weights: Counter[str] = Counter()
    for texts, weight in (
        (title, TITLE),
        (chain.from_iterable(keywords), KEYWORD),
        ((image.genre.name, image.genre.name_ko), GENRE),
    ):
        weights.update({token: weight for text in texts for token in tokens_of(text)})
    return weights


def index_images(ids: Iterable[int]) -> None:
    """Writes the listings and the tokens of these images again; call it after images were written in bulk, or
    after a title, genre, keyword or visibility changed. (`gallery.catalogue.editing` does.)"""
    with transaction.atomic():
        # Locked before they are read, so that no parallel change of an image is overwritten with older
        # values.
        locked = Image.objects.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk")
        ids = list(locked.values_list("pk", flat=True))
        images = Image.objects.filter(pk__in=ids).select_related("genre").prefetch_related("keywords")
        rows = [
            SearchToken(image_id=image.pk, token=token, weight=weight)
            for image in images.only("title", "genre")
            for token, weight in _weights(image).items()
        ]
        update_listings(ids)
        SearchToken.objects.filter(image__in=ids).delete()
        SearchToken.objects.bulk_create(rows, batch_size=500)
