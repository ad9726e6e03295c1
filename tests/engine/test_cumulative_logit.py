"""The cumulative logit: known coefficients are found, and its means and medians are those of its levels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from recommender.engine import cumulative_logit
from recommender.engine.cumulative_logit import CumulativeLogit
from recommender.engine.errors import InvalidInput

CUTS = np.array([-2.0, -1.0, 0.5, 1.5])
WEIGHTS = np.array([1.2, -0.5, 0.0])


def drawn(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(n, 3))
    return table, 1.0 + np.searchsorted(CUTS, table @ WEIGHTS + rng.logistic(size=n))


def test_known_coefficients_are_found() -> None:
    model = CumulativeLogit.fit(*drawn(20_000))
    np.testing.assert_allclose(model.weights / model.spread, WEIGHTS, atol=0.06)
    np.testing.assert_allclose(model.cuts + model.centre @ (model.weights / model.spread), CUTS, atol=0.06)


def test_the_gradient_is_that_of_the_loss() -> None:
    table, ratings = drawn(200)
    level = ratings.astype(np.int64) - 1
    at = np.array([-1.0, 0.0, 0.1, 0.2, 0.3, 0.1, 0.2])
    numeric = approx_fprime(at, lambda x: cumulative_logit._loss(x, table, level, 4, 1.0)[0], 1e-6)
    np.testing.assert_allclose(cumulative_logit._loss(at, table, level, 4, 1.0)[1], numeric, rtol=1e-3)


@given(st.integers(0, 1000))
def test_distributions_add_up_and_means_and_medians_are_theirs(seed: int) -> None:
    table, ratings = drawn(60, seed)
    model = CumulativeLogit.fit(table, ratings)
    found = model.probabilities(table)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert (found >= 0).all()
    np.testing.assert_allclose(model.expected(table), found @ model.levels.values)
    below = (found * (model.levels.values < model.median(table)[:, None])).sum(axis=1)
    assert (below < 0.5 + 1e-9).all()


def test_arrays_give_the_same_model() -> None:
    table, ratings = drawn(300)
    model = CumulativeLogit.fit(table, ratings)
    again = CumulativeLogit.from_arrays(model.to_arrays())
    np.testing.assert_array_equal(again.probabilities(table), model.probabilities(table))


def test_two_levels_are_enough_and_equal_features_teach_nothing() -> None:
    ratings = np.array([1.0, 5.0, 5.0, 5.0])
    model = CumulativeLogit.fit(np.ones((4, 1)), ratings)
    np.testing.assert_allclose(model.probabilities(np.ones((1, 1))), [[0.25, 0.75]], atol=1e-3)


@pytest.mark.parametrize("table", [[[np.nan]], [[1.0], [2.0]], [1.0]])
def test_features_that_do_not_fit_are_refused(table: list[object]) -> None:
    with pytest.raises(InvalidInput, match="one row of finite features"):
        CumulativeLogit.fit(table, [3.0])
