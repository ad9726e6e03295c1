"""The sweep is the engine's own prediction, for every k at once."""

import numpy as np
import pytest
from hypothesis import given, settings

from recommender.engine.knn import Centring, UserKnn
from recommender.engine.similarity import Similarity
from recommender.engine.types import Interactions
from recommender.lab.sweep import sweep
from tests.engine.worlds import MEASURES, matrices, two_tastes


@pytest.mark.parametrize(
    "measure", [MEASURES[0], MEASURES[4], MEASURES[7]], ids=lambda one: type(one).__name__
)
@settings(max_examples=12)
@given(ratings=matrices())
def test_it_predicts_what_user_knn_predicts(measure: Similarity, ratings: Interactions) -> None:
    users, items = (part.ravel() for part in np.mgrid[: ratings.n_users, : ratings.n_items])
    found = sweep(ratings, measure, 3, (users, items), [1, 2, 40], list(Centring))
    for centring in Centring:
        for k, answers in zip([1, 2, 40], found[centring], strict=True):
            expected = UserKnn(measure, 3, k, centring).fit(ratings).predict(users, items).values
            np.testing.assert_allclose(answers, expected, atol=1e-8)


def test_more_users_than_a_block_and_pairs_in_any_order() -> None:
    ratings = two_tastes(n_users=150)
    rng = np.random.default_rng(0)
    users, items = rng.integers(0, 150, 80), rng.integers(0, 30, 80)
    (found,) = sweep(ratings, MEASURES[0], 0, (users, items), [5], [Centring.MEAN])[Centring.MEAN]
    expected = UserKnn(MEASURES[0], 0, 5, Centring.MEAN).fit(ratings).predict(users, items).values
    np.testing.assert_allclose(found, expected, atol=1e-8)
