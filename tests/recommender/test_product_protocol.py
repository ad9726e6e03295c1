"""`lab run product` on generated data with a known answer, without a database."""

from dataclasses import replace

import numpy as np
import pytest

from recommender import sources
from recommender.engine.types import Scale
from recommender.lab.context import Context
from recommender.lab.errors import DataError
from recommender.lab.splits import temporal
from recommender.services import product_protocol
from tests.lab.worlds import tastes

NETWORK = "demographics"  # a data set has no trained network


def test_what_is_served_is_better_than_popularity_where_there_are_tastes() -> None:
    rows = {row["method"]: row for row in product_protocol.run(tastes(), Context(quick=True)).rows}
    assert list(rows) == [
        "random",
        "popular",
        *(one.name for one in sources.SOURCES if one.name != NETWORK),
        "served",
    ]
    assert rows["served"]["mae_high"] < rows["popular"]["mae_low"]
    assert rows["served"]["over_popular_low"] > 0
    assert rows["served"]["cases"] == rows["popular"]["cases"]


def test_ratings_of_the_future_change_no_answer() -> None:
    world = tastes()
    fold = temporal(world, 0.2)
    values = world.values.copy()
    values[fold.test] = 6.0 - values[fold.test]
    users = np.arange(world.n_users)
    one, other = (
        product_protocol.predictions_of_methods(data, fold, users, Context())
        for data in (world, replace(world, values=values))
    )
    for name, answers in one.items():
        np.testing.assert_array_equal(answers.values, other[name].values)
        np.testing.assert_array_equal(answers.scores, other[name].scores)


def test_a_user_without_older_ratings_gets_the_popular_order_and_no_number() -> None:
    world = tastes()
    fold = temporal(world, 0.2)
    fold = replace(fold, train=fold.train[world.users[fold.train] != 3])
    found = product_protocol.predictions_of_methods(world, fold, np.array([2, 3]), Context())
    assert np.isnan(found["served"].values[1]).all()
    assert not np.isnan(found["served"].values[0]).any()
    np.testing.assert_array_equal(
        np.argsort(found["served"].scores[1]), np.argsort(found["popular"].scores[1])
    )


def test_another_scale_than_the_site_s_is_refused() -> None:
    with pytest.raises(DataError, match="from 1 to 5"):
        product_protocol.run(replace(tastes(), scale=Scale(0, 5)), Context())
