"""What the gallery keeps: images, what people did with them, and jobs. Constraints hold what the code promises."""

import secrets
from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gallery.discretion import may_be_told
from gallery.querysets import ImageQuerySet, JobQuerySet, ListingQuerySet

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no characters that are mistaken for each other


def new_public_id() -> str:
    """Eleven characters, 54 bits: not to be guessed, and tells nothing about the number of images."""
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


class Image(models.Model):
    class Visibility(models.TextChoices):
        PUBLIC = "public", _("public")
        PRIVATE = "private", _("private")  # the person who uploaded it and staff
        HIDDEN = "hidden", _("hidden by a curator")  # staff

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    title = models.CharField(_("title"), max_length=200)
    alt_text = models.CharField(_("description for screen readers"), max_length=300, blank=True)
    genre = models.ForeignKey(Genre, models.PROTECT, related_name="images", verbose_name=_("genre"))
    keywords = models.ManyToManyField(Keyword, related_name="images", blank=True, verbose_name=_("keywords"))
    visibility = models.CharField(_("visibility"), max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="uploads"
    )

    file = models.FileField(upload_to="originals", max_length=200, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    byte_size = models.PositiveBigIntegerField(editable=False)
    rendition_widths = models.JSONField(default=list, editable=False)  # ascending, each held as WebP and JPEG
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    perceptual_hash = models.CharField(max_length=16, db_index=True, editable=False)  # 64 bits, hexadecimal
    thumbhash = models.CharField(max_length=64, editable=False)  # base64
    placeholder = models.TextField(editable=False)  # the thumbhash as a data URI, shown until the picture is there
    palette = models.JSONField(default=list, editable=False)  # up to five "#rrggbb", the largest share first
    descriptor = models.BinaryField(editable=False)  # float16, unit length: `gallery.ingest.descriptor`

    licence = models.CharField(_("licence"), max_length=200, blank=True)
    credit = models.CharField(_("credit"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    camera = models.JSONField(default=dict, blank=True, editable=False)  # make, model, lens, exposure …: never a place
    taken_on = models.DateField(_("taken"), null=True, blank=True)  # the day on the camera's clock
    taken_at = models.DateTimeField(null=True, blank=True, editable=False)  # the instant; offset unknown: as if in UTC
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    demo = models.BooleanField(default=False, editable=False)

    # Kept by gallery.events together with the rows they sum up.
    view_count = models.PositiveIntegerField(default=0, editable=False)
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    rating_sum = models.PositiveIntegerField(default=0, editable=False)
    favourite_count = models.PositiveIntegerField(default=0, editable=False)
    trending = models.FloatField(default=0.0, editable=False)  # `gallery.trending`

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
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0, byte_size__gt=0), name="image_has_a_size"),
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
        """For staff and for sums; what is shown to everybody is `mean_told`."""
        return self.rating_sum / self.rating_count if self.rating_count else None

    @property
    def day_taken(self) -> date | None:
        """The day on the camera's clock; of an instant alone that of UTC."""
        return self.taken_on or (self.taken_at.date() if self.taken_at else None)

    @property
    def kept_back(self) -> str:
        """As `gallery.querysets.kept_back`: why not everybody sees it."""
        if self.visibility == Image.Visibility.PUBLIC:
            return "" if self.published_at <= timezone.now() else "later"
        return self.visibility

    @property
    def mean_told(self) -> float | None:
        return self.mean_rating if may_be_told(self.rating_count) else None

    @property
    def description(self) -> str:
        """The alternative text: a curator's own, or the title."""
        return self.alt_text or self.title


class SameKey(models.OneToOneField[Image, Image]):
    """A primary key that is another table's. Called an integer SQLite takes it for the row's own number, and finds a
    row in one step rather than two."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class Listing(models.Model):
    """What lists sort and filter images by, in rows a twentieth as wide as an image's own: `gallery.listing` keeps it.

    A search looks at tens of thousands of rows to show forty; an image's own row holds its placeholder and descriptor.
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
            # Without the visibility: with it SQLite takes "public and published" for a narrow choice, and reads all.
            models.Index(fields=["-published_at", "-image"]),
            models.Index(fields=["genre", "visibility", "-trending", "public_id"]),
        ]


class SearchToken(models.Model):
    """One searchable token of an image, in both languages: `gallery.search`."""

    image = models.ForeignKey(Listing, models.CASCADE, related_name="search_tokens")
    token = models.CharField(max_length=40)
    weight = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "image"], name="one_row_per_token_and_image")]
        indexes = [models.Index(fields=["token", "image", "weight"])]  # a search reads the index alone


class Swatch(models.Model):
    """One colour of an image's palette in OKLab, and the cell of that space it lies in: `gallery.colours`."""

    image = models.ForeignKey(Listing, models.CASCADE, related_name="swatches")
    cell = models.PositiveSmallIntegerField()
    lightness = models.FloatField()
    a = models.FloatField()
    b = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["cell", "image", "lightness", "a", "b"])]


class Source(models.TextChoices):
    """Where a person came from when something happened to an image."""

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
    """A person opened an image's page: once per person and image in 30 minutes."""

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
    """How satisfied a person is with an image now, 1-5."""

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
    """The history of ratings, append-only. `new` is empty where a rating was taken back."""

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
        constraints = [models.UniqueConstraint(fields=["user", "image"], name="one_favourite_per_person_and_image")]


class Hide(models.Model):
    """ "Not interested": the image never comes back to this person's feed."""

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
        constraints = [models.UniqueConstraint(fields=["user", "image"], name="one_hide_per_person_and_image")]


class Report(models.Model):
    """Somebody says that an image should not be here or is described wrongly; a curator decides."""

    class Reason(models.TextChoices):
        OFFENSIVE = "offensive", _("offensive or shocking")
        PERSON = "person", _("shows somebody who may not want that")
        RIGHTS = "rights", _("somebody else’s work")
        WRONG = "wrong", _("wrong title, genre or keywords")
        BROKEN = "broken", _("broken picture")
        OTHER = "other", _("something else")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        UPHELD = "upheld", _("upheld")
        DISMISSED = "dismissed", _("dismissed")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reports")
    image = models.ForeignKey(Image, models.CASCADE, related_name="reports")
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [models.Index(fields=["state", "-at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "image"], condition=Q(state="open"), name="one_open_report_per_person_and_image"
            )
        ]


class Job(models.Model):
    """The truth about one piece of work; a broker's message is only a nudge. See `gallery.jobs`."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    payload = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE, db_index=True)
    generation = models.PositiveIntegerField(default=1)  # raised when asked for again, also while running
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    rows = models.PositiveIntegerField(null=True, blank=True)
    error = models.TextField(blank=True)
    progress = models.JSONField(default=dict, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "state", "due_at"])]
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_job_per_kind_and_key")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


from gallery.installation import Installation as Installation  # noqa: E402
from gallery.keeping import Collection as Collection  # noqa: E402  these point to Image, and belong to its tables
from gallery.keeping import CollectionItem as CollectionItem  # noqa: E402
from gallery.keeping import Follow as Follow  # noqa: E402
from gallery.keeping import SavedSearch as SavedSearch  # noqa: E402
