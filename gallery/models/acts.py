"""Users' actions on images, written by `gallery.acts.events`."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gallery.models.catalogue import Image


class Source(models.TextChoices):
    """The page that the user came from when an action happened."""

    EXPLORE = "explore", _("explore")
    FEED = "feed", _("for you")
    SEARCH = "search", _("search")
    SIMILAR = "similar", _("similar images")
    FAVOURITES = "favourites", _("favourites")
    COLLECTION = "collection", _("collection")
    WELCOME = "welcome", _("welcome")
    DIRECT = "direct", _("direct")
    IMPORT = "import", _("import")


class View(models.Model):
    """A user opened the page of an image: one row for each user and image in 30 minutes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="views")
    image = models.ForeignKey(Image, models.CASCADE, related_name="views")
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.DIRECT)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("view")
        verbose_name_plural = _("views")
        indexes = [
            models.Index(fields=["user", "-at"]),
            models.Index(fields=["image", "-at"]),
            models.Index(fields=["at"]),
        ]


class Rating(models.Model):
    """The current satisfaction of a user with an image, 1-5."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="ratings")
    image = models.ForeignKey(Image, models.CASCADE, related_name="ratings")
    value = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.UniqueConstraint(fields=["user", "image"], name="one_rating_per_person_and_image"),
            models.CheckConstraint(condition=Q(value__gte=1, value__lte=5), name="rating_from_1_to_5"),
        ]


class RatingChange(models.Model):
    """The history of ratings, append-only. `new` is empty if the rating was removed."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="rating_changes")
    image = models.ForeignKey(Image, models.CASCADE, related_name="rating_changes")
    old = models.PositiveSmallIntegerField(null=True)
    new = models.PositiveSmallIntegerField(null=True)
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.DIRECT)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("rating change")
        verbose_name_plural = _("rating changes")
        indexes = [models.Index(fields=["user", "id"]), models.Index(fields=["at"])]
        constraints = [
            models.CheckConstraint(
                condition=(Q(old__isnull=True) | Q(old__gte=1, old__lte=5))
                & (Q(new__isnull=True) | Q(new__gte=1, new__lte=5)),
                name="rating_change_from_1_to_5",
            ),
        ]


class Favourite(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourites")
    image = models.ForeignKey(Image, models.CASCADE, related_name="favourites")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        indexes = [models.Index(fields=["user", "-at", "-id"])]
        constraints = [
            models.UniqueConstraint(fields=["user", "image"], name="one_favourite_per_person_and_image")
        ]


class Hide(models.Model):
    """ "Not interested": the image never appears again in the feed of this user."""

    class Reason(models.TextChoices):
        NOT_MY_TASTE = "taste", _("not my taste")
        SEEN_ENOUGH = "enough", _("seen enough of these")
        QUALITY = "quality", _("poor quality")
        UNPLEASANT = "unpleasant", _("unpleasant")
        UNSAID = "", _("no reason given")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="hides")
    image = models.ForeignKey(Image, models.CASCADE, related_name="hides")
    reason = models.CharField(max_length=12, choices=Reason.choices, default=Reason.UNSAID, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("hidden image")
        verbose_name_plural = _("hidden images")
        constraints = [
            models.UniqueConstraint(fields=["user", "image"], name="one_hide_per_person_and_image")
        ]
