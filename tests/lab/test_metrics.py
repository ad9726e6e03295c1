"""Figures against fractions worked by hand."""

import math

import numpy as np
import pytest

from recommender.engine.rank import ndcg_of_list as one_ndcg
from recommender.engine.types import Scale
from recommender.lab import metrics

LISTS = np.array([[0, 1], [2, -1]])
RELEVANT = np.array([[False, True, True], [False, True, False]])


def test_mae_and_rmse() -> None:
    assert metrics.mae([1, 2], [2, 5]) == 2  # (1 + 3) / 2
    assert metrics.rmse([1, 2], [2, 5]) == math.sqrt(5)  # (1 + 9) / 2


def test_precision_and_recall_of_a_threshold() -> None:
    predicted, actual = [4, 4.5, 3, 5], [5, 3, 4, 4]  # three recommended, three liked, two both
    assert metrics.precision_recall(predicted, actual, 4) == (2 / 3, 2 / 3)


def test_precision_without_a_recommendation_is_no_number() -> None:
    precision, recall = metrics.precision_recall([1, 2], [5, 5], 4)
    assert math.isnan(precision)
    assert recall == 0


def test_precision_of_the_top_n_of_users_with_enough_cases() -> None:
    users, predicted = np.array([0, 0, 0, 1]), np.array([3.0, 5.0, 4.0, 5.0])
    who, shares = metrics.precision_at(2, users, predicted, np.array([5.0, 1.0, 4.0, 5.0]), 4)
    assert (who.tolist(), shares.tolist()) == ([0], [0.5])  # of 5.0 and 4.0 the second was liked


def test_hit_rate() -> None:
    assert metrics.hit_rate(LISTS, RELEVANT).tolist() == [1, 0]


def test_ndcg_of_a_list() -> None:
    gains = np.array([[0.0, 3.0, 1.0], [0.0, 7.0, 0.0]])
    expected = (3 / math.log2(3)) / (3 + 1 / math.log2(3))  # second place got 3; best order 3, 1
    assert metrics.ndcg(LISTS, gains).tolist() == [pytest.approx(expected), 0]


def test_ndcg_is_that_of_the_engine() -> None:
    rng = np.random.default_rng(0)
    relevances, order = rng.integers(0, 5, 8).astype(float), rng.permutation(8)[:5]
    ours = metrics.ndcg(order[None], 2.0 ** relevances[None] - 1)[0]
    assert ours == pytest.approx(one_ndcg(relevances[order], relevances, 5))


def test_coverage_and_exposure() -> None:
    assert metrics.exposure(LISTS, 4).tolist() == [1, 1, 1, 0]
    assert metrics.coverage(LISTS, 4) == 3 / 4


@pytest.mark.parametrize(
    ("counts", "gini"), [([2, 2, 2], 0), ([0, 0, 3], 2 / 3), ([1, 3], 1 / 4), ([0, 0], 0)]
)
def test_gini(counts: list[int], gini: float) -> None:
    assert metrics.gini(counts) == pytest.approx(gini)


def test_novelty() -> None:
    found = metrics.novelty(LISTS, np.array([4, 2, 0]), 4)
    assert found.tolist() == [0.5, 2]  # (-log2 4/4 - log2 2/4) / 2; unrated counts one: -log2 1/4


def test_variety() -> None:
    features = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    found = metrics.variety(LISTS, features)
    assert found[0] == pytest.approx(0.4)
    assert math.isnan(found[1])


@pytest.mark.parametrize(
    ("low", "high", "liked"), [(1, 5, 4), (0.5, 5, 4), (-10, 10, 4), (1, 10, 7.75), (0, 1, 0.75)]
)
def test_what_counts_as_liked(low: float, high: float, liked: float) -> None:
    assert metrics.liked_from(Scale(low, high)) == liked
