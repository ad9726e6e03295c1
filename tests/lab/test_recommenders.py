"""What may be known: the training part, and of it nothing newer for what is learnt on its validation part."""

from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest

from recommender.lab.evaluation import LIST_LENGTH, ListEvaluation
from recommender.lab.models.item_models import followed, own_latest, together
from recommender.lab.recommenders import RANKING_NETWORKS, RECOMMENDERS, TrainingData, names_for
from recommender.lab.splits import temporal
from tests.lab.worlds import dataset, tastes

SPLIT = partial(temporal, share=0.2)
WORLD = replace(tastes(), measures=np.arange(40.0)[:, None] % 2)
NAMES = names_for(WORLD)
EVERYBODY = np.arange(WORLD.n_users)


@cache
def learnt(name: str, turned: str = "") -> np.ndarray:
    """Everybody's scores; `turned` is the part of the fold whose ratings are turned around first."""
    values = WORLD.values.copy()
    if turned:
        values[getattr(SPLIT(WORLD), turned)] = 6 - values[getattr(SPLIT(WORLD), turned)]
    data = replace(WORLD, values=values)
    return RECOMMENDERS[name](TrainingData(data.part(SPLIT(data).train), 0, SPLIT, quick=True))(EVERYBODY)


@pytest.mark.parametrize("name", NAMES)
def test_planted_ratings_of_the_future_change_no_score(name: str) -> None:
    np.testing.assert_array_equal(learnt(name), learnt(name, "test"))


@pytest.mark.parametrize("name", NAMES)
def test_what_was_rated_before_does_change_scores_of_whoever_looks_at_it(name: str) -> None:
    blind = name in {
        "random",
        "popular",
        "popular lately",
        "item model",
        "item model, latest first",
        "what followed",
    }
    assert np.array_equal(learnt(name), learnt(name, "train")) is blind


@pytest.mark.parametrize("name", NAMES)
def test_scores_are_finite_for_everybody_the_new_included(name: str) -> None:
    found = learnt(name)
    assert found.shape == (WORLD.n_users, WORLD.n_items)
    assert np.isfinite(found).all()


def test_a_network_of_metadata_needs_people_who_said_something() -> None:
    assert {*RECOMMENDERS} - {*names_for(tastes())} == {"metadata_ncf"}
    assert {*RANKING_NETWORKS} <= {*names_for(WORLD)}


PAIRED = dataset([0, 0, 1, 1, 2, 2, 3], [0, 1, 0, 1, 2, 3, 0], [5] * 7, 4, 4)  # 0 goes with 1, and 2 with 3


def test_items_that_are_rated_together_pull_each_other() -> None:
    pull = together(PAIRED)(np.array([3]))[0]
    assert pull[1] > 0
    assert pull[[0, 2, 3]].tolist() == [0, 0, 0]


def test_what_followed_an_item_is_shared_out_by_its_distance() -> None:
    walked = dataset([0, 0, 0, 1], [0, 1, 2, 0], [5] * 4, 2, 3)
    np.testing.assert_allclose(followed(walked)(np.array([1]))[0], [0, 1 / 1.8, 0.8 / 1.8])


def test_each_ones_latest_counts_most() -> None:
    walked = dataset([0, 1, 0, 0], [2, 0, 0, 1], [5] * 4, 2, 3)
    # by user and item: (0,0) (0,1) (0,2) (1,0)
    assert own_latest(walked, 1.0).tolist() == [0.5, 1.0, 0.25, 1.0]


def test_lists_leave_out_what_was_rated_and_ties_go_to_the_lower_item() -> None:
    data = dataset([0, 0, 1], [2, 0, 1], [5, 5, 5], 2, 4)
    judge = ListEvaluation(data, SPLIT(data), np.array([0, 1]))
    lists = judge.lists(np.array([[1.0, 2.0, 9.0, 2.0], [0.0, 0.0, 0.0, 0.0]]))
    assert lists.tolist() == [[1, 3, -1, -1], [0, 1, 2, 3]]
    assert lists.shape[1] <= LIST_LENGTH


def test_only_liked_items_are_relevant_and_gains_follow_the_rating() -> None:
    data = dataset([0, 0, 0, 0, 0], [0, 1, 2, 3, 4], [5, 5, 5, 3, 4], 1, 5)
    judge = ListEvaluation(data, temporal(data, 0.4), np.array([0]))
    assert judge.relevant.tolist() == [[False, False, False, False, True]]
    assert judge.gains.tolist() == [[0, 0, 0, 3, 7]]
