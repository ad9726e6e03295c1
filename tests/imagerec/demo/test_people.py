"""Planted tastes: what people rate and look at follows from what they like."""

import numpy as np
import pytest

from imagerec.demo.people import HISTORY_DAYS, Catalogue, simulate, traits_of
from imagerec.demo.vocabulary import GENRES

IMAGES = 1300


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    rng = np.random.default_rng(1)
    return Catalogue(
        np.arange(IMAGES) % len(GENRES), rng.normal(size=(IMAGES, 3)), rng.normal(0, 0.3, IMAGES)
    )


@pytest.fixture(scope="module")
def lives(catalogue):
    return [simulate(np.random.default_rng(number), catalogue) for number in range(60)]


def test_ratings_agree_with_taste(lives):
    agreement = [np.corrcoef(one.liking[one.viewed[one.rated]], one.values)[0, 1] for one in lives]
    assert np.mean(agreement) > 0.75
    assert min(agreement) > 0.5


def test_the_whole_scale_is_used(lives):
    share = np.bincount(np.concatenate([one.values for one in lives]), minlength=6)[1:] / sum(
        map(len, [o.values for o in lives])
    )
    assert share.min() > 0.05
    assert share.max() < 0.45


def test_people_look_at_what_they_like(lives):
    assert np.mean([one.liking[one.viewed].mean() for one in lives]) > 0.4


def test_counts_and_times_are_those_of_four_weeks(lives):
    for one in lives:
        assert 55 <= len(one.viewed) <= 125
        assert 40 <= len(one.rated) <= 80
        assert (one.viewed_ago > 0).all()
        assert (one.viewed_ago <= HISTORY_DAYS * 86400).all()
    recent = np.concatenate([one.viewed_ago for one in lives]) < 14 * 86400
    assert recent.mean() > 0.6


def test_a_rating_follows_its_view(lives):
    assert all((one.rated_ago <= one.viewed_ago[one.rated]).all() for one in lives)


def test_an_image_is_rated_once(lives):
    assert all(len(set(one.viewed[one.rated])) == len(one.rated) for one in lives)


def test_favourites_are_loved_and_hidden_ones_are_not(lives):
    for one in lives:
        assert (one.values[one.favourites] == 5).all()
        assert (one.values[one.hides] == 1).all()


def test_some_people_are_neighbours(lives):
    likings = np.array([one.liking for one in lives])
    alike = np.corrcoef(likings) - np.eye(len(lives))
    assert alike.max(axis=1).mean() > 0.6
    assert np.abs(alike.mean()) < 0.3


def test_traits_tell_warm_from_cold_and_bright_from_dark():
    warm, cold, dark = traits_of([["#f08030"], ["#3070e0"], ["#101018"]])
    assert warm[0] > cold[0]
    assert warm[1] > dark[1]


def test_a_small_catalogue_is_enough():
    few = Catalogue(np.arange(5), np.zeros((5, 3)), np.zeros(5))
    one = simulate(np.random.default_rng(2), few)
    assert set(one.viewed) == {0, 1, 2, 3, 4}
