"""Users folded into the factors of a night."""

import numpy as np
import pytest
from scipy.special import ndtr

from recommender.engine import fold_in
from recommender.engine.artifact import load, save
from recommender.engine.factorisation import OrdinalFactors
from recommender.engine.features import implicit_weight, one_hot
from recommender.engine.fold_in import ItemFactors
from recommender.engine.types import Interactions

from .worlds import two_tastes

SHORT = OrdinalFactors(rank=2, chains=1, sweeps=60, burn_in=20, damping=10.0)


@pytest.fixture(scope="module")
def world() -> Interactions:
    return two_tastes()


@pytest.fixture(scope="module")
def factors(world: Interactions) -> ItemFactors:
    return ItemFactors.fit(SHORT, world)


def test_a_user_whom_the_night_did_not_know_gets_the_taste_of_the_ratings(factors: ItemFactors) -> None:
    even, odd = (factors.fold_in(np.arange(6), [5, 1] * 3 if side else [1, 5] * 3) for side in (True, False))
    likes_even = even.expected()[6:]
    assert likes_even[::2].min() > likes_even[1::2].max() + 1
    assert odd.expected()[7:][::2].min() > odd.expected()[6:][::2].max() + 1


def test_a_user_without_ratings_gets_what_all_users_give(factors: ItemFactors, world: Interactions) -> None:
    expected = factors.fold_in(np.zeros(0, dtype=np.int64), []).expected()
    assert np.abs(expected - world.global_mean).max() < 1.5


def test_expected_ratings_follow_the_probabilities_of_the_levels(factors: ItemFactors) -> None:
    user = factors.fold_in(np.array([0, 3]), [5, 4])
    x = np.column_stack([np.ones(len(factors.vectors)), factors.vectors[:, 1:]])
    f = factors.vectors[:, 0] + x @ (user.own + user.shared)
    spread = np.sqrt(1 + (x @ user.covariance * x).sum(axis=1))
    upto = ndtr((factors.cuts - f[:, None]) / spread[:, None])
    np.testing.assert_allclose(user.expected(), np.diff(upto, axis=1) @ factors.levels.values, atol=1e-6)


def test_what_the_rated_items_add_explains_the_rest(factors: ItemFactors) -> None:
    items = np.arange(8)
    user = factors.fold_in(items, [5, 1, 5, 2, 4, 1, 5, 1])
    x = np.column_stack([np.ones(len(factors.vectors)), factors.vectors[:, 1:]]).astype(np.float64)
    wanted = np.array([10, 11])
    prior = x[wanted] @ user.covariance @ (factors.precisions * factors.means)
    explained = (
        factors.vectors[wanted, 0] + x[wanted] @ user.shared + prior + user.reasons(wanted).sum(axis=1)
    )
    f = factors.vectors[wanted, 0] + x[wanted] @ (user.own + user.shared)
    np.testing.assert_allclose(explained, f, atol=0.01)


def test_an_item_that_no_user_rated_is_known_by_its_metadata() -> None:
    world = two_tastes()
    kept = world.indices > 1  # one item of either kind has no ratings
    cold = Interactions.from_triples(
        world.users[kept], world.indices[kept], world.values[kept], n_users=20, n_items=30
    )
    factors = ItemFactors.fit(SHORT, cold, [one_hot(np.arange(30) % 2)])
    expected = factors.fold_in(np.arange(2, 10), [5, 1] * 4).expected()
    assert expected[0] > expected[1] + 1


def test_a_single_rating_says_little_of_what_was_rated() -> None:
    weights = [implicit_weight(np.array([n]), 10.0)[0] for n in (1, 10, 100)]
    np.testing.assert_allclose(weights, [1 / 11, np.sqrt(10) / 20, 10 / 110])
    assert implicit_weight(np.array([4]), 0.0)[0] == 0.5


def test_expected_utility_stays_between_the_cuts_however_far_the_mean_lies() -> None:
    low, high = np.array([-40.0, -1.0, 0.5, 2.0]), np.array([-1.0, 0.5, 2.0, 40.0])
    for f in (-30.0, -5.0, 0.0, 5.0, 30.0):
        found = fold_in._expected_utility(np.full(4, f), low, high)
        assert (found >= low - 1e-6).all()
        assert (found <= high + 1e-6).all()


def test_factors_come_back_from_a_file(factors: ItemFactors, tmp_path) -> None:
    save(tmp_path / "x.npz", "factors", factors.to_arrays())
    again = ItemFactors.from_arrays(load(tmp_path / "x.npz", "factors")[0])
    np.testing.assert_array_equal(
        again.fold_in(np.array([0]), [5]).expected(), factors.fold_in(np.array([0]), [5]).expected()
    )


def test_an_image_costs_at_most_128_bytes() -> None:
    world = two_tastes()
    arrays = ItemFactors.fit(OrdinalFactors(chains=1, sweeps=2, burn_in=0), world).to_arrays()
    per_item = sum(
        array.nbytes for array in arrays.values() if len(array.shape) and len(array) == world.n_items
    )
    assert per_item / world.n_items <= 128
