"""The agents of every user over a replay: their weights before each rating, and the blend with these weights.

`replay.py` computes the prediction of each source for every rating before it was given. Here a user's agents
learn from the user's earlier sessions. The informed start, and the model of the median, use the data of all
users as of midnight. All numbers are satisfactions, 1 .. 5, one for each rating of the data set in its order;
NaN for ratings that are not replayed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.engine.agents import Classic, ClassicMemory, Hindsight, Memory, population_prior
from recommender.engine.blend import Weights, blend
from recommender.engine.ordinal import FittedOrdinal, OrdinalBoosting
from recommender.engine.types import Floats, Ints

from .replay import Sitting

GROWTH = 1.25  # the median's model is fitted again when its training data has grown by this factor
FEWEST = 500  # the smallest number of predictions to fit it for the first time
STEPS = OrdinalBoosting(rounds=40)


@dataclass(frozen=True, eq=False)
class Replayed:
    """The ratings with their users, and both sources' predictions from before each rating."""

    users: Ints
    items: Ints
    given: Floats
    cf: Floats
    cb: Floats


@dataclass(frozen=True, eq=False)
class Rehearsed:
    """The blend for each rating, and the weights that gave it."""

    answers: Floats
    w_cf: Floats
    w_cb: Floats

    @classmethod
    def nothing(cls, n: int) -> "Rehearsed":
        """An empty result for n ratings."""
        return cls(*(np.full(n, np.nan) for _ in range(3)))

    def answer(self, cells: Ints, weights: Weights, replayed: Replayed) -> None:
        """Fills these cells with the blend for these weights."""
        self.w_cf[cells], self.w_cb[cells] = weights
        self.answers[cells] = blend(weights, replayed.cf[cells], replayed.cb[cells])


def hindsight(
    sittings: Sequence[Sitting], replayed: Replayed, agents: Hindsight, *, informed: bool
) -> Rehearsed:
    """The site's agents; if `informed`, new agents start from all users' reward model as of midnight."""
    found, minds = Rehearsed.nothing(len(replayed.given)), dict[int, Memory]()
    night, prior = -np.inf, None
    for sitting in sittings:
        if informed and sitting.night > night:
            night, prior = sitting.night, population_prior(minds.values())
        memory = minds.get(sitting.user) or agents.start(prior)
        found.answer(sitting.cells, memory.weights, replayed)
        for cell in sitting.cells:
            said = float(replayed.cf[cell]), float(replayed.cb[cell])
            memory, _ = agents.step(memory, float(replayed.given[cell]), *said)
        minds[sitting.user] = memory
    return found


def classic(
    sittings: Sequence[Sitting], replayed: Replayed, agents: Classic, rng: np.random.Generator
) -> Rehearsed:
    """The agents of paper 003."""
    found, minds = Rehearsed.nothing(len(replayed.given)), dict[int, ClassicMemory]()
    for sitting in sittings:
        memory = minds.get(sitting.user) or agents.start(rng)
        found.answer(sitting.cells, memory.weights, replayed)
        for cell in sitting.cells:
            said = float(replayed.cf[cell]), float(replayed.cb[cell])
            memory, _ = agents.step(memory, float(replayed.given[cell]), *said, rng)
        minds[sitting.user] = memory
    return found


def median(sittings: Sequence[Sitting], replayed: Replayed, rehearsed: Rehearsed) -> Floats:
    """The ordinal median of a blend: P(level) is fitted at midnight on earlier predictions and their ratings.

    Until there are enough earlier predictions, the result is the blend.
    """
    answers = rehearsed.answers.copy()
    features = np.full((len(answers), _Running.WIDTH), np.nan)
    running, model, learnt = _Running(replayed), None, 0
    night, before = -np.inf, np.zeros(0, dtype=np.int64)
    past: list[Ints] = []
    for sitting in sittings:
        if sitting.night > night:
            night, before = sitting.night, np.concatenate([before, *past])
            past = []
            running.midnight(before)
            if len(before) >= max(FEWEST, GROWTH * learnt):
                model, learnt = STEPS.fit(features[before], replayed.given[before]), len(before)
        cells = sitting.cells
        features[cells] = running.features(cells, rehearsed)
        if model is not None:
            answers[cells] = _median(model, features[cells])
        running.add(cells)
        past.append(cells)
    return answers


def _median(model: FittedOrdinal, features: Floats) -> Floats:
    return model.levels.median(model.probabilities(features))


class _Running:
    """Count, sum and squares of the ratings of each user (up to now) and each image (up to midnight)."""

    WIDTH = 11

    def __init__(self, replayed: Replayed) -> None:
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

    def features(self, cells: Ints, rehearsed: Rehearsed) -> Floats:
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
