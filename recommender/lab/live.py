"""Evaluation of a site's own log: satisfaction with recommendations, and an exact replay of the agents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.engine.agents import Hindsight, Memory
from recommender.engine.errors import InvalidInput
from recommender.engine.ids import IdMap
from recommender.engine.types import Floats, Ints

from .experiments import ExperimentLog
from .stats import RESAMPLES_AT_ONCE, Interval

SAMPLES = 2000
MOST_LISTS = 2000
DAY = 86_400.0
EXPLORED, OTHERS = "explored", "others"


@dataclass(frozen=True, eq=False)
class Impressions:
    """Impressions as aligned columns: user, image, time, rung and predictions."""

    users: Ints
    items: Ints
    times: Floats  # Unix seconds
    rungs: NDArray[np.str_]
    explored: NDArray[np.bool_]
    blend: Floats  # NaN without a prediction
    predicted: Mapping[str, Floats]  # by the name of the source; NaN without a prediction

    @property
    def arms(self) -> NDArray[np.str_]:
        """What showed each image: `explored` for exploration, else the rung."""
        return np.where(self.explored, EXPLORED, self.rungs)


@dataclass(frozen=True, eq=False)
class Ratings:
    """All ratings, including changes, as aligned columns."""

    users: Ints
    items: Ints
    times: Floats
    values: Floats


@dataclass(frozen=True)
class LoggedMove:
    """What one agent did in a step, and what its source had predicted."""

    predicted: float | None
    state: int
    action: int
    reward: float
    next_state: int


@dataclass(frozen=True)
class LoggedStep:
    """One step as it is logged; `moves` has the name of the source of each agent that existed then."""

    satisfaction: float
    blend: float | None
    moves: Mapping[str, LoggedMove]


@dataclass(frozen=True)
class AgentLog:
    """The agents of one user: the stored memory, and each logged step in order."""

    user: int
    memory: Mapping[str, Any]
    taken: int  # steps, as the agents count them
    steps: Sequence[LoggedStep]


@dataclass(frozen=True, eq=False)
class SiteLog:
    """The whole log of a site; `sources` are the names of the blend's sources, in the order of the agents."""

    impressions: Impressions
    ratings: Ratings
    agents: Sequence[AgentLog]
    sources: tuple[str, ...]
    experiments: Sequence[ExperimentLog] = ()
    catalogue: IdMap = field(default_factory=lambda: IdMap.of([]))  # the images of the data set, by row


@dataclass(frozen=True, eq=False)
class BlendedSteps:
    """The steps with predictions of two or more sources, as aligned columns; NaN for a missing prediction."""

    users: Ints
    ratings: Floats
    blend: Floats  # with the agents' weights at that time
    predicted: Floats  # (sources, n)

    @classmethod
    def of(cls, log: SiteLog) -> "BlendedSteps":
        """The steps of all agents of the log that have these predictions."""
        rows = [
            (agents.user, step.satisfaction, step.blend, *(_predicted(step, name) for name in log.sources))
            for agents in log.agents
            for step in agents.steps
        ]
        table = np.array(rows, dtype=np.float64).reshape(-1, 3 + len(log.sources))
        table = table[(~np.isnan(table[:, 3:])).sum(axis=1) >= 2]
        return cls(table[:, 0].astype(np.int64), table[:, 1], table[:, 2], table[:, 3:].T)


def _predicted(step: LoggedStep, source: str) -> float | None:
    move = step.moves.get(source)
    return None if move is None else move.predicted


def last_impressions(impressions: Impressions, ratings: Ratings) -> Ints:
    """(n,): the index of the user's last impression of the image before each rating; -1 without one."""
    n = len(impressions.users)
    is_rating = np.r_[np.zeros(n, dtype=bool), np.ones(len(ratings.users), dtype=bool)]
    users = np.concatenate([impressions.users, ratings.users])
    items = np.concatenate([impressions.items, ratings.items])
    times = np.concatenate([impressions.times, ratings.times])
    order = np.lexsort((is_rating, times, items, users))  # at the same second the impression comes first
    index = np.where(is_rating[order], -1, order)
    starts = (
        np.r_[True, (np.diff(users[order]) != 0) | (np.diff(items[order]) != 0)]
        if len(order)
        else np.zeros(0, bool)
    )
    latest = np.maximum.accumulate(np.where((index >= 0) | starts, np.arange(len(order)), 0))
    result = np.full(len(ratings.users), -1, dtype=np.int64)
    rated = is_rating[order]
    result[order[rated] - n] = index[latest][rated]
    return result


def arms(impressions: Impressions, last: Ints) -> NDArray[np.str_]:
    """The arm of each rating: the rung that showed the image, `explored` for exploration, else `others`.

    `last` is the result of `last_impressions`.
    """
    if not len(impressions.users):
        return np.full(len(last), OTHERS)
    return np.where(last >= 0, impressions.arms[last], OTHERS)


def showings_by_arm(log: SiteLog) -> dict[str, tuple[Ints, Ints, Ints]]:
    """(users, days, rows of the catalogue) of what each arm showed, by its name; without images that the
    catalogue no longer has."""
    shown, rows = log.impressions, log.catalogue.find(log.impressions.items)
    arm, found = shown.arms, {}
    for name in sorted(set(arm.tolist())):
        here = np.flatnonzero((arm == name) & (rows >= 0))
        found[name] = shown.users[here], (shown.times[here] // DAY).astype(np.int64), rows[here]
    return found


def daily_lists(users: Ints, days: Ints, rows: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """(users, lists): what an arm showed to one user on one day, at most MOST_LISTS of them drawn by chance;
    -1 fills the shorter lists."""
    once = np.unique(np.column_stack([users, days, rows]), axis=0)
    starts = np.flatnonzero(np.r_[True, (np.diff(once[:, :2], axis=0) != 0).any(axis=1)])
    ends = np.append(starts[1:], len(once))
    chosen = np.sort(rng.permutation(len(starts))[:MOST_LISTS])
    lists = np.full((len(chosen), int((ends - starts)[chosen].max(initial=0))), -1, dtype=np.int64)
    for place, one in enumerate(chosen):
        lists[place, : ends[one] - starts[one]] = once[starts[one] : ends[one], 2]
    return once[starts[chosen], 0], lists


def mean_difference(
    values: Floats, one: NDArray[np.bool_], other: NDArray[np.bool_], users: Ints, rng: np.random.Generator
) -> Interval:
    """mean(values[one]) - mean(values[other]) with a 95 % interval, from resamples of whole users."""
    _, person = np.unique(users, return_inverse=True)
    finite, n = np.isfinite(values), person.max(initial=-1) + 1
    tables = []
    for chosen in (one & finite, other & finite):
        sums = np.bincount(person[chosen], weights=values[chosen], minlength=n)
        tables.append((sums, np.bincount(person[chosen], minlength=n)))
    if not all(counts.any() for _, counts in tables):
        return Interval(np.nan, np.nan, np.nan)
    means: list[list[Floats]] = [[], []]
    for _ in range(SAMPLES // RESAMPLES_AT_ONCE):
        draws = rng.multinomial(
            n, np.full(n, 1.0 / n), size=RESAMPLES_AT_ONCE
        )  # how often each user is drawn
        for (sums, counts), found in zip(tables, means, strict=True):
            total = draws @ counts
            found.append(
                np.divide(draws @ sums, total, out=np.full(RESAMPLES_AT_ONCE, np.nan), where=total > 0)
            )
    low, high = np.nanquantile(np.concatenate(means[0]) - np.concatenate(means[1]), [0.025, 0.975])
    (sums, counts), (others, cases) = tables
    return Interval(float(sums.sum() / counts.sum() - others.sum() / cases.sum()), float(low), float(high))


def replay_differences(log: AgentLog, agents: Hindsight, sources: Sequence[str]) -> list[str]:
    """Replays a user's steps from the start that the memory names: a sentence for each difference.

    A difference is a value that is not the stored value. The comparison is exact: the log contains the
    predictions and the satisfactions, and the arithmetic is the same.
    """
    try:
        stored = Memory.from_json(log.memory)
    except InvalidInput as error:
        return [str(error)]
    errors = (
        []
        if log.taken == len(log.steps)
        else [f"{log.taken} steps were taken and {len(log.steps)} are logged"]
    )
    memory = agents.start(stored.prior)
    for number, step in enumerate(log.steps, start=1):
        predictions = [_predicted(step, name) for name in sources]
        memory, result = agents.step(memory, float(step.satisfaction), *predictions)
        compared: list[tuple[str, Any, Any]] = [("blend", step.blend, result.blend)]
        for name, predicted, move in zip(sources, predictions, result.moves, strict=False):
            replayed = LoggedMove(predicted, move.state, move.action, move.reward, move.next_state)
            compared += _differences(name, step.moves.get(name), replayed)
        errors += [
            f"step {number} has {name} {logged} and comes to {value}"
            for name, logged, value in compared
            if logged != value
        ]
    if memory.to_json() != stored.to_json():
        errors.append("the memory that is stored is not the one that the steps lead to")
    return errors


def _differences(source: str, logged: LoggedMove | None, replayed: LoggedMove) -> list[tuple[str, Any, Any]]:
    return [
        (f"{source} {name}", getattr(logged, name, None), value) for name, value in vars(replayed).items()
    ]
