"""Factors under an ordered probit, and the levels they predict."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.engine.errors import InvalidInput
from recommender.engine.factorisation import OrdinalFactors
from recommender.engine.features import bands, one_hot
from recommender.engine.ordinal import Levels
from recommender.engine.types import Interactions

from .worlds import ratings, two_tastes

SHORT = OrdinalFactors(rank=2, chains=1, sweeps=40, burn_in=15)


def unrated(world: Interactions) -> tuple[np.ndarray, np.ndarray]:
    """The cells of `two_tastes` that were left out."""
    there = np.zeros((world.n_users, world.n_items), dtype=bool)
    there[world.users, world.indices] = True
    return np.nonzero(~there)


def test_two_tastes_are_found_where_nothing_was_rated() -> None:
    world = two_tastes()
    users, items = unrated(world)
    expected = np.where((users + items) % 2 == 0, 5.0, 1.0)
    assert np.abs(SHORT.fit(world).predict(users, items).values - expected).mean() < 0.5


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    world = two_tastes()
    one, again, other = (settings.fit(world).users for settings in (SHORT, SHORT, replace(SHORT, seed=1)))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_what_is_known_of_users_speaks_for_one_who_rated_nothing() -> None:
    world = two_tastes()
    users, items = world.users.astype(int), world.indices.astype(int)
    kept = users > 1  # one user of either taste rated nothing
    cold = Interactions.from_triples(users[kept], items[kept], world.values[kept], n_users=20, n_items=30)
    found = SHORT.fit(cold, users=[one_hot(np.arange(20) % 2)]).predict([0, 1], [0, 0]).values
    assert found[0] > found[1] + 1


def test_probabilities_are_distributions_even_for_an_item_that_nobody_rated() -> None:
    fitted = SHORT.fit(ratings([[1, 5, None], [5, 1, None], [4, 2, None]]))
    table = fitted.probabilities([0, 1, 2], [2, 2, 0])
    np.testing.assert_allclose(table.sum(axis=1), 1.0)
    assert (table >= 0).all()


def test_factors_need_ratings_and_sweeps() -> None:
    with pytest.raises(InvalidInput, match="there are none"):
        SHORT.fit(ratings([[None]]))
    with pytest.raises(InvalidInput, match="sweeps beyond"):
        OrdinalFactors(sweeps=10, burn_in=10)


@pytest.mark.parametrize(
    ("given", "levels"),
    [([1, 2, 2, 5], [1, 2, 5]), ([0.5, 4.5, 1.0], [0.5, 1.0, 4.5])],
)
def test_levels_are_the_observed_values(given: list[float], levels: list[float]) -> None:
    found = Levels.of(given)
    assert found.values.tolist() == levels
    assert found.values[found.index(given)].tolist() == given


def test_a_fine_scale_is_cut_into_bins_of_about_as_many_ratings() -> None:
    given = np.random.default_rng(0).uniform(-10, 10, 1000)
    found = Levels.of(given)
    assert len(found) == 20
    assert set(np.bincount(found.index(given)).tolist()) == {50}
    assert np.abs(found.values[found.index(given)] - given).max() < 1.2


def test_bands_hold_about_as_many_and_leave_the_unknown_out() -> None:
    table = bands([1, 2, 3, 4, np.nan], 2)
    assert table.tolist() == [[1, 0], [1, 0], [0, 1], [0, 1], [0, 0]]
