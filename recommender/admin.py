"""The admin pages of the recommender: read-only tables, and the versions of the last nights, of which staff
can make one current."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from gallery.admin.logs import EventAdmin, ReadOnlyAdmin
from gallery.models import Job
from gallery.plumbing import jobs
from recommender import experiment_pages, sources
from recommender.data import artifacts
from recommender.kinds import NIGHTLY
from recommender.models import (
    Agents,
    AgentStep,
    Arm,
    Experiment,
    Feed,
    FirstPicks,
    GenrePreference,
    Impression,
    ItemPreference,
    Slate,
    Version,
)
from recommender.services import job_requests


class NoArtifact(ValueError):
    """A file of the version is missing. The message is shown to the member of staff."""


def make_current(version: Version) -> None:
    """Makes a version current, so that the feed reads it. Raises NoArtifact, and changes nothing, if one of
    its files is missing."""
    if not artifacts.exists(version.artifact):
        raise NoArtifact(
            _now("The model of %(night)s cannot be used: its file is missing.") % {"night": version.night}
        )
    with transaction.atomic():
        list(Version.objects.select_for_update().filter(current=True))
        Version.objects.filter(current=True).update(current=False)
        Version.objects.filter(pk=version.pk).update(current=True)


@require_POST
def start_night(request: HttpRequest, model_admin: "VersionAdmin") -> HttpResponse:
    """Starts the night of the POST parameter `key` again. Without a key: the night of today, or one more
    night if that is done."""
    if not model_admin.has_choose_permission(request):
        raise PermissionDenied
    with transaction.atomic():
        wanted = request.POST.get("key")
        if wanted:
            get_object_or_404(Job.objects.kind(NIGHTLY), key=wanted)
        key = job_requests.request_another_night(timezone.now(), wanted)
        jobs.nudge_on_commit(NIGHTLY, key)
    messages.success(request, _now("The night %(key)s starts in a moment.") % {"key": key})
    return redirect("admin:index")


@admin.register(Version)
class VersionAdmin(ReadOnlyAdmin):
    list_display = ("night", "is_current", "made_at", "slates", "artifact")
    list_filter = ("made_at",)
    ordering = ("-made_at",)
    actions = ("roll_back",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Version]:
        return super().get_queryset(request).annotate(slate_count=Count("slates"))  # type: ignore[no-any-return]

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("run-night/", "recommender_version_run_night", start_night),)

    def has_choose_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("recommender.change_version")

    @admin.action(description=_("Make current (roll back)"), permissions=["choose"])
    def roll_back(self, request: HttpRequest, queryset: QuerySet[Version]) -> None:
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, _("Choose one version: only one can be current."), messages.ERROR)
            return
        try:
            make_current(chosen[0])
        except NoArtifact as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            done = _now("The model of %(night)s is current now.") % {"night": chosen[0].night}
            self.log_change(request, chosen[0], done)
            self.message_user(request, done, messages.SUCCESS)

    @display(description=_("state"), ordering="current", label={"current": "success", "kept": "info"})
    def is_current(self, version: Version) -> tuple[str, Any]:
        return ("current", _("current")) if version.current else ("kept", _("kept"))

    @display(description=_("slates"), ordering="slate_count")
    def slates(self, version: Any) -> int:
        return int(version.slate_count)


def _by_source(values: Mapping[str, str]) -> str:
    """The texts of the sources, each after the short name of its source."""
    return ", ".join(
        f"{source.short} {values[source.name]}" for source in sources.SOURCES if source.name in values
    )


@admin.register(Experiment)
class ExperimentAdmin(ReadOnlyAdmin):
    list_display = ("name", "started_at", "ended_at", "shares", "days", "people", "exposed", "started_by")
    list_filter = ("started_at",)
    list_select_related = ("started_by",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Experiment]:
        return super().get_queryset(request).annotate(exposed_count=Count("exposures"))  # type: ignore[no-any-return]

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            ("start/", "recommender_experiment_start", experiment_pages.start),
            ("<int:number>/end/", "recommender_experiment_end", experiment_pages.end),
        )

    @display(description=_("arms"))
    def shares(self, experiment: Experiment) -> str:
        parts = [f"{arm.label} {experiment.arms[arm]}" for arm in Arm if arm in experiment.arms]
        return ", ".join(parts)

    @display(description=_("people exposed"), ordering="exposed_count")
    def exposed(self, experiment: Any) -> int:
        return int(experiment.exposed_count)


@admin.register(Impression)
class ImpressionAdmin(EventAdmin):
    list_display = ("at", "user", "image", "position", "rung", "explored", "predictions", "blend")
    list_filter = ("at", "rung", "explored")
    raw_id_fields = ("feed",)

    @display(description=_("predicted"))
    def predictions(self, shown: Impression) -> str:
        return _by_source({name: f"{value:.2f}" for name, value in shown.predicted.items()})


@admin.register(AgentStep)
class AgentStepAdmin(ReadOnlyAdmin):
    list_display = ("at", "user", "satisfaction", "blend", "predictions", "weights")
    list_filter = ("at", "satisfaction")
    list_select_related = ("user",)
    date_hierarchy = "at"
    ordering = ("-id",)
    search_fields = ("user__username",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgentStep]:
        return super().get_queryset(request).prefetch_related("moves")  # type: ignore[no-any-return]

    @display(description=_("predicted"))
    def predictions(self, step: AgentStep) -> str:
        moves = step.moves.all()
        return _by_source(
            {move.source: f"{move.predicted:.2f}" for move in moves if move.predicted is not None}
        )

    @display(description=_("weights"))
    def weights(self, step: AgentStep) -> str:
        moves = step.moves.all()
        return _by_source(
            {move.source: f"{move.state / 10:.1f} → {move.next_state / 10:.1f}" for move in moves}
        )


@admin.register(Agents)
class AgentsAdmin(ReadOnlyAdmin):
    list_display = ("user", "weights", "steps", "updated_at")
    list_filter = ("updated_at",)
    list_select_related = ("user",)
    search_fields = ("user__username",)

    @display(description=_("weights"))
    def weights(self, agents: Agents) -> str:
        states = zip(sources.SOURCES, agents.memory.get("states", []), strict=False)
        return _by_source({source.name: f"{state / 10:.1f}" for source, state in states})


@admin.register(GenrePreference)
class GenrePreferenceAdmin(ReadOnlyAdmin):
    list_display = ("week_ending", "user", "genre", "views", "value")
    list_filter = ("week_ending", "genre")
    list_select_related = ("user", "genre")
    search_fields = ("user__username", "genre__name")


@admin.register(ItemPreference)
class ItemPreferenceAdmin(EventAdmin):
    list_display = ("week_ending", "user", "image", "value")
    list_filter = ("week_ending",)
    date_hierarchy = None


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "user")
    list_filter = ("started_at",)
    list_select_related = ("user",)
    date_hierarchy = "started_at"
    search_fields = ("user__username",)


@admin.register(Slate)
class SlateAdmin(ReadOnlyAdmin):
    list_display = ("user", "version", "made_at")
    list_filter = ("version",)
    list_select_related = ("user", "version")
    search_fields = ("user__username",)
    exclude = ("candidates",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Slate]:
        return super().get_queryset(request).defer("candidates")  # type: ignore[no-any-return]


@admin.register(FirstPicks)
class WelcomeAdmin(ReadOnlyAdmin):
    list_display = ("at", "user")
    list_filter = ("at",)
    list_select_related = ("user",)
    search_fields = ("user__username",)
