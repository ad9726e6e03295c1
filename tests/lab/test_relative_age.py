"""Age groups, time and trim on a data set: rows, precision of the top, and what the data must hold."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.lab.age_variants import lowest_tenth
from recommender.lab.context import Context
from recommender.lab.datasets import Dataset, DatasetDemographics
from recommender.lab.errors import DataError
from recommender.lab.protocols import relative_age
from recommender.lab.splits import kfold

from .worlds import dataset, tastes


def aged() -> Dataset:
    """Users of one taste are twenty, those of the other sixty."""
    whole = tastes()
    young = np.arange(whole.n_users) % 2 == 0
    people = DatasetDemographics(np.where(young, 20.0, 60.0), np.full(whole.n_users, "F"))
    return replace(whole, people=people, folds=kfold(whole, 5, np.random.default_rng(0)))


def test_groups_help_where_age_decides_taste() -> None:
    rows = relative_age.run(aged(), Context(quick=True)).to_json()["rows"]
    errors = {row["method"]: row["mae"] for row in rows}
    assert errors["relative_strict"] <= errors["relative_groups"] <= errors["method3"]
    assert errors["ceiling"] < errors["plain_cosine"]


def test_precision_of_the_top_is_the_share_that_was_liked() -> None:
    whole = replace(aged(), values=np.tile([5.0, 1.0], 300))
    fold = whole.folds[0]
    right = relative_age.Part(whole, fold, {"one": whole.values[fold.test]})
    shares, users = relative_age.top_precision(right, "one", 1)
    liked = {user: whole.values[fold.test][whole.users[fold.test] == user].max() == 5 for user in users}
    assert shares.tolist() == [float(liked[user]) for user in users]


def test_what_was_tried_stands_beside_the_plain_method_with_how_far_it_is_off() -> None:
    found = relative_age.run(aged(), Context(quick=True)).to_json()["tried"]
    assert len({row["method 1"] for row in found}) == len(found) == 9
    stands, untrimmed = found[0], found[1]
    assert stands["too high by"] > stands["plain too high by"]  # trim leaves out the lowest
    assert untrimmed["too high by"] < stands["too high by"]
    for row in found:
        assert row["below_plain_low"] <= row["mae plain"] - row["mae"] <= row["below_plain_high"]


def test_the_lowest_tenth_of_an_item_is_found_among_all_ratings() -> None:
    ratings = dataset(np.arange(10), np.zeros(10, int), [5, 4, 3, 2, 1, 5, 4, 3, 2, 5], 10, 1).interactions()
    pairs = np.array([3, 4, 8]), np.zeros(3, int)
    assert lowest_tenth(ratings, pairs).tolist() == [False, True, False]


def test_data_without_ages_is_refused() -> None:
    with pytest.raises(DataError, match="no ages of users"):
        relative_age.run(tastes(), Context())
