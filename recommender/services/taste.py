"""What was learnt about a person, for the person: preference by week, the agents' weights,
how good guesses were."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import fmean

from django.contrib.auth.models import User
from django.db.models import Count, Max, QuerySet

from gallery.models import Genre, Image, Rating, RatingChange, View
from recommender import sources
from recommender.data.slates import current_slate
from recommender.data.steering import learnable_views
from recommender.engine.agents import N_STATES
from recommender.models import AgentMove, AgentStep, GenrePreference
from recommender.sources.base import Source, Text

WEEKS = 8
WINDOW = 10  # ratings over which an error is averaged for the line


@dataclass(frozen=True)
class GenreSeries:
    """A genre's preference, 0 to 1, one value a week."""

    genre: Genre
    values: list[float]


@dataclass(frozen=True)
class WeightSeries:
    """An agent's weight at the start and after each rating; None before it joined."""

    source: Source
    values: list[float | None]


@dataclass(frozen=True)
class Taste:
    """`weeks` are the last days of the weeks, today that of the running one; `mae` is over the `judged`
    ratings with a prediction; `errors` the same in stars over WINDOW of them, from one rating to the next.
    `figures` are what sources say of the person."""

    weeks: list[date]
    genres: list[GenreSeries]
    weights: list[WeightSeries]
    mae: float | None
    errors: list[float]
    judged: int
    figures: list[tuple[Text, str]]
    ratings: int
    views: int


def week_ending(day: date) -> date:
    """The Sunday of a day's week: a preference is kept by it."""
    return day + timedelta(days=6 - day.weekday())


def taste_of(user: User, now: datetime) -> Taste:
    off = _errors(user)
    weeks, genres = _genres(user, now)
    slate = current_slate(user.pk)
    return Taste(
        weeks=weeks,
        genres=genres,
        weights=_weights(user),
        mae=fmean(off) if off else None,
        errors=[fmean(off[end - WINDOW : end]) for end in range(WINDOW, len(off) + 1)],
        judged=len(off),
        figures=[
            figure
            for source in sources.SOURCES
            for figure in source.figures(slate.predictions.get(source.name) if slate else None)
        ],
        ratings=Rating.objects.filter(user=user).count(),
        views=View.objects.filter(user=user).count(),
    )


def _errors(user: User) -> list[float]:
    """|blend - r| of each rating that stands and had a prediction, in stars, the oldest first."""
    judged = judging(RatingChange.objects.filter(user=user))
    steps = judged.order_by("id").values_list("blend", "satisfaction")
    return [abs(blend - said) for blend, said in steps if blend is not None]


def judging(changes: "QuerySet[RatingChange]") -> "QuerySet[AgentStep]":
    """The steps that were taken for the last of these words about each image: what was taken back, or said
    anew, judges no guess."""
    last = changes.order_by().values("image").annotate(last=Max("pk")).values("last")
    return AgentStep.objects.filter(change__in=last)


def _weights(user: User) -> list[WeightSeries]:
    """Of each source that has ever predicted something for the person."""
    rows = AgentMove.objects.filter(step__user=user).order_by("step", "id")
    moves = rows.values_list("step", "source", "predicted", "state", "next_state")
    taken: dict[int, dict[str, tuple[int, int]]] = {}
    speaking = set()
    for step, source, predicted, state, after in moves:
        taken.setdefault(step, {})[source] = state, after
        if predicted is not None:
            speaking.add(source)
    first = next(iter(taken.values()), {})
    return [
        WeightSeries(
            source,
            [
                _weight(first.get(source.name), 0),
                *(_weight(moved.get(source.name), 1) for moved in taken.values()),
            ],
        )
        for source in sources.SOURCES
        if source.name in speaking
    ]


def _weight(moved: tuple[int, int] | None, side: int) -> float | None:
    return None if moved is None else moved[side] / (N_STATES - 1)


def _genres(user: User, now: datetime) -> tuple[list[date], list[GenreSeries]]:
    """Weeks that the nights wrote down, and the running week as it stands now; the most liked genre first."""
    this_week = week_ending(now.date())
    table: dict[date, dict[int, float]] = {}
    kept = GenrePreference.objects.filter(user=user, week_ending__gt=this_week - timedelta(weeks=WEEKS))
    for row in kept.exclude(week_ending=this_week):
        table.setdefault(row.week_ending, {})[row.genre_id] = row.value
    running = _views_by_genre(user, this_week)
    if running:
        top = max(running.values())
        table[this_week] = {genre: views / top for genre, views in running.items()}
    weeks = sorted(table)
    totals: dict[int, float] = {}
    for values in table.values():
        for genre, value in values.items():
            totals[genre] = totals.get(genre, 0.0) + value
    named = Genre.objects.in_bulk(list(totals))
    order = sorted(totals, key=lambda genre: (-totals[genre], genre))
    days = [min(week, now.date()) for week in weeks]
    return days, [
        GenreSeries(named[genre], [table[week].get(genre, 0.0) for week in weeks]) for genre in order
    ]


def _views_by_genre(user: User, ending: date) -> dict[int, int]:
    since = datetime.combine(ending - timedelta(days=7), time.min, tzinfo=UTC)
    views = learnable_views(
        View.objects.filter(user=user, at__date__gt=since.date(), at__date__lte=ending), since
    )
    rows = Image.objects.filter(views__in=views).values_list("genre_id").annotate(n=Count("views")).order_by()
    return dict(rows)
