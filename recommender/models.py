"""The tables of the recommender: weekly preferences, agents with every step they took, experiments, slates,
feeds and impressions."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import IsNull
from django.utils.translation import gettext_lazy as _

from gallery.models import Genre, Image, RatingChange
from recommender.engine import arms
from recommender.engine.agents import N_STATES  # a state s is the weight s / 10


class FirstPicks(models.Model):
    """The genres and images that a user picked on the welcome page. A row without any means that the user
    skipped the page."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="first_picks")
    genres = models.ManyToManyField(Genre, blank=True, related_name="first_picks")
    images = models.ManyToManyField(Image, blank=True, related_name="first_picks")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("first picks")
        verbose_name_plural = _("first picks")


class Demographics(models.Model):
    """A user's year of birth, gender and region, each optional. Models learn from them; no other user sees
    them, and they are deleted with the account."""

    class Gender(models.TextChoices):
        WOMAN = "woman", _("woman")
        MAN = "man", _("man")
        OTHER = "other", _("another")

    class Region(models.TextChoices):
        AFRICA = "africa", _("Africa")
        EAST_ASIA = "east_asia", _("East Asia")
        SOUTH_ASIA = "south_asia", _("South and Southeast Asia")
        EUROPE = "europe", _("Europe")
        LATIN_AMERICA = "latin_america", _("Latin America")
        MIDDLE_EAST = "middle_east", _("Middle East and Central Asia")
        NORTH_AMERICA = "north_america", _("North America")
        OCEANIA = "oceania", _("Oceania")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="demographics")
    birth_year = models.PositiveSmallIntegerField(null=True)
    gender = models.CharField(max_length=8, choices=Gender.choices, blank=True)
    region = models.CharField(max_length=16, choices=Region.choices, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("demographics")
        verbose_name_plural = _("demographics")


class DemographicsNetwork(models.Model):
    """One training of the demographics network. At most one is current. A network that is worse than the
    current one gets a row too, but does not become current."""

    key = models.CharField(max_length=20, unique=True)  # of its job, and of its file
    current = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    people = models.PositiveIntegerField(default=0)
    likes = models.PositiveIntegerField(default=0)
    loss = models.FloatField(null=True)  # cross-entropy on the held-out week
    loss_before = models.FloatField(null=True)  # of the one that was current, on the same week
    note = models.CharField(max_length=300, blank=True)  # why it was not taken

    class Meta:
        verbose_name = _("trained network")
        verbose_name_plural = _("trained networks")
        constraints = [
            models.UniqueConstraint(fields=["current"], condition=Q(current=True), name="one_current_network")
        ]


class Steering(models.Model):
    """How much discovery a user wants in the feed. No row means the default."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="steering")
    discovery = models.PositiveSmallIntegerField(default=25)  # 0: only images that fit; 100: many new ones

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(discovery__lte=100), name="discovery_0_to_100")]


class GenreStance(models.Model):
    """A genre that a user muted (its images never appear) or pinned (its images rank higher)."""

    class Stance(models.TextChoices):
        MUTED = "muted", _("muted")
        PINNED = "pinned", _("pinned")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="genre_stances")
    genre = models.ForeignKey(Genre, models.CASCADE, related_name="+")
    stance = models.CharField(max_length=6, choices=Stance.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "genre"], name="one_stance_per_genre")]


class Pause(models.Model):
    """A period in which nothing is learnt from a user. `until` is None while the pause lasts."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="pauses")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(until=None), name="one_pause_at_a_time")
        ]


class GenrePreference(models.Model):
    """beta(u, g) of one calendar week, in [0, 1]. All weeks are stored; the taste page draws them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="genre_preferences")
    genre = models.ForeignKey(Genre, models.CASCADE)
    week_ending = models.DateField()
    views = models.PositiveIntegerField()
    value = models.FloatField()

    class Meta:
        verbose_name = _("genre preference")
        verbose_name_plural = _("genre preferences")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "week_ending", "genre"], name="one_genre_preference_per_week"
            ),
            models.CheckConstraint(condition=Q(value__gte=0, value__lte=1), name="genre_preference_in_0_1"),
        ]


class ItemPreference(models.Model):
    """alpha(u, i) of the last two weeks, in [0, 1]; every night computes it again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="item_preferences")
    image = models.ForeignKey(Image, models.CASCADE)
    week_ending = models.DateField()
    value = models.FloatField()

    class Meta:
        verbose_name = _("item preference")
        verbose_name_plural = _("item preferences")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "week_ending", "image"], name="one_item_preference_per_week"
            ),
            models.CheckConstraint(condition=Q(value__gte=0, value__lte=1), name="item_preference_in_0_1"),
        ]


class Agents(models.Model):
    """The agents of a user, one for each source of the blend, after they learnt from the changes up to
    `learnt_through`. An agent joins when its source predicts for the user for the first time."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="agents")
    # engine.agents.Memory.to_json(): states in the order of SOURCES, and more
    memory = models.JSONField(default=dict)
    steps = models.PositiveIntegerField(default=0)
    learnt_through = models.BigIntegerField(default=0)  # the id of a RatingChange
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("agents of a person")
        verbose_name_plural = _("agents")


class AgentStep(models.Model):
    """What the agents of a user learnt from one rating. With its moves, the step can be replayed exactly."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="agent_steps")
    change = models.OneToOneField(RatingChange, models.CASCADE, related_name="agent_step")
    satisfaction = models.PositiveSmallIntegerField()
    blend = models.FloatField(null=True)  # predicted with the states before this step
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("agent step")
        verbose_name_plural = _("agent steps")
        ordering = ["id"]
        indexes = [models.Index(fields=["user", "id"]), models.Index(fields=["at"])]


class AgentMove(models.Model):
    """What one agent did in a step: state, action, reward and next state, and the prediction of its
    source."""

    step = models.ForeignKey(AgentStep, models.CASCADE, related_name="moves", db_index=False)
    source = models.CharField(max_length=20)  # the name of one of SOURCES
    predicted = models.FloatField(null=True)
    state = models.PositiveSmallIntegerField()
    action = models.SmallIntegerField()  # -1, 0, +1
    reward = models.FloatField()
    next_state = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("agent move")
        verbose_name_plural = _("agent moves")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["step", "source"], name="one_move_per_step_and_source"),
            models.CheckConstraint(
                condition=Q(state__lt=N_STATES, next_state__lt=N_STATES), name="move_states_0_to_10"
            ),
        ]


class Arm(models.TextChoices):
    """The arms of experiments, with the names that curators read."""

    HINDSIGHT = arms.HINDSIGHT, _("hindsight agents")
    EQUAL = arms.EQUAL, _("equal weights")
    CLASSIC = arms.CLASSIC, _("agents of paper 003")


class Experiment(models.Model):
    """A comparison of ways to weigh the sources. Each person belongs to one arm for the whole time. `days`
    and `people` are the stopping rule: both are fixed at the start, and before both are reached there is no
    result."""

    # the day of the start and the name; people are dealt to arms by it (`engine.arms`)
    key = models.CharField(max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=60)
    arms = models.JSONField()  # the name of each arm: its share, a whole number
    days = models.PositiveSmallIntegerField(_("days"))
    people = models.PositiveIntegerField(_("people at least"))
    started_at = models.DateTimeField(_("started"))
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("started by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                IsNull(F("ended_at"), True), condition=Q(ended_at=None), name="one_running_experiment"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Exposure(models.Model):
    """The first page of the feed that a person saw in an experiment, and the person's arm."""

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="exposures", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exposures")
    arm = models.CharField(max_length=12, choices=Arm.choices)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("exposure")
        verbose_name_plural = _("exposures")
        constraints = [
            models.UniqueConstraint(
                fields=["experiment", "user"], name="one_exposure_per_experiment_and_person"
            )
        ]


class ClassicAgents(models.Model):
    """The two agents of paper 003 of a person in the arm `classic`, as long as the experiment runs."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="classic_agents")
    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="+")
    memory = models.JSONField()  # engine.agents.ClassicMemory.to_json()
    learnt_through = models.BigIntegerField()  # the id of an AgentStep


class Version(models.Model):
    """The published result of one night: model arrays in a file, slates in rows. At most one version is
    current; the previous version is kept."""

    night = models.CharField(max_length=20, unique=True)  # key of the nightly job
    artifact = models.CharField(max_length=200)  # file name below ARTIFACT_DIR
    current = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    figures = models.JSONField(default=dict)  # numbers of users, images and ratings, coverage …

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        constraints = [
            models.UniqueConstraint(fields=["current"], condition=Q(current=True), name="one_current_version")
        ]


class Slate(models.Model):
    """A user's best 500 candidate images of a version. `recommender.data.slates` packs and unpacks the
    bytes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="slates")
    version = models.ForeignKey(Version, models.CASCADE, related_name="slates")
    candidates = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("slate")
        verbose_name_plural = _("slates")
        constraints = [
            models.UniqueConstraint(fields=["user", "version"], name="one_slate_per_person_and_version")
        ]


class Feed(models.Model):
    """One pass of a user through "For you". Its impressions ensure that no image appears twice."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feeds", db_index=False)
    token = models.CharField(max_length=22, unique=True)
    started_at = models.DateTimeField(db_index=True)
    private = models.BooleanField(default=False)  # belongs to a private session and is deleted at its end
    basis = models.BigIntegerField(null=True)  # a checksum of the ranking that the first page came from

    class Meta:
        indexes = [models.Index(fields=["user", "started_at"])]


class Impression(models.Model):
    """An image at a position of a feed, with the predictions that put it there."""

    class Rung(models.TextChoices):
        """Which fallback made the page. The stored values are older than the names."""

        TRENDING = "trending", _("popular now")
        DEMOGRAPHICS = "about", _("what you said about yourself")
        FIRST_PICKS = "welcome", _("your first picks")
        VIEWS = "visit", _("what you looked at")
        HYBRID = "hybrid", _("what was learnt from your ratings")

    # The rows of one page are neighbours in the indexes below. An index by image or by user would be written
    # in forty places for each page, which took longer than all other work of the database; queries go through
    # the feeds of a user instead. Without these indexes, the database cannot cheaply check foreign keys, so
    # it has no such constraint here. Django deletes the rows.
    feed = models.ForeignKey(Feed, models.CASCADE, related_name="impressions", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    image = models.ForeignKey(
        Image, models.CASCADE, related_name="impressions", db_index=False, db_constraint=False
    )
    position = models.PositiveIntegerField()
    rung = models.CharField(max_length=10, choices=Rung.choices)
    explored = models.BooleanField(default=False)
    # by the name of the source; sources without a prediction are missing
    predicted = models.JSONField(default=dict)
    blend = models.FloatField(null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("impression")
        verbose_name_plural = _("impressions")
        indexes = [models.Index(fields=["at"])]
        constraints = [
            models.UniqueConstraint(fields=["feed", "image"], name="an_image_once_per_feed"),
            models.UniqueConstraint(fields=["feed", "position"], name="a_place_once_per_feed"),
        ]
