"""Parts of the ratings that do not meet, and time that runs one way."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.lab import splits
from recommender.lab.errors import DataError
from tests.lab.worlds import dataset, tastes

WORLD = tastes()


def test_each_rating_is_tested_once_and_never_learnt_from_then() -> None:
    folds = splits.kfold(WORLD, 5, np.random.default_rng(0))
    assert np.sort(np.concatenate([fold.test for fold in folds])).tolist() == list(range(len(WORLD)))
    assert all(not set(fold.train) & set(fold.test) for fold in folds)


def test_a_holdout_is_its_share() -> None:
    fold = splits.holdout(WORLD, 0.2, np.random.default_rng(0))
    assert (len(fold.test), len(fold.train)) == (len(WORLD) // 5, len(WORLD) - len(WORLD) // 5)


def test_the_newest_share_comes_after_all_that_is_learnt_from() -> None:
    fold = splits.temporal(WORLD, 0.2)
    assert WORLD.clock()[fold.train].max() < WORLD.clock()[fold.test].min()
    assert len(fold.test) == len(WORLD) // 5


def test_without_any_time_to_part_there_is_no_temporal_split() -> None:
    with pytest.raises(DataError, match="one and the same time"):
        splits.temporal(replace(WORLD, times=np.zeros(len(WORLD))), 0.2)


def test_each_user_s_last_rating_is_left_out() -> None:
    data = dataset([0, 1, 0, 2], [0, 0, 1, 2], [5, 5, 1, 5], 3, 3)
    fold = splits.leave_last(data)
    assert (fold.test.tolist(), fold.train.tolist()) == ([2], [0, 1, 3])


def test_what_came_after_the_last_liked_is_in_neither_part() -> None:
    data = dataset([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [5, 4, 1, 5, 1], 2, 3)
    fold = splits.leave_last_liked(data, 4)
    assert (fold.test.tolist(), fold.train.tolist()) == ([1], [0, 3, 4])


def test_ratings_of_one_second_come_in_the_order_of_items() -> None:
    data = replace(dataset([0, 0, 0], [2, 0, 1], [1, 2, 3], 1, 3), times=np.array([7.0, 7.0, 5.0]))
    assert [rows.tolist() for rows in splits.by_user_time(data)] == [[2, 1, 0]]


def test_a_data_set_without_times_says_so() -> None:
    with pytest.raises(DataError, match=r"^The data set generated has no times, which this protocol needs.$"):
        splits.temporal(replace(WORLD, times=None), 0.2)
