"""What may be known: the training part, and of it nothing newer for what is learnt on its validation part."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from recommender.lab.judge import LENGTH, Judge
from recommender.lab.recommenders import RECOMMENDERS, Training
from recommender.lab.splits import temporal
from tests.lab.worlds import dataset, tastes

SPLIT = partial(temporal, share=0.2)
WORLD = tastes()
EVERYBODY = np.arange(WORLD.n_users)


def learnt(name: str, data: object = WORLD) -> np.ndarray:
    fold = SPLIT(data)  # type: ignore[arg-type]
    return RECOMMENDERS[name](Training(data.part(fold.train), 0, SPLIT))(EVERYBODY)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", RECOMMENDERS)
def test_planted_ratings_of_the_future_change_no_score(name: str) -> None:
    test = SPLIT(WORLD).test
    planted = WORLD.values.copy()
    planted[test] = 6 - planted[test]
    np.testing.assert_array_equal(learnt(name), learnt(name, replace(WORLD, values=planted)))


@pytest.mark.parametrize("name", RECOMMENDERS)
def test_what_was_rated_before_does_change_scores_of_whoever_looks_at_it(name: str) -> None:
    train = SPLIT(WORLD).train
    turned = WORLD.values.copy()
    turned[train] = 6 - turned[train]
    blind = name in {"random", "popular", "popular lately"}
    assert np.array_equal(learnt(name), learnt(name, replace(WORLD, values=turned))) is blind


@pytest.mark.parametrize("name", RECOMMENDERS)
def test_scores_are_finite_for_everybody_the_new_included(name: str) -> None:
    found = learnt(name)
    assert found.shape == (WORLD.n_users, WORLD.n_items)
    assert np.isfinite(found).all()


def test_lists_leave_out_what_was_rated_and_ties_go_to_the_lower_item() -> None:
    data = dataset([0, 0, 1], [2, 0, 1], [5, 5, 5], 2, 4)
    judge = Judge(data, SPLIT(data), np.array([0, 1]))
    lists = judge.lists(np.array([[1.0, 2.0, 9.0, 2.0], [0.0, 0.0, 0.0, 0.0]]))
    assert lists.tolist() == [[1, 3, -1, -1], [0, 1, 2, 3]]
    assert lists.shape[1] <= LENGTH


def test_only_liked_items_are_relevant_and_gains_follow_the_rating() -> None:
    data = dataset([0, 0, 0, 0, 0], [0, 1, 2, 3, 4], [5, 5, 5, 3, 4], 1, 5)
    judge = Judge(data, temporal(data, 0.4), np.array([0]))
    assert judge.relevant.tolist() == [[False, False, False, False, True]]
    assert judge.gains.tolist() == [[0, 0, 0, 3, 7]]
