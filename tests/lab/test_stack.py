"""The stack of factors and neighbours."""

import numpy as np
import pytest

from recommender.engine.factorisation import OrdinalFactors
from recommender.engine.types import Interactions, Scale
from recommender.lab.models.boosting import OrdinalBoosting
from recommender.lab.models.stack import Stack
from tests.engine.worlds import two_tastes

SHORT = OrdinalFactors(rank=2, chains=1, sweeps=40, burn_in=15)


@pytest.mark.parametrize("scale", [Scale(1, 5), Scale(-10, 10)])
def test_the_stack_finds_two_tastes_on_any_scale(scale: Scale) -> None:
    world = two_tastes()
    spread = scale.low + scale.span * Scale(1, 5).unit(world.values)
    users, items = world.users.astype(int), world.indices.astype(int)
    ratings = Interactions.from_triples(users, items, spread, n_users=20, n_items=30, scale=scale)
    fitted = Stack(SHORT, boosting=OrdinalBoosting(rounds=10), folds=2).fit(ratings)
    rated = np.zeros((20, 30), dtype=bool)
    rated[users, items] = True
    asked = np.nonzero(~rated)
    expected = np.where((asked[0] + asked[1]) % 2 == 0, scale.high, scale.low)
    assert np.mean(fitted.levels.median(fitted.probabilities(*asked)) == expected) > 0.95


def test_a_boosted_model_learns_a_median_that_a_line_would_miss() -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (1000, 1))
    given = np.where(np.abs(x[:, 0]) < 0.5, 1.0, 5.0)
    fitted = OrdinalBoosting(rounds=20).fit(x, given)
    assert fitted.levels.median(fitted.probabilities([[0.0], [0.9], [-0.9]])).tolist() == [1.0, 5.0, 5.0]
