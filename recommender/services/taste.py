"""What the page "My taste" shows to a user: weekly preferences, the weights of the agents, and the errors of
the predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import fmean

from django.contrib.auth.models import User
from django.db.models import Count, Max, QuerySet

from gallery.models import Genre, Image, Rating, RatingChange, View
from recommender import sources
from recommender.data.experiments import arm_of, classic_states, running
from recommender.data.slates import current_slate
from recommender.data.steering import learnable_views
from recommender.engine.agents import N_STATES
from recommender.engine.arms import CLASSIC, HINDSIGHT, states_in_arm
from recommender.models import AgentMove, AgentStep, Experiment, GenrePreference
from recommender.sources.base import Source, Text

WEEKS = 8
WINDOW = 10  # ratings over which the error chart averages


@dataclass(frozen=True)
class GenreSeries:
    """The preference for a genre, in [0, 1], one value for each week."""

    genre: Genre
    values: list[float]


@dataclass(frozen=True)
class WeightSeries:
    """The weight of an agent at the start and after each rating; None before it joined."""

    source: Source
    values: list[float | None]


@dataclass(frozen=True)
class Taste:
    """`weeks` are the last days of the weeks, and today for the current week. `mae` is the mean absolute
    error over the `judged` ratings, those with a prediction; `errors` is the same over each WINDOW of them.
    `figures` are numbers about the user from the sources. `arm` is the user's arm in the running experiment,
    without one that of the site."""

    weeks: list[date]
    genres: list[GenreSeries]
    weights: list[WeightSeries]
    mae: float | None
    errors: list[float]
    judged: int
    figures: list[tuple[Text, str]]
    ratings: int
    views: int
    arm: str = HINDSIGHT


def week_ending(day: date) -> date:
    """The Sunday of the week of this day. Preferences are stored by this date."""
    return day + timedelta(days=6 - day.weekday())


def taste_of(user: User, now: datetime) -> Taste:
    errors = _errors(user)
    weeks, genres = _genres(user, now)
    slate, experiment = current_slate(user.pk), running()
    return Taste(
        weeks=weeks,
        genres=genres,
        weights=_weights(user, experiment),
        arm=arm_of(user.pk, experiment),
        mae=fmean(errors) if errors else None,
        errors=[fmean(errors[end - WINDOW : end]) for end in range(WINDOW, len(errors) + 1)],
        judged=len(errors),
        figures=[
            figure
            for source in sources.SOURCES
            for figure in source.figures(slate.predictions.get(source.name) if slate else None)
        ],
        ratings=Rating.objects.filter(user=user).count(),
        views=View.objects.filter(user=user).count(),
    )


def _errors(user: User) -> list[float]:
    """|blend - r| in stars of each current rating with a prediction, oldest first."""
    judged = steps_of_current(RatingChange.objects.filter(user=user))
    steps = judged.order_by("id").values_list("blend", "satisfaction")
    return [abs(blend - rating) for blend, rating in steps if blend is not None]


def steps_of_current(changes: "QuerySet[RatingChange]") -> "QuerySet[AgentStep]":
    """The steps for the last of these changes of each image. Ratings that were removed or changed later do
    not count."""
    last = changes.order_by().values("image").annotate(last=Max("pk")).values("last")
    return AgentStep.objects.filter(change__in=last)


def _weights(user: User, experiment: Experiment | None) -> list[WeightSeries]:
    """The weights of all sources that have predicted something for the user. Since the start of an experiment
    they are those of the user's arm; the last ones are always those in use."""
    rows = AgentMove.objects.filter(step__user=user).order_by("step", "id")
    moves = rows.values_list("step", "source", "predicted", "state", "next_state", "step__at")
    steps: dict[int, dict[str, int]] = {}
    start: dict[str, int] = {}
    times: dict[int, datetime] = {}
    predicting = set()
    for step, source, predicted, state, after, at in moves:
        if step == next(iter(steps), step):
            start[source] = state
        steps.setdefault(step, {})[source] = after
        times[step] = at
        if predicted is not None:
            predicting.add(source)
    if experiment is not None:
        since = [step for step, at in times.items() if at >= experiment.started_at]
        steps |= _in_arm(user, arm_of(user.pk, experiment), steps, since or list(steps)[-1:])
    return [
        WeightSeries(source, [_weight(states.get(source.name)) for states in (start, *steps.values())])
        for source in sources.SOURCES
        if source.name in predicting
    ]


def _in_arm(
    user: User, arm: str, steps: Mapping[int, Mapping[str, int]], changed: Sequence[int]
) -> dict[int, dict[str, int]]:
    """The states that the arm uses after these steps, by the name of the source. A source that the arm does
    not use has the state 0."""
    names = [source.name for source in sources.SOURCES]
    classic = classic_states(user.pk, sources.CLASSIC_SOURCES) if arm == CLASSIC else {}
    found = {}
    for step in changed:
        own = [name for name in names if name in steps[step]]
        used = states_in_arm(arm, tuple(steps[step][name] for name in own), classic.get(step))
        found[step] = dict.fromkeys(own, 0) | dict(zip(own, used, strict=False))
    return found


def _weight(state: int | None) -> float | None:
    return None if state is None else state / (N_STATES - 1)


def _genres(user: User, now: datetime) -> tuple[list[date], list[GenreSeries]]:
    """The weeks that nights have stored, and the current week up to now. The genre with the highest sum of
    preferences comes first."""
    this_week = week_ending(now.date())
    table: dict[date, dict[int, float]] = {}
    stored = GenrePreference.objects.filter(user=user, week_ending__gt=this_week - timedelta(weeks=WEEKS))
    for row in stored.exclude(week_ending=this_week):
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
