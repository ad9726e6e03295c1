"""Figures of yes and no, worked by hand, and the protocols of networks on small data."""

import numpy as np
import pytest

from recommender.lab.context import Context
from recommender.lab.errors import DataError
from recommender.lab.generated import generate
from recommender.lab.models.svd import svd
from recommender.lab.networks import cross_entropy, metadata_of, recall_at, yes_no
from recommender.lab.protocols import PROTOCOLS

CHANCE, LIKED = np.array([0.9, 0.8, 0.6, 0.2]), np.array([True, False, True, True])


def test_yes_and_no_by_hand() -> None:
    figures = yes_no(CHANCE, LIKED)
    assert (figures["precision"], figures["recall"], figures["accuracy"]) == (2 / 3, 2 / 3, 0.5)
    assert figures["loss"] == pytest.approx(-np.log([0.9, 0.2, 0.6, 0.2]).mean())


def test_recall_at_a_precision_takes_the_best_threshold() -> None:
    assert recall_at(CHANCE, LIKED, 0.99) == pytest.approx(1 / 3)
    assert recall_at(CHANCE, LIKED, 0.75) == 1.0


def test_equals_are_never_parted_by_a_threshold() -> None:
    assert recall_at(np.array([0.5, 0.5]), np.array([True, False]), 0.9) == 0.0


def test_a_chance_of_nothing_costs_much_and_not_everything() -> None:
    assert np.isfinite(cross_entropy(np.array([0.0]), np.array([True]))).all()


def test_svd_learns_who_likes_what() -> None:
    world = generate(0, 400)
    chance = svd(world.interactions(), world.users, world.items, np.random.default_rng(0))
    assert chance[world.values > 0].mean() > chance[world.values == 0].mean() + 0.1


def test_data_that_knows_nothing_of_its_users_is_refused() -> None:
    world = generate(0, 30)
    object.__setattr__(world, "measures", np.zeros((0, 0)))
    with pytest.raises(DataError, match="knows nothing about its users"):
        metadata_of(world)


def test_newcomers_of_whom_nothing_is_known_are_still_asked_for_their_picks() -> None:
    world = generate(0, 120)
    object.__setattr__(world, "measures", np.zeros((0, 0)))
    report = PROTOCOLS["cold-start"].run(world, Context(quick=True))
    assert {row["method"] for row in report.rows} == {"random", "popular", "user_knn", "picks"}
    assert report.notes[-1] == "The data has no metadata of users, so there are no rows with metadata."


def test_the_protocol_of_newcomers_runs_and_says_what_holds() -> None:
    report = PROTOCOLS["cold-start"].run(generate(0, 120), Context(quick=True))
    methods = {row["method"] for row in report.rows}
    assert methods == {"random", "popular", "user_knn", "metadata", "picks", "metadata_picks"}
    assert len(report.claims) == 6
