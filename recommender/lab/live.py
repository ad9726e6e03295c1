"""Evaluation of a site's own log: satisfaction with recommendations, and an exact replay of the agents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.engine.agents import Hindsight, Memory
from recommender.engine.errors import InvalidInput
from recommender.engine.types import Floats, Ints

from .stats import CHUNK, Interval

SAMPLES = 2000
EXPLORED, OTHERS = "explored", "others"


@dataclass(frozen=True, eq=False)
class Shown:
    """Impressions as aligned columns: user, image, time, rung and predictions."""

    users: Ints
    items: Ints
    times: Floats  # Unix seconds
    rungs: NDArray[np.str_]
    explored: NDArray[np.bool_]
    blend: Floats  # NaN where nothing was predicted
    predicted: Mapping[str, Floats]  # by the name of the source; NaN where it has none


@dataclass(frozen=True, eq=False)
class Given:
    """All ratings, including changes, as aligned columns."""

    users: Ints
    items: Ints
    times: Floats
    values: Floats


@dataclass(frozen=True)
class Move:
    """What one agent did in a step, and what its source had predicted."""

    predicted: float | None
    state: int
    action: int
    reward: float
    next_state: int


@dataclass(frozen=True)
class LoggedStep:
    """One step as it is logged; the moves by the name of the source, of the agents that there were."""

    satisfaction: float
    blend: float | None
    moves: Mapping[str, Move]


@dataclass(frozen=True)
class AgentLog:
    """One person's agents: what is stored of them, and each logged step in order."""

    user: int
    memory: Mapping[str, Any]
    taken: int  # steps, as the agents count them
    steps: Sequence[LoggedStep]


@dataclass(frozen=True, eq=False)
class Log:
    """All of it; `sources` are the names of those of the blend, in the order of the agents."""

    shown: Shown
    given: Given
    agents: Sequence[AgentLog]
    sources: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Judged:
    """The steps with predictions of two or more sources, as aligned columns; NaN for a missing prediction."""

    users: Ints
    given: Floats
    blend: Floats  # with the agents' weights at that time
    said: Floats  # (sources, n)

    @classmethod
    def of(cls, log: Log) -> "Judged":
        """What the logs hold of them."""
        rows = [
            (one.user, step.satisfaction, step.blend, *(_predicted(step, name) for name in log.sources))
            for one in log.agents
            for step in one.steps
        ]
        table = np.array(rows, dtype=np.float64).reshape(-1, 3 + len(log.sources))
        table = table[(~np.isnan(table[:, 3:])).sum(axis=1) >= 2]
        return cls(table[:, 0].astype(np.int64), table[:, 1], table[:, 2], table[:, 3:].T)


def _predicted(step: LoggedStep, source: str) -> float | None:
    move = step.moves.get(source)
    return None if move is None else move.predicted


def last_shown(shown: Shown, given: Given) -> Ints:
    """(n,): the index of the user's last impression of the image before each rating; -1 without one."""
    kinds = np.concatenate([np.zeros(len(shown.users)), np.ones(len(given.users))])  # ties: shown first
    users, items = np.concatenate([shown.users, given.users]), np.concatenate([shown.items, given.items])
    order = np.lexsort((kinds, np.concatenate([shown.times, given.times]), items, users))
    places = np.where(kinds[order] == 0, order, -1)
    fresh = (
        np.r_[True, (np.diff(users[order]) != 0) | (np.diff(items[order]) != 0)]
        if len(order)
        else np.zeros(0, bool)
    )
    latest = np.maximum.accumulate(np.where((places >= 0) | fresh, np.arange(len(order)), 0))
    found = np.full(len(given.users), -1, dtype=np.int64)
    rated = kinds[order] == 1
    found[order[rated] - len(shown.users)] = places[latest][rated]
    return found


def arms(shown: Shown, places: Ints) -> NDArray[np.str_]:
    """The arm of each rating: the rung that showed the image, `explored` for exploration, else `others`."""
    if not len(shown.users):
        return np.full(len(places), OTHERS)
    names = np.where(shown.explored[places], EXPLORED, shown.rungs[places])
    return np.where(places >= 0, names, OTHERS)


def between(
    values: Floats, one: NDArray[np.bool_], other: NDArray[np.bool_], users: Ints, rng: np.random.Generator
) -> Interval:
    """mean(values[one]) - mean(values[other]) with a 95 % interval, from resamples of whole users."""
    _, person = np.unique(users, return_inverse=True)
    there, n = np.isfinite(values), person.max(initial=-1) + 1
    tables = []
    for chosen in (one & there, other & there):
        sums = np.bincount(person[chosen], weights=values[chosen], minlength=n)
        tables.append((sums, np.bincount(person[chosen], minlength=n)))
    if not all(counts.any() for _, counts in tables):
        return Interval(np.nan, np.nan, np.nan)
    means: list[list[Floats]] = [[], []]
    for _ in range(SAMPLES // CHUNK):
        draws = rng.multinomial(n, np.full(n, 1.0 / n), size=CHUNK)  # how often each user is drawn
        for (sums, counts), found in zip(tables, means, strict=True):
            total = draws @ counts
            found.append(np.divide(draws @ sums, total, out=np.full(CHUNK, np.nan), where=total > 0))
    low, high = np.nanquantile(np.concatenate(means[0]) - np.concatenate(means[1]), [0.025, 0.975])
    (sums, counts), (others, cases) = tables
    return Interval(float(sums.sum() / counts.sum() - others.sum() / cases.sum()), float(low), float(high))


def replayed(log: AgentLog, agents: Hindsight, sources: Sequence[str]) -> list[str]:
    """Replays a person's steps from the start that the memory names;
    each sentence is a difference from what is stored.

    The comparison is exact: the log contains the predictions and the satisfactions, and the arithmetic is the
    same.
    """
    try:
        stored = Memory.from_json(log.memory)
    except InvalidInput as error:
        return [str(error)]
    wrong = (
        []
        if log.taken == len(log.steps)
        else [f"{log.taken} steps were taken and {len(log.steps)} are logged"]
    )
    memory = agents.start(stored.prior)
    for number, step in enumerate(log.steps, start=1):
        said = [_predicted(step, name) for name in sources]
        memory, found = agents.step(memory, float(step.satisfaction), *said)
        pairs: list[tuple[str, Any, Any]] = [("blend", step.blend, found.blend)]
        for name, predicted, one in zip(sources, said, found.taken, strict=False):
            again = Move(predicted, one.state, one.action, one.reward, one.next_state)
            pairs += _differences(name, step.moves.get(name), again)
        wrong += [
            f"step {number} has {name} {kept} and comes to {value}"
            for name, kept, value in pairs
            if kept != value
        ]
    if memory.to_json() != stored.to_json():
        wrong.append("the memory that is stored is not the one that the steps lead to")
    return wrong


def _differences(source: str, kept: Move | None, again: Move) -> list[tuple[str, Any, Any]]:
    return [(f"{source} {name}", getattr(kept, name, None), value) for name, value in vars(again).items()]
