"""The tables that lists and searches read in place of the wide rows of images, written by
`gallery.search.index`."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from gallery.models.catalogue import Genre, Image, seen_by

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class SameKey(models.OneToOneField[Image, Image]):
    """A primary key that is also a foreign key. Its type is `integer` in SQLite, which then uses it as the
    rowid and finds a row in one step instead of two."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class ListingQuerySet(models.QuerySet["Listing"]):
    def visible(self, user: "User | AnonymousUser") -> Self:
        """The rule of `seen_by`. For a user without private uploads it is the same as for anonymous visitors;
        the simpler condition lets the database read the rows from an index in their order."""
        mine = (
            user.is_authenticated
            and self.filter(visibility=Image.Visibility.PRIVATE, uploaded_by=user.pk).exists()
        )
        return self.filter(seen_by(user) if mine or user.is_staff else seen_by(AnonymousUser()))

    def not_hidden_by(self, user: "User | AnonymousUser") -> Self:
        """Excludes the hidden images by their ids: users hide few images, and comparing with a short list is
        faster than joining a table."""
        if not user.is_authenticated:
            return self
        return self.exclude(pk__in=list(user.hides.values_list("image", flat=True)))

    def trending(self) -> Self:
        return self.order_by("-trending", "public_id")

    def newest(self) -> Self:
        return self.order_by("-published_at", "-image")

    def best(self) -> Self:
        return self.order_by("-best", "public_id")


class Listing(models.Model):
    """The columns that lists sort and filter images by, in rows a twentieth as wide as those of images.

    A search reads tens of thousands of rows to show forty; the row of an image also contains its placeholder
    and descriptor.
    """

    image = SameKey(Image, models.CASCADE, primary_key=True, related_name="listing")
    public_id = models.CharField(max_length=16)
    visibility = models.CharField(max_length=10, choices=Image.Visibility.choices)
    published_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    genre = models.ForeignKey(Genre, models.CASCADE, related_name="+", db_index=False)
    ratio = models.FloatField()  # width / height
    day = models.DateField()  # taken, or else published
    trending = models.FloatField()
    best = models.FloatField()  # Bayesian mean of the ratings
    mean = models.FloatField()  # the public mean: 0 if fewer than three users rated the image

    objects = ListingQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["visibility", "-trending", "public_id"]),
            models.Index(fields=["visibility", "-best", "public_id"]),
            # Without the visibility: with it SQLite expects few rows for "public and published", and reads
            # all of them.
            models.Index(fields=["-published_at", "-image"]),
            models.Index(fields=["genre", "visibility", "-trending", "public_id"]),
        ]


class SearchToken(models.Model):
    """One searchable token of an image, in both languages: `gallery.search.words`."""

    image = models.ForeignKey(Listing, models.CASCADE, related_name="search_tokens")
    token = models.CharField(max_length=40)
    weight = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "image"], name="one_row_per_token_and_image")]
        indexes = [models.Index(fields=["token", "image", "weight"])]  # a search reads the index alone


class Swatch(models.Model):
    """One colour of an image's palette in OKLab, and the cell of that space that contains it:
    `gallery.search.colours`."""

    image = models.ForeignKey(Listing, models.CASCADE, related_name="swatches")
    cell = models.PositiveSmallIntegerField()
    lightness = models.FloatField()
    a = models.FloatField()
    b = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["cell", "image", "lightness", "a", "b"])]
