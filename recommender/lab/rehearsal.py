"""The agents of every person over a replay: which weights they had before each rating, and what the blend then said.

`replay.py` says what each side predicted for a rating before it was given. Here a person's agents hold what they
learnt from that person's earlier sittings; the informed start and the model behind the median know everybody as of
midnight. All numbers are satisfactions, 1 .. 5, one a rating of the data set and in its order; NaN: not replayed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.engine.agents import Classic, ClassicMemory, Hindsight, Memory, population_prior
from recommender.engine.blend import Weights, blend
from recommender.engine.ordinal import FittedOrdinal, OrdinalBoosting
from recommender.engine.types import Floats, Ints

from .replay import Sitting

GROWTH = 1.25  # the median's model is learnt anew when there are so many times as many answers to learn from
FEWEST = 500  # answers that it is first learnt from
STEPS = OrdinalBoosting(rounds=40)


@dataclass(frozen=True, eq=False)
class Replayed:
    """What was known before each rating: both sides, what was given, and whose it was."""

    users: Ints
    items: Ints
    given: Floats
    cf: Floats
    cb: Floats


@dataclass(frozen=True, eq=False)
class Rehearsed:
    """What was answered, and with which weights."""

    answers: Floats
    w_cf: Floats
    w_cb: Floats

    @classmethod
    def nothing(cls, n: int) -> "Rehearsed":
        """To be filled."""
        return cls(*(np.full(n, np.nan) for _ in range(3)))

    def answer(self, cells: Ints, weights: Weights, replayed: Replayed) -> None:
        """Fills in what a blend with these weights says."""
        self.w_cf[cells], self.w_cb[cells] = weights
        self.answers[cells] = blend(weights, replayed.cf[cells], replayed.cb[cells])


def hindsight(sittings: Sequence[Sitting], replayed: Replayed, agents: Hindsight, *, informed: bool) -> Rehearsed:
    """The product's pair; `informed`: new ones start from the population's reward model as of midnight."""
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


def classic(sittings: Sequence[Sitting], replayed: Replayed, agents: Classic, rng: np.random.Generator) -> Rehearsed:
    """The source's pair."""
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
    """The ordinal median of a blend: P(level) learnt at midnight from the answers, and what came of them, before it.

    Until there are enough answers to learn from, the blend itself.
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
    """How each person (up to now) and each image (up to midnight) was rated: count, sum and squares."""

    WIDTH = 11

    def __init__(self, replayed: Replayed) -> None:
        self.replayed = replayed
        self.people = np.zeros((int(replayed.users.max()) + 1, 3))
        self.images = np.zeros((int(replayed.items.max()) + 1, 3))

    def add(self, cells: Ints) -> None:
        """One sitting of one person."""
        given = self.replayed.given[cells]
        self.people[self.replayed.users[cells[0]]] += len(given), given.sum(), (given**2).sum()

    def midnight(self, before: Ints) -> None:
        """Counts the images' ratings anew."""
        items, given = self.replayed.items[before], self.replayed.given[before]
        n = len(self.images)
        self.images = np.column_stack([np.bincount(items, weights=given**power, minlength=n) for power in range(3)])

    def features(self, cells: Ints, rehearsed: Rehearsed) -> Floats:
        """(n, WIDTH): the blend and its parts, the weights, and three numbers each of the person and the image."""
        one = self.replayed
        weights = rehearsed.w_cf[cells], rehearsed.w_cb[cells]
        parts = [rehearsed.answers[cells], one.cf[cells], one.cb[cells], *weights]
        return np.column_stack(
            [*parts, _summary(self.people[one.users[cells]]), _summary(self.images[one.items[cells]])]
        )


def _summary(table: Floats) -> Floats:
    """(n, 3): count, mean drawn to the middle of 1 .. 5 by five ratings, spread; of (n, 3) count, sum, squares."""
    count, total, squares = table.T
    some = np.maximum(count, 1.0)
    return np.column_stack(
        [count, (total + 15.0) / (count + 5.0), np.sqrt(np.maximum(squares / some - (total / some) ** 2, 0.0))]
    )
