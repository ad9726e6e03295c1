"""`lab run product` on generated data with a known answer, without a database."""

from dataclasses import replace

import numpy as np
import pytest

from recommender import sources
from recommender.engine.types import Scale
from recommender.lab.context import Context
from recommender.lab.errors import DataError
from recommender.lab.splits import temporal
from recommender.services import product_protocol, site_replay
from recommender.services.site_replay import ReplayedSite
from tests.lab.worlds import tastes

NETWORK = "demographics"  # a data set has no trained network


@pytest.fixture(scope="module")
def report():
    return product_protocol.run(tastes(), Context())


def rows_of(report, split):
    return {row["method"]: row for row in report.rows if row["split"] == split}


def test_what_is_served_is_better_than_popularity_where_there_are_tastes(report) -> None:
    rows = rows_of(report, "newest fifth")
    named = [one.name for one in sources.SOURCES if one.name != NETWORK]
    assert list(rows) == ["random", "popular", *named, "equal", "best fixed", "agents", "served"]
    assert rows["served"]["mae_high"] < rows["popular"]["mae_low"]
    assert rows["served"]["over_popular_low"] > 0
    assert rows["served"]["cases"] == rows["popular"]["cases"]
    assert rows["best fixed"]["mae"] <= rows["equal"]["mae"] + 0.01


def test_both_splits_are_side_by_side(report) -> None:
    rows = rows_of(report, "random")
    assert {"agents", "served"} <= set(rows)
    assert 0 < rows["served"]["mae"] < 1.5
    assert "No site can reach this" in " ".join(report.split.split())


def test_ratings_of_the_future_change_no_answer() -> None:
    world = tastes()
    fold = temporal(world, 0.2)
    last = fold.test[np.argsort(world.times[fold.test])][-20:]
    values = world.values.copy()
    values[last] = 6.0 - values[last]
    one, other = (
        site_replay.replay(site_replay.site_at(data, fold.train), fold.test)
        for data in (world, replace(world, values=values))
    )
    np.testing.assert_array_equal(one.cells, other.cells)
    before = ~np.isin(one.cells, last)
    for name in ("expected", "median"):
        np.testing.assert_array_equal(getattr(one, name)[before], getattr(other, name)[before])
    np.testing.assert_array_equal(one.logged.blend[before], other.logged.blend[before])


def test_own_ratings_count_at_once() -> None:
    world = tastes()
    fold = temporal(world, 0.2)
    fold = replace(fold, train=fold.train[world.users[fold.train] != 3])
    site = site_replay.site_at(world, fold.train)
    own = fold.test[world.users[fold.test] == 3]
    replayed = site_replay.replay(site, own)
    assert replayed.logged.known.tolist() == list(range(len(own)))
    changed = ReplayedSite(replace(world, values=6.0 - world.values), site.model, site.cells)
    other = site_replay.replay(changed, own)
    assert replayed.expected[0] == other.expected[0]
    assert not np.isclose(replayed.expected[1:], other.expected[1:]).any()


def test_a_user_without_older_ratings_gets_the_popular_order() -> None:
    world = tastes()
    fold = temporal(world, 0.2)
    fold = replace(fold, train=fold.train[world.users[fold.train] != 3])
    site = site_replay.site_at(world, fold.train)
    found = product_protocol.scores_of(site, np.array([2, 3]), Context())
    np.testing.assert_array_equal(found["served"][1], found["popular"][1])
    assert not np.array_equal(np.argsort(found["served"][0]), np.argsort(found["popular"][0]))


def test_another_scale_than_the_site_s_is_refused() -> None:
    with pytest.raises(DataError, match="from 1 to 5"):
        product_protocol.run(replace(tastes(), scale=Scale(0, 5)), Context())
