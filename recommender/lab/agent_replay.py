"""The agents of every user over a replay: their weights before each rating, and the blend with these weights.

`time_replay.py` computes the prediction of each source for every rating before it was given. Here a user's
agents learn from the user's earlier sessions. The informed start, and the model of the median, use the data
of all users as of midnight. All numbers are satisfactions, 1 .. 5, one for each rating of the data set in its
order; NaN for ratings that are not replayed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np

from recommender.engine.agents import (
    Classic,
    ClassicMemory,
    Hindsight,
    Memory,
    best_state,
)
from recommender.engine.blend import BlendWeights, blend
from recommender.engine.cumulative_logit import CumulativeLogit, outcome_features
from recommender.engine.informed_start import population_prior
from recommender.engine.ordinal import Levels
from recommender.engine.types import Floats, Ints

from .models.boosting import OrdinalBoosting
from .time_replay import Session

GROWTH = 1.25  # the median's model is fitted again when its training data has grown by this factor
_MIN_PREDICTIONS = 500  # the smallest number of predictions to fit it for the first time
MOST_PREDICTIONS = 20_000  # of the newest, for the informed start
MEDIAN_MODEL = OrdinalBoosting(rounds=40)


@dataclass(frozen=True, eq=False)
class ReplayData:
    """The ratings with their users, and both sources' predictions from before each rating."""

    users: Ints
    items: Ints
    given: Floats
    cf: Floats
    cb: Floats


@dataclass(frozen=True, eq=False)
class ReplayedBlends:
    """The blend for each rating, and the weights that gave it."""

    answers: Floats
    w_cf: Floats
    w_cb: Floats

    @classmethod
    def nothing(cls, n: int) -> "ReplayedBlends":
        """An empty result for n ratings."""
        return cls(*(np.full(n, np.nan) for _ in range(3)))

    def answer(self, cells: Ints, weights: BlendWeights, replayed: ReplayData) -> None:
        """Fills these cells with the blend for these weights."""
        self.w_cf[cells], self.w_cb[cells] = weights
        self.answers[cells] = blend(weights, replayed.cf[cells], replayed.cb[cells])


def hindsight(
    sessions: Sequence[Session], replayed: ReplayData, agents: Hindsight, *, informed: bool
) -> ReplayedBlends:
    """The site's agents; if `informed`, new agents start at the best weights for all users as of midnight."""
    found, minds = ReplayedBlends.nothing(len(replayed.given)), dict[int, Memory]()
    night, prior, past = -np.inf, None, np.zeros(0, dtype=np.int64)
    today: list[Ints] = []
    for session in sessions:
        if informed and session.night > night:
            past, today = np.concatenate([past, *today])[-MOST_PREDICTIONS:], []
            night, prior = session.night, _start(replayed, past, prior)
        memory = minds.get(session.user) or agents.start(prior)
        found.answer(session.cells, memory.weights, replayed)
        for cell in session.cells:
            said = float(replayed.cf[cell]), float(replayed.cb[cell])
            memory, _ = agents.step(memory, float(replayed.given[cell]), *said)
        minds[session.user] = memory
        today.append(session.cells)
    return found


def _start(replayed: ReplayData, past: Ints, before: Floats | None) -> Floats | None:
    """The informed start from these ratings; the search begins at the states of the night before."""
    states = None if before is None else [best_state(row) for row in before]
    return population_prior(replayed.given[past], replayed.cf[past], replayed.cb[past], start=states)


def classic(
    sessions: Sequence[Session], replayed: ReplayData, agents: Classic, rng: np.random.Generator
) -> ReplayedBlends:
    """The agents of paper 003."""
    found, minds = ReplayedBlends.nothing(len(replayed.given)), dict[int, ClassicMemory]()
    for session in sessions:
        memory = minds.get(session.user) or agents.start(rng)
        found.answer(session.cells, memory.weights, replayed)
        for cell in session.cells:
            said = float(replayed.cf[cell]), float(replayed.cb[cell])
            memory, _ = agents.step(memory, float(replayed.given[cell]), *said, rng)
        minds[session.user] = memory
    return found


def median(sessions: Sequence[Session], replayed: ReplayData, rehearsed: ReplayedBlends) -> Floats:
    """The ordinal median of a blend, by boosted trees on what is known of user and image.

    Until there are enough earlier predictions, the result is the blend.
    """
    features = np.full((len(rehearsed.answers), _Running.WIDTH), np.nan)
    running, before = _Running(replayed), np.zeros(0, dtype=np.int64)
    for _night, day in groupby(sessions, lambda session: session.night):
        running.midnight(before)
        cells = [session.cells for session in day]
        for own in cells:
            features[own] = running.features(own, rehearsed)
            running.add(own)
        before = np.concatenate([before, *cells])
    return _learnt_at_midnight(sessions, replayed, rehearsed, features, MEDIAN_MODEL.fit)[1]


def outcome(
    sessions: Sequence[Session], replayed: ReplayData, rehearsed: ReplayedBlends
) -> tuple[Floats, Floats]:
    """(mean, median) of how ratings turn out, by the few numbers that the site serves
    (`CumulativeLogit`): the blend, how far each source is from it, and how many images the user has rated."""
    blended, known = rehearsed.answers, np.zeros(len(rehearsed.answers))
    count: dict[int, int] = {}
    for session in sessions:
        known[session.cells] = count.get(session.user, 0)
        count[session.user] = count.get(session.user, 0) + len(session.cells)
    features = outcome_features(blended, (replayed.cf, replayed.cb), known)
    return _learnt_at_midnight(sessions, replayed, rehearsed, features, CumulativeLogit.fit)


class _Distribution(Protocol):
    @property
    def levels(self) -> Levels: ...

    def probabilities(self, features: Floats) -> Floats: ...


def _learnt_at_midnight(
    sessions: Sequence[Session],
    replayed: ReplayData,
    rehearsed: ReplayedBlends,
    features: Floats,
    fit: Callable[[Floats, Floats], _Distribution],
) -> tuple[Floats, Floats]:
    """(mean, median) of P(level), fitted at midnight on earlier predictions and their ratings; until there
    are enough of them, the blend."""
    mean, middle = rehearsed.answers.copy(), rehearsed.answers.copy()
    before, model, learnt = np.zeros(0, dtype=np.int64), None, 0
    for _night, day in groupby(sessions, lambda session: session.night):
        if len(before) >= max(_MIN_PREDICTIONS, GROWTH * learnt):
            model, learnt = fit(features[before], replayed.given[before]), len(before)
        cells = np.concatenate([session.cells for session in day])
        if model is not None:
            levels, chances = model.levels, model.probabilities(features[cells])
            mean[cells], middle[cells] = levels.mean(chances), levels.median(chances)
        before = np.concatenate([before, cells])
    return mean, middle


class _Running:
    """Count, sum and squares of the ratings of each user (up to now) and each image (up to midnight)."""

    WIDTH = 11

    def __init__(self, replayed: ReplayData) -> None:
        self.replayed = replayed
        self.people = np.zeros((int(replayed.users.max()) + 1, 3))
        self.images = np.zeros((int(replayed.items.max()) + 1, 3))

    def add(self, cells: Ints) -> None:
        """Adds the ratings of one session of one user."""
        given = self.replayed.given[cells]
        self.people[self.replayed.users[cells[0]]] += len(given), given.sum(), (given**2).sum()

    def midnight(self, before: Ints) -> None:
        """Computes the sums of the images again, from the ratings `before` this midnight."""
        items, given = self.replayed.items[before], self.replayed.given[before]
        n = len(self.images)
        self.images = np.column_stack(
            [np.bincount(items, weights=given**power, minlength=n) for power in range(3)]
        )

    def features(self, cells: Ints, rehearsed: ReplayedBlends) -> Floats:
        """(n, WIDTH): the blend, its parts and weights, and three statistics each of user and image."""
        one = self.replayed
        weights = rehearsed.w_cf[cells], rehearsed.w_cb[cells]
        parts = [rehearsed.answers[cells], one.cf[cells], one.cb[cells], *weights]
        return np.column_stack(
            [*parts, _summary(self.people[one.users[cells]]), _summary(self.images[one.items[cells]])]
        )


def _summary(table: Floats) -> Floats:
    """(n, 3): count, shrunk mean and spread from (n, 3) count, sum and squares.

    The mean is shrunk to the middle of 1 .. 5, which counts as five ratings.
    """
    count, total, squares = table.T
    some = np.maximum(count, 1.0)
    return np.column_stack(
        [
            count,
            (total + 15.0) / (count + 5.0),
            np.sqrt(np.maximum(squares / some - (total / some) ** 2, 0.0)),
        ]
    )
