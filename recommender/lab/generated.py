"""Generated people and exercises, for the paper whose data set is not public (000, section III.1).

There are nine measures for each person (age, sex, height, body fat, blood pressure, grip, standing jump,
sit-ups, reach), correlated as in adults, and 15 exercises, each done (1) or not (0). Every exercise serves
one of five goals. It is prescribed to people with a measure on the wrong side of its level, unless another
measure forbids it. A prescribed exercise is done with probability DONE, any other with probability ANYWAY.
Near a level the probability changes smoothly:

    need(u,e) = min over its conditions of side * (z_measure(u) - level)
    chance(u,e) = ANYWAY + (DONE - ANYWAY) * sigmoid(need / SOFTNESS)

z is standardised with MEANS and DEVIATIONS. All probabilities are known, so the best possible result of any
method is known too: `ceiling`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.engine.neural.layers import sigmoid
from recommender.engine.types import Floats, Scale

from .datasets import Dataset

PEOPLE, QUICK_PEOPLE = 100_000, 4_000
BODY_MEASURES = ("age", "sex", "height", "body fat", "blood pressure", "grip", "jump", "sit-ups", "reach")
MEANS = np.array([42.0, 0.5, 168.0, 23.5, 123.0, 37.0, 185.0, 38.0, 15.0])
DEVIATIONS = np.array([12.0, 0.5, 8.9, 7.2, 13.5, 10.6, 40.0, 12.5, 7.8])
DONE, ANYWAY, SOFTNESS = 0.9, 0.002, 0.015


class Goal(NamedTuple):
    """A `measure` on this `side` (+1 above, -1 below) of the level prescribes it; `unless` forbids it."""

    measure: str
    side: int
    unless: tuple[str, int, float]
    exercises: dict[str, float]


GOALS = (
    Goal("body fat", 1, ("age", 1, 1.3), {"brisk walk": 0.2, "bicycle": 0.45, "swim": 0.7}),
    Goal("grip", -1, ("body fat", 1, 1.2), {"push-up": -0.1, "pull": -0.4, "squat": -0.65}),
    Goal("jump", -1, ("blood pressure", 1, 1.1), {"step": -0.1, "lunge": -0.35, "skipping rope": -0.6}),
    Goal("sit-ups", -1, ("blood pressure", 1, 1.4), {"plank": -0.2, "crunch": -0.5, "bridge": -0.7}),
    Goal("reach", -1, ("age", -1, -1.2), {"stretch": -0.1, "yoga": -0.3, "pilates": -0.6}),
)
EXERCISES = tuple(name for goal in GOALS for name in goal.exercises)


def measures(people: int, rng: np.random.Generator) -> Floats:
    """(people, 9): random measures in years, 0 or 1 (man), cm, %, mmHg, kg, cm, times a minute, cm."""
    noise = rng.normal(0.0, 1.0, (people, 7))
    age = rng.uniform(21.0, 63.0, people)
    man = (rng.random(people) < 0.5).astype(np.float64)
    later, sex = age - 42.0, 2.0 * man - 1.0
    height = 168.0 + 6.6 * sex - 0.06 * later + 5.8 * noise[:, 0]
    fat = 23.5 - 4.2 * sex + 0.11 * later + 5.6 * noise[:, 1]
    pressure = 123.0 + 4.0 * sex + 0.32 * later + 0.35 * (fat - 23.5) + 11.5 * noise[:, 2]
    grip = 37.0 + 8.3 * sex - 0.14 * later + 0.22 * (height - 168.0) + 4.9 * noise[:, 3]
    jump = 185.0 + 27.0 * sex - 1.1 * later - 1.2 * (fat - 23.5) + 18.0 * noise[:, 4]
    sit_ups = 38.0 + 5.0 * sex - 0.45 * later - 0.4 * (fat - 23.5) + 8.5 * noise[:, 5]
    reach = 15.0 - 3.2 * sex - 0.05 * later + 7.0 * noise[:, 6]
    return np.column_stack([age, man, height, fat, pressure, grip, jump, np.maximum(sit_ups, 0.0), reach])


def chances(people: Floats) -> Floats:
    """(n, 15): the probability that each of these people (n, 9) does each exercise."""
    standard = (people - MEANS) / DEVIATIONS
    columns = []
    for goal in GOALS:
        value = standard[:, BODY_MEASURES.index(goal.measure)]
        other, side, limit = goal.unless
        allowed = side * (limit - standard[:, BODY_MEASURES.index(other)])
        columns += [np.minimum(goal.side * (value - level), allowed) for level in goal.exercises.values()]
    need = np.column_stack(columns)
    return ANYWAY + (DONE - ANYWAY) * sigmoid(need / SOFTNESS)


def generate(seed: int, people: int = PEOPLE) -> Dataset:
    """A data set with all cells of all people x all exercises; the same seed gives the same data."""
    rng = np.random.default_rng([seed, people])
    measured = measures(people, rng)
    done = rng.random((people, len(EXERCISES))) < chances(measured)
    users, items = np.divmod(np.arange(done.size), len(EXERCISES))
    return Dataset(
        name="generated",
        scale=Scale(0.0, 1.0),
        users=users,
        items=items,
        values=done.ravel().astype(np.float64),
        n_users=people,
        n_items=len(EXERCISES),
        titles=list(EXERCISES),
        measures=measured,
        measure_names=BODY_MEASURES,
    )


class Ceiling(NamedTuple):
    """The expected result of a method that knows the probabilities; no method can be better."""

    loss: float
    precision: float  # with yes from a probability of one half on
    recall: float
    recall_at: float  # the highest recall with at least the given precision


def ceiling(chance: NDArray[np.float64], precision: float = 0.85) -> Ceiling:
    """The best expected results for cells (n,) with these probabilities; `precision` is for `recall_at`."""
    p = np.sort(chance.ravel())[::-1]
    loss = float(-(p * np.log(p) + (1 - p) * np.log1p(-p)).mean())
    yes = p >= 0.5
    found = np.cumsum(p)
    precise = np.flatnonzero(found / np.arange(1, len(p) + 1) >= precision)
    reached = float(found[precise[-1]] / found[-1]) if len(precise) else 0.0
    return Ceiling(loss, float(p[yes].mean()) if yes.any() else 0.0, float(p[yes].sum() / found[-1]), reached)
