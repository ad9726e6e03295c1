"""The figures of the dashboard: a function for each panel, of one to three queries,
over the last thirty days.

Every function takes `now` and works on empty tables: a mean of nothing is None, a count of nothing is 0.
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
from recommender.models import (
    AgentMove,
    Agents,
    AgentStep,
    DemographicsNetwork,
    Impression,
    Version,
)

DAYS = 30
NIGHTS = 10


def days_until(now: datetime) -> list[date]:
    """The last thirty days in UTC, today last."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def _begin(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def _since(now: datetime) -> datetime:
    return _begin(days_until(now)[0])


def _day(now: datetime) -> Case:
    """The place of the row's day among the thirty. By comparing, because SQLite has no dates of its own:
    Django's TruncDate calls back into Python for every row, which takes seconds where this takes tenths."""
    later_first = reversed(list(enumerate(days_until(now))))
    return Case(
        *(When(at__gte=_begin(day), then=Value(place)) for place, day in later_first),
        output_field=SmallIntegerField(),
    )


@dataclass(frozen=True)
class Activity:
    """What people did, by day; `active` counts those who looked at or rated something."""

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
        total / count if count else None for count, total in (ratings.get(day, (0, 0)) for day in range(DAYS))
    ]
    count, total = (sum(part[side] for part in ratings.values()) for side in (0, 1))
    return Activity(
        people=get_user_model().objects.filter(is_active=True).count(),
        active_in_period=len({person for _day_seen, person in present}),
        days=days,
        active=[active[day] for day in range(DAYS)],
        views=[viewed.get(day, 0) for day in range(DAYS)],
        ratings=[ratings.get(day, (0, 0))[0] for day in range(DAYS)],
        satisfaction=means,
        satisfaction_in_period=total / count if count else None,
    )


def _person_days(rows: Any, now: datetime) -> Any:
    return rows.annotate(day=_day(now)).values_list("day", "user_id").order_by()


@dataclass(frozen=True)
class Line:
    """Mean absolute error of one prediction against the rating, altogether and by day, over as many ratings
    as it was made for; None where it was made for none."""

    ratings: int
    mae: float | None
    by_day: list[float | None]


@dataclass(frozen=True)
class Accuracy:
    """`steps` ratings were learnt from; the `ratings` of them with two predictions or more are compared, by
    day and altogether: the agents' blend, the mean of the sources that predicted, and the weights for
    everybody (`weights`, one a source) that afterwards turn out to have erred least. A source alone, by its
    name, is judged by those of the ratings that it predicted."""

    steps: int
    ratings: int
    days: list[date]
    by_agents: Line
    equal: Line
    fixed: Line
    weights: tuple[float, ...]
    alone: dict[str, Line]


def accuracy(now: datetime) -> Accuracy:
    rated = AgentStep.objects.filter(at__gte=_since(now), at__lte=now)
    taken = rated.annotate(day=_day(now)).values_list("pk", "day", "satisfaction", "blend").order_by("pk")
    steps = np.fromiter(taken.iterator(ROWS_AT_A_TIME), dtype=np.dtype((np.float64, 4))).reshape(-1, 4)
    names = {source.name: place for place, source in enumerate(sources.SOURCES)}
    moves = AgentMove.objects.filter(step__at__gte=_since(now), step__at__lte=now, source__in=names)
    rows = moves.filter(predicted__isnull=False).values_list("source", "step", "predicted").order_by()
    found = ((names[source], step, predicted) for source, step, predicted in rows.iterator(ROWS_AT_A_TIME))
    table = np.fromiter(found, dtype=np.dtype((np.float64, 3))).reshape(-1, 3)
    said = np.full((len(names), len(steps)), np.nan)
    said[table[:, 0].astype(np.int64), np.searchsorted(steps[:, 0], table[:, 1])] = table[:, 2]
    compared = (~np.isnan(said)).sum(axis=0) >= 2
    table, said = steps[compared], said[:, compared]
    day, given, blended = table[:, 1], table[:, 2], table[:, 3]
    weights = best_fixed(given, *said) if len(table) else (0.0,) * len(names)
    equal, fixed = blend((1.0,) * len(names), *said), blend(weights, *said)
    return Accuracy(
        steps=len(steps),
        ratings=len(table),
        days=days_until(now),
        by_agents=_line(day, given, blended),
        equal=_line(day, given, equal),
        fixed=_line(day, given, fixed),
        weights=weights,
        alone={name: _line(day, given, one) for name, one in zip(names, said, strict=True)},
    )


def _line(day: Floats, rated: Floats, predicted: Floats) -> Line:
    there = ~np.isnan(predicted)
    places, off = day[there].astype(np.int64), np.abs(predicted - rated)[there]
    counts = np.bincount(places, minlength=DAYS)
    sums = np.bincount(places, weights=off, minlength=DAYS)
    by_day = [float(total / n) if n else None for total, n in zip(sums, counts, strict=True)]
    return Line(len(off), float(off.mean()) if len(off) else None, by_day)


@dataclass(frozen=True)
class Weights:
    """How many people's agents stand at each weight 0, 0.1 … 1, by the name of the source."""

    people: int
    by_source: dict[str, list[int]]


def weights() -> Weights:
    counts = {source.name: [0] * N_STATES for source in sources.SOURCES}
    everybody = 0
    for states, people in Agents.objects.values_list("memory__states").annotate(Count("pk")).order_by():
        everybody += people
        for levels, state in zip(counts.values(), states, strict=False):
            levels[state] += people
    return Weights(everybody, counts)


@dataclass(frozen=True)
class RungShare:
    rung: str
    impressions: int


@dataclass(frozen=True)
class FeedFigures:
    """What the feed showed, and how satisfied people were with it against everything else that they rated."""

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
        rated.filter(  # one call: all of it is asked of the same feed
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
class Night:
    job: Job
    steps: list[Job]


def nights() -> list[Night]:
    """The last runs, the newest first, each with its steps in the order of their start."""
    runs = list(Job.objects.kind(NIGHTLY).order_by("-due_at", "-pk")[:NIGHTS])
    steps = Job.objects.filter(kind__startswith=f"{NIGHTLY}.", key__in=[run.key for run in runs]).order_by(
        "pk"
    )
    by_key: dict[str, list[Job]] = {}
    for step in steps:
        by_key.setdefault(step.key, []).append(step)
    return [Night(run, by_key.get(run.key, [])) for run in runs]


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
    """Images of every visibility, by genre, the largest genre first."""
    found = Genre.objects.annotate(n=Count("images"), size=Sum("images__byte_size", default=0)).order_by(
        "-n", "name"
    )
    genres = [GenreSize(genre, genre.n, genre.size) for genre in found]
    return Storage(sum(g.images for g in genres), sum(g.original_bytes for g in genres), genres)


def networks() -> list[DemographicsNetwork]:
    """The current demographics network, and the last training if its network was rejected."""
    current = DemographicsNetwork.objects.filter(current=True).first()
    last = DemographicsNetwork.objects.order_by("-made_at").first()
    return list(dict.fromkeys(row for row in (current, last) if row is not None))


def current_version() -> Version | None:
    return Version.objects.filter(current=True).first()
