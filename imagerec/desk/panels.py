"""The figures of the dashboard: one function for each panel, over the last thirty days.

Each function needs one to three queries and works on empty tables: a mean is then None, a count 0.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import fmean
from typing import Any

import numpy as np
from django.contrib.auth import get_user_model
from django.db.models import Case, Count, F, IntegerField, Max, Min, Q, SmallIntegerField, Sum, Value, When
from django.db.models.functions import Cast

from gallery.models import Genre, Job, Rating, RatingChange, View
from recommender import sources
from recommender.data.snapshot import ROWS_AT_A_TIME
from recommender.engine.agents import N_STATES
from recommender.engine.blend import best_fixed, blend
from recommender.engine.types import Floats
from recommender.kinds import NIGHTLY
from recommender.lab.stats import Interval, paired_bootstrap
from recommender.models import (
    AgentMove,
    Agents,
    AgentStep,
    DemographicsNetwork,
    Impression,
    Version,
)

RESAMPLES = 500  # of the users, for an interval
PERIOD_DAYS = 30
LISTED_NIGHTS = 10


def days_until(now: datetime) -> list[date]:
    """The last thirty days in UTC, today last."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=back) for back in range(PERIOD_DAYS - 1, -1, -1)]


def _begin(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def _since(now: datetime) -> datetime:
    return _begin(days_until(now)[0])


def _day(now: datetime) -> Case:
    """The index of the row's day among the thirty days, by comparisons.

    SQLite has no dates: Django's TruncDate would call Python for every row, which is ten times as slow.
    """
    later_first = reversed(list(enumerate(days_until(now))))
    return Case(
        *(When(at__gte=_begin(day), then=Value(index)) for index, day in later_first),
        output_field=SmallIntegerField(),
    )


@dataclass(frozen=True)
class Activity:
    """Activity of users by day; `active` counts users who viewed or rated an image."""

    people: int
    active_in_period: int
    days: list[date]
    active: list[int]
    views: list[int]
    ratings: list[int]
    satisfaction: list[float | None]
    satisfaction_in_period: float | None


def activity(now: datetime) -> Activity:
    days, since = days_until(now), _since(now)
    views = View.objects.filter(at__gte=since, at__lte=now)
    rated = RatingChange.objects.filter(at__gte=since, at__lte=now, new__isnull=False)
    viewed = dict(views.annotate(day=_day(now)).values_list("day").annotate(Count("pk")).order_by())
    sums = rated.annotate(day=_day(now)).values_list("day").annotate(Count("pk"), Sum("new")).order_by()
    ratings = {day: (count, total) for day, count, total in sums}
    present = set(_person_days(views, now).union(_person_days(rated, now)))
    active = Counter(day for day, _person in present)
    means = [
        total / count if count else None
        for count, total in (ratings.get(day, (0, 0)) for day in range(PERIOD_DAYS))
    ]
    count, total = (sum(part[side] for part in ratings.values()) for side in (0, 1))
    return Activity(
        people=get_user_model().objects.filter(is_active=True).count(),
        active_in_period=len({person for _day_seen, person in present}),
        days=days,
        active=[active[day] for day in range(PERIOD_DAYS)],
        views=[viewed.get(day, 0) for day in range(PERIOD_DAYS)],
        ratings=[ratings.get(day, (0, 0))[0] for day in range(PERIOD_DAYS)],
        satisfaction=means,
        satisfaction_in_period=total / count if count else None,
    )


def _person_days(rows: Any, now: datetime) -> Any:
    return rows.annotate(day=_day(now)).values_list("day", "user_id").order_by()


@dataclass(frozen=True)
class ErrorLine:
    """The mean absolute error of one prediction, in total and by day, over the `ratings` it predicted.

    The error is None without predictions.
    """

    ratings: int
    mae: float | None
    by_day: list[float | None]


@dataclass(frozen=True)
class Accuracy:
    """The errors of different predictions of the same ratings.

    Agents learnt from `steps` ratings; the `ratings` of these with predictions of two or more sources are
    compared: the agents' blend, the mean of the predictions (`equal`), and the same `weights` for all users
    that afterwards have the smallest error (`fixed`; one weight for each source). `alone` has each source by
    its name, on the ratings that it predicted. `less` is by how many stars the agents err less than `equal`,
    with its 95 % interval over the users; None without ratings.
    """

    steps: int
    ratings: int
    days: list[date]
    by_agents: ErrorLine
    equal: ErrorLine
    fixed: ErrorLine
    weights: tuple[float, ...]
    alone: dict[str, ErrorLine]
    less: Interval | None = None


def accuracy(now: datetime) -> Accuracy:
    rated = AgentStep.objects.filter(at__gte=_since(now), at__lte=now)
    columns = rated.annotate(day=_day(now)).values_list("pk", "day", "satisfaction", "blend", "user")
    ordered = columns.order_by("pk").iterator(ROWS_AT_A_TIME)
    steps = np.fromiter(ordered, dtype=np.dtype((np.float64, 5))).reshape(-1, 5)
    names = {source.name: index for index, source in enumerate(sources.SOURCES)}
    moves = AgentMove.objects.filter(step__at__gte=_since(now), step__at__lte=now, source__in=names)
    rows = moves.filter(predicted__isnull=False).values_list("source", "step", "predicted").order_by()
    triples = ((names[source], step, predicted) for source, step, predicted in rows.iterator(ROWS_AT_A_TIME))
    table = np.fromiter(triples, dtype=np.dtype((np.float64, 3))).reshape(-1, 3)
    predictions = np.full((len(names), len(steps)), np.nan)
    predictions[table[:, 0].astype(np.int64), np.searchsorted(steps[:, 0], table[:, 1])] = table[:, 2]
    compared = (~np.isnan(predictions)).sum(axis=0) >= 2
    table, predictions = steps[compared], predictions[:, compared]
    day, ratings, blended = table[:, 1], table[:, 2], table[:, 3]
    weights = best_fixed(ratings, *predictions) if len(table) else (0.0,) * len(names)
    equal, fixed = blend((1.0,) * len(names), *predictions), blend(weights, *predictions)
    return Accuracy(
        steps=len(steps),
        ratings=len(table),
        days=days_until(now),
        by_agents=_line(day, ratings, blended),
        equal=_line(day, ratings, equal),
        fixed=_line(day, ratings, fixed),
        weights=weights,
        alone={name: _line(day, ratings, one) for name, one in zip(names, predictions, strict=True)},
        less=_less(ratings, equal, blended, table[:, 4]) if len(table) else None,
    )


def _less(rated: Floats, rival: Floats, predicted: Floats, users: Floats) -> Interval:
    """By how much the predictions err less than a rival's; the same numbers give the same interval."""
    rng = np.random.default_rng(0)
    return paired_bootstrap(np.abs(rival - rated), np.abs(predicted - rated), users, rng, RESAMPLES)


def _line(day: Floats, rated: Floats, predicted: Floats) -> ErrorLine:
    predicted_mask = ~np.isnan(predicted)
    days, errors = day[predicted_mask].astype(np.int64), np.abs(predicted - rated)[predicted_mask]
    counts = np.bincount(days, minlength=PERIOD_DAYS)
    sums = np.bincount(days, weights=errors, minlength=PERIOD_DAYS)
    by_day = [float(total / n) if n else None for total, n in zip(sums, counts, strict=True)]
    return ErrorLine(len(errors), float(errors.mean()) if len(errors) else None, by_day)


@dataclass(frozen=True)
class WeightHistogram:
    """The number of users whose agent has the weight 0, 0.1 … 1, by the name of the source."""

    people: int
    by_source: dict[str, list[int]]


def weights() -> WeightHistogram:
    counts = {source.name: [0] * N_STATES for source in sources.SOURCES}
    total = 0
    for states, people in Agents.objects.values_list("memory__states").annotate(Count("pk")).order_by():
        total += people
        for levels, state in zip(counts.values(), states, strict=False):
            levels[state] += people
    return WeightHistogram(total, counts)


@dataclass(frozen=True)
class RungShare:
    rung: str
    impressions: int


@dataclass(frozen=True)
class FeedFigures:
    """Impressions of the feed, and the satisfaction with them compared with all other ratings."""

    impressions: int
    explored: int
    rungs: list[RungShare]
    rated_shown: int
    satisfaction_shown: float | None
    rated_explored: int
    satisfaction_explored: float | None
    rated_other: int
    satisfaction_other: float | None

    @property
    def explored_share(self) -> float | None:
        return self.explored / self.impressions if self.impressions else None


def feed(now: datetime) -> FeedFigures:
    recent = Impression.objects.filter(at__gte=_since(now), at__lte=now)
    rungs = list(
        recent.values_list("rung")
        .annotate(n=Count("pk"), e=Count("pk", filter=Q(explored=True)))
        .order_by("-n")
    )
    names = dict(Impression.Rung.choices)
    rated = Rating.objects.filter(updated_at__gte=_since(now), updated_at__lte=now)
    shown = list(
        rated.filter(  # one call of `filter`, so that all conditions are about the same feed
            user__feeds__started_at__gte=_since(now),
            user__feeds__impressions__image=F("image"),
            user__feeds__impressions__at__range=(_since(now), F("updated_at")),
        )
        .values("pk", "value")
        .annotate(explored=Max(Cast("user__feeds__impressions__explored", IntegerField())))
        .values_list("value", "explored")
    )
    everything = rated.aggregate(n=Count("pk"), total=Sum("value"))
    values, tried = [value for value, _ in shown], [value for value, explored in shown if explored]
    other = everything["n"] - len(shown)
    return FeedFigures(
        impressions=sum(n for _rung, n, _explored in rungs),
        explored=sum(explored for _rung, _n, explored in rungs),
        rungs=[RungShare(str(names.get(rung, rung)), n) for rung, n, _explored in rungs],
        rated_shown=len(shown),
        satisfaction_shown=fmean(values) if values else None,
        rated_explored=len(tried),
        satisfaction_explored=fmean(tried) if tried else None,
        rated_other=other,
        satisfaction_other=(everything["total"] - sum(values)) / other if other else None,
    )


@dataclass(frozen=True)
class NightRow:
    job: Job
    steps: list[Job]


def nights() -> list[NightRow]:
    """The latest nights, newest first, each with its steps in the order of their start."""
    runs = list(Job.objects.kind(NIGHTLY).order_by("-due_at", "-pk")[:LISTED_NIGHTS])
    steps = Job.objects.filter(kind__startswith=f"{NIGHTLY}.", key__in=[run.key for run in runs]).order_by(
        "pk"
    )
    by_key: dict[str, list[Job]] = {}
    for step in steps:
        by_key.setdefault(step.key, []).append(step)
    return [NightRow(run, by_key.get(run.key, [])) for run in runs]


@dataclass(frozen=True)
class Queue:
    due: int
    running: int
    failed: int
    oldest_due: datetime | None


def queue() -> Queue:
    rows = (
        Job.objects.exclude(state=Job.State.DONE)
        .values_list("state")
        .annotate(Count("pk"), Min("due_at"))
        .order_by()
    )
    by_state = {state: (count, oldest) for state, count, oldest in rows}

    def count(state: str) -> int:
        return by_state[state][0] if state in by_state else 0

    return Queue(count("due"), count("running"), count("failed"), by_state.get("due", (0, None))[1])


@dataclass(frozen=True)
class GenreSize:
    genre: Genre
    images: int
    original_bytes: int


@dataclass(frozen=True)
class Storage:
    images: int
    original_bytes: int
    genres: list[GenreSize]


def storage() -> Storage:
    """Images of all visibilities, by genre, the largest genre first."""
    genres_with_sizes = Genre.objects.annotate(
        n=Count("images"), size=Sum("images__byte_size", default=0)
    ).order_by("-n", "name")
    genres = [GenreSize(genre, genre.n, genre.size) for genre in genres_with_sizes]
    return Storage(sum(g.images for g in genres), sum(g.original_bytes for g in genres), genres)


def network_panel() -> list[DemographicsNetwork]:
    """The current demographics network, and the latest training if its network was rejected."""
    current = DemographicsNetwork.objects.filter(current=True).first()
    last = DemographicsNetwork.objects.order_by("-made_at").first()
    return list(dict.fromkeys(row for row in (current, last) if row is not None))


def version_panel() -> Version | None:
    return Version.objects.filter(current=True).first()
