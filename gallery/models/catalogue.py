"""Images with their genres and keywords, and the rule which user may see which image."""

import secrets
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gallery.models.disclosure import may_disclose

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # without characters that look similar


def new_public_id() -> str:
    """Eleven characters, 54 bits: cannot be guessed, and does not reveal the number of images."""
    return "".join(secrets.choice(ALPHABET) for _ in range(11))


def in_reader_language(english: str, korean: str) -> str:
    return korean if korean and (get_language() or "").startswith("ko") else english


class Genre(models.Model):
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60, unique=True)
    name_ko = models.CharField(_("Korean name"), max_length=60, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("genre")
        verbose_name_plural = _("genres")

    def __str__(self) -> str:
        return in_reader_language(self.name, self.name_ko)


class Keyword(models.Model):
    name = models.CharField(_("name"), max_length=60, unique=True)
    name_ko = models.CharField(_("Korean name"), max_length=60, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("keyword")
        verbose_name_plural = _("keywords")

    def __str__(self) -> str:
        return in_reader_language(self.name, self.name_ko)


def seen_by(user: "User | AnonymousUser", now: datetime | None = None) -> Q:
    """What the user may see, on images and listings: the one rule of access. Staff see everything; other
    users see public images and their own private uploads."""
    if user.is_staff:
        return Q()
    allowed = Q(visibility=Image.Visibility.PUBLIC, published_at__lte=now or timezone.now())
    if user.is_authenticated:
        allowed |= Q(visibility=Image.Visibility.PRIVATE, uploaded_by=user.pk)
    return allowed


def hidden_reason(now: datetime) -> Case:
    """Expression on images: why visitors do not see them: "hidden", "private", "later" (not yet published),
    or "" for a public image."""
    public = When(visibility=Image.Visibility.PUBLIC, published_at__lte=now, then=Value(""))
    return Case(
        public, When(visibility=Image.Visibility.PUBLIC, then=Value("later")), default=F("visibility")
    )


class ImageQuerySet(models.QuerySet["Image"]):
    def public(self) -> Self:
        """Images that all visitors may see."""
        return self.filter(visibility=Image.Visibility.PUBLIC, published_at__lte=timezone.now())

    def visible(self, user: "User | AnonymousUser") -> Self:
        return self.filter(seen_by(user))

    def not_hidden_by(self, user: "User | AnonymousUser") -> Self:
        return self.exclude(hides__user=user.pk) if user.is_authenticated else self

    def trending(self) -> Self:
        """The most popular first. Public ids are random, so equally popular images are mixed, not ordered by
        import."""
        return self.order_by("-trending", "public_id")

    def newest(self) -> Self:
        return self.order_by("-published_at", "-id")

    def for_cards(self) -> Self:
        """With the columns that a card shows, without those that only the recommender reads."""
        return self.select_related("genre").defer("descriptor", "camera", "perceptual_hash", "sha256")


class Image(models.Model):
    class Visibility(models.TextChoices):
        PUBLIC = "public", _("public")
        PRIVATE = "private", _("private")  # visible to the uploader and staff
        HIDDEN = "hidden", _("hidden by a curator")  # visible to staff

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    title = models.CharField(_("title"), max_length=200)
    alt_text = models.CharField(_("description for screen readers"), max_length=300, blank=True)
    genre = models.ForeignKey(Genre, models.PROTECT, related_name="images", verbose_name=_("genre"))
    keywords = models.ManyToManyField(Keyword, related_name="images", blank=True, verbose_name=_("keywords"))
    visibility = models.CharField(
        _("visibility"), max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="uploads"
    )

    file = models.FileField(upload_to="originals", max_length=200, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    byte_size = models.PositiveBigIntegerField(editable=False)
    rendition_widths = models.JSONField(
        default=list, editable=False
    )  # ascending, each stored as WebP and JPEG
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    perceptual_hash = models.CharField(max_length=16, db_index=True, editable=False)  # 64 bits, hexadecimal
    thumbhash = models.CharField(max_length=64, editable=False)  # base64
    # the thumbhash as a data URI, shown until the picture is loaded
    placeholder = models.TextField(editable=False)
    palette = models.JSONField(default=list, editable=False)  # up to five "#rrggbb", the largest share first
    descriptor = models.BinaryField(editable=False)  # float16, unit length: `gallery.ingest.descriptor`

    licence = models.CharField(_("licence"), max_length=200, blank=True)
    credit = models.CharField(_("credit"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    # make, model, lens, exposure …: never a location
    camera = models.JSONField(default=dict, blank=True, editable=False)
    taken_on = models.DateField(_("taken"), null=True, blank=True)  # the day on the camera's clock
    # the instant; UTC is assumed if the offset is unknown
    taken_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    demo = models.BooleanField(default=False, editable=False)

    # Updated by gallery.acts.events together with the rows that they count.
    view_count = models.PositiveIntegerField(default=0, editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    rating_sum = models.PositiveIntegerField(default=0, editable=False)
    favourite_count = models.PositiveIntegerField(default=0, editable=False)
    trending = models.FloatField(default=0.0, editable=False)  # `gallery.browse.trending`

    objects = ImageQuerySet.as_manager()

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        indexes = [
            models.Index(fields=["visibility", "-trending", "public_id"]),
            models.Index(fields=["visibility", "-published_at", "-id"]),
            models.Index(fields=["genre", "visibility", "-trending", "public_id"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(width__gt=0, height__gt=0, byte_size__gt=0), name="image_has_a_size"
            ),
            models.CheckConstraint(
                condition=Q(rating_sum__gte=F("rating_count")) & Q(rating_sum__lte=5 * F("rating_count")),
                name="image_rating_sum_fits_count",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("gallery:image", args=[self.public_id])

    @property
    def mean_rating(self) -> float | None:
        """For staff and for calculations; pages for visitors show `public_mean`."""
        return self.rating_sum / self.rating_count if self.rating_count else None

    @property
    def day_taken(self) -> date | None:
        """The day on the camera's clock; if only the instant is known, its day in UTC."""
        return self.taken_on or (self.taken_at.date() if self.taken_at else None)

    @property
    def hidden_reason(self) -> str:
        """As the function `hidden_reason`: why visitors do not see the image."""
        if self.visibility == Image.Visibility.PUBLIC:
            return "" if self.published_at <= timezone.now() else "later"
        return self.visibility

    @property
    def public_mean(self) -> float | None:
        return self.mean_rating if may_disclose(self.rating_count) else None

    @property
    def description(self) -> str:
        """The alternative text: written by a curator, or the title."""
        return self.alt_text or self.title
