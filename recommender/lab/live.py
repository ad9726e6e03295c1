"""Evaluation of a site's own log: satisfaction with recommendations, and an exact replay of the agents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.engine.agents import Hindsight, Memory
from recommender.engine.blend import SOURCES
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
    p_cf: Floats  # NaN without a prediction
    p_cb: Floats
    blend: Floats
    p_net: Floats | None = None  # the third source; None in a log from before it existed

    def predicted(self, name: str) -> Floats:
        """The column of predictions with this name; NaN if the log has no such column."""
        column: Floats | None = getattr(self, name)
        return np.full(len(self.users), np.nan) if column is None else column


@dataclass(frozen=True, eq=False)
class Given:
    """All ratings, including changes, as aligned columns."""

    users: Ints
    items: Ints
    times: Floats
    values: Floats


@dataclass(frozen=True)
class AgentLog:
    """The agents of one user: their stored memory, and the logged steps in order (column name -> value)."""

    user: int
    memory: Mapping[str, Any]
    states: tuple[int, ...]
    taken: int  # the number of steps that the agents have counted
    steps: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Log:
    """The complete log of a site."""

    shown: Shown
    given: Given
    agents: Sequence[AgentLog]


@dataclass(frozen=True, eq=False)
class Judged:
    """The steps with predictions of two or more sources, as aligned columns; NaN for a missing prediction."""

    users: Ints
    given: Floats
    blend: Floats  # with the agents' weights at that time
    said: Floats  # (sources, n)

    @classmethod
    def of(cls, agents: Sequence[AgentLog]) -> "Judged":
        """The steps of these logs."""
        names = ("satisfaction", "blend", *(f"p_{source}" for source in SOURCES))
        rows = [(one.user, *(step.get(name) for name in names)) for one in agents for step in one.steps]
        table = np.array(rows, dtype=np.float64).reshape(-1, 1 + len(names))
        table = table[(~np.isnan(table[:, 3:])).sum(axis=1) >= 2]
        return cls(table[:, 0].astype(np.int64), table[:, 1], table[:, 2], table[:, 3:].T)


def last_shown(shown: Shown, given: Given) -> Ints:
    """(n,): the index of the user's last impression of the image before each rating; -1 without one."""
    kinds = np.concatenate([np.zeros(len(shown.users)), np.ones(len(given.users))])  # ties: shown first
    users, items = np.concatenate([shown.users, given.users]), np.concatenate([shown.items, given.items])
    order = np.lexsort((kinds, np.concatenate([shown.times, given.times]), items, users))
    places = np.where(kinds[order] == 0, order, -1)
    fresh = (
        np.r_[True, (np.diff(users[order]) != 0) | (np.diff(items[order]) != 0)] if len(order) else np.zeros(0, bool)
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


def replayed(log: AgentLog, agents: Hindsight) -> list[str]:
    """Replays a user's steps from the prior in the stored memory; returns a sentence for each difference.

    The comparison is exact: the log contains the predictions and the satisfactions, and the arithmetic is the
    same.
    """
    try:
        stored = Memory.from_json(log.memory)
    except InvalidInput as error:
        return [str(error)]
    wrong = [] if log.taken == len(log.steps) else [f"{log.taken} steps were taken and {len(log.steps)} are logged"]
    memory = agents.start(stored.prior)
    for number, step in enumerate(log.steps, start=1):
        said = (step.get(f"p_{source}") for source in SOURCES)  # None for a missing third source
        memory, found = agents.step(memory, float(step["satisfaction"]), *said)
        again: dict[str, float | None] = {"blend": found.blend}
        for side, one in zip(SOURCES, found.taken, strict=False):
            again |= {f"{side}_state": one.state, f"{side}_action": one.action}
            again |= {f"{side}_reward": one.reward, f"{side}_next": one.next_state}
        wrong += [
            f"step {number} has {name} {step[name]} and comes to {value}"
            for name, value in again.items()
            if step[name] != value
        ]
    if memory.to_json() != stored.to_json() or memory.states != log.states:
        wrong.append("the memory that is stored is not the one that the steps lead to")
    return wrong
