"""What lists and searches read instead of the images' own wide rows; `gallery.search.index` keeps it."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from gallery.models.catalogue import Genre, Image, seen_by

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class SameKey(models.OneToOneField[Image, Image]):
    """A primary key that is another table's. Called an integer SQLite takes it for the row's own number, and
    finds a row in one step rather than two."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class ListingQuerySet(models.QuerySet["Listing"]):
    def visible(self, user: "User | AnonymousUser") -> Self:
        """The rule of `seen_by`. Without private uploads of their own a person sees what everybody sees: said
        so, the rows come out of an index in their order."""
        mine = (
            user.is_authenticated
            and self.filter(visibility=Image.Visibility.PRIVATE, uploaded_by=user.pk).exists()
        )
        return self.filter(seen_by(user) if mine or user.is_staff else seen_by(AnonymousUser()))

    def not_hidden_by(self, user: "User | AnonymousUser") -> Self:
        """Named one by one: few are hidden, and a list is looked through faster than a table."""
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
    """What lists sort and filter images by, in rows a twentieth as wide as an image's own.

    A search looks at tens of thousands of rows to show forty;
    an image's own row holds its placeholder and descriptor.
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
    mean = models.FloatField()  # what may be told: 0 until three people have rated it

    objects = ListingQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["visibility", "-trending", "public_id"]),
            models.Index(fields=["visibility", "-best", "public_id"]),
            # Without the visibility: with it SQLite takes "public and published" for a narrow choice, and
            # reads all.
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
    """One colour of an image's palette in OKLab, and the cell of that space it lies in:
    `gallery.search.colours`."""

    image = models.ForeignKey(Listing, models.CASCADE, related_name="swatches")
    cell = models.PositiveSmallIntegerField()
    lightness = models.FloatField()
    a = models.FloatField()
    b = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["cell", "image", "lightness", "a", "b"])]
