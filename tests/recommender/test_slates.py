"""Work that the slates skip does not change them by a single bit."""

import numpy as np
import pytest

from recommender.data.artifacts import Content
from recommender.data.slates import Candidates, Prediction, unpack
from recommender.data.snapshot import RatingTriples, ViewCounts
from recommender.data.steering import Wishes
from recommender.engine.ids import IdMap
from recommender.engine.preferences import genre_preference, item_preference
from recommender.engine.rank import apply_steering
from recommender.sources.base import content_signals

IMAGES, GENRES = 200, 5
NOTHING = np.zeros(0, dtype=np.int64)


def content(rng):
    features = rng.normal(size=(IMAGES, 8)).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    genre_of = rng.integers(0, GENRES, IMAGES)
    ids = IdMap.of(np.arange(IMAGES) * 3 + 1)
    return Content(
        ids,
        features,
        np.arange(GENRES) + 10,
        np.eye(GENRES)[genre_of],
        genre_of + 10,
        np.zeros(IMAGES, dtype=float),
    )


def bits(scores):
    return scores.dtype, scores.tobytes()


@pytest.mark.parametrize("hidden", [0, 3])
@pytest.mark.parametrize("pinned", [(), (11, 12)])
@pytest.mark.parametrize("muted", [(), (13,), (10, 99)])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_steering_looks_up_only_what_was_said_and_finds_the_same(hidden, pinned, muted, kind):
    rng = np.random.default_rng(5)
    known = content(rng)
    scores = np.concatenate([[-0.0, 0.0, -np.inf, np.nan, 5.0], rng.uniform(1, 5, IMAGES - 4)]).astype(kind)
    images = np.append(known.images, 999)  # one that came after the night
    away = rng.choice(known.images, hidden, replace=False)
    genres = known.genres_of(images)
    expected = apply_steering(
        scores,
        known.features_of(images),
        known.features_of(away),
        np.isin(genres, pinned),
        aversion=0.7,
        lift=0.3,
    )
    expected[np.isin(genres, muted)] = -np.inf
    before = scores.copy()
    found = Wishes(frozenset(muted), frozenset(pinned)).steer(scores, images, away, known, (0.7, 0.3))
    assert bits(found) == bits(expected)
    found[:] = 0
    assert bits(scores) == bits(before), "the scores that were given stay as they were"


def test_who_wishes_nothing_costs_no_look_at_the_content():
    scores = np.array([1.0, -0.0, -np.inf])
    assert bits(Wishes().steer(scores, np.arange(3), NOTHING, None)) == bits(np.array([1.0, 0.0, -np.inf]))


@pytest.mark.parametrize("views", [0, 1, 40])
def test_a_persons_signals_are_those_of_counts_over_all_images(views):
    rng = np.random.default_rng(views)
    known = content(rng)
    images = np.sort(rng.choice(IMAGES * 3 + 9, views, replace=False))  # some are unknown
    weeks = rng.integers(0, 9, (2, views))
    counts = np.zeros((2, IMAGES))
    columns, seen = known.rows_of(images)
    counts[:, columns] = weeks[:, seen]
    own = RatingTriples(np.zeros(2, dtype=np.int64), np.array([4, 7]), np.array([1.0, 5.0]))
    found = content_signals(known, own, ViewCounts(np.zeros(views, dtype=np.int64), images, *weeks))
    assert found.viewed.tolist() == columns.tolist()
    assert bits(found.alpha) == bits(item_preference(*counts)[columns])
    assert bits(found.beta) == bits(genre_preference(*counts, known.genres))


def test_a_slate_comes_back_from_its_bytes():
    rng = np.random.default_rng(1)
    values = rng.uniform(1, 5, 7).astype("<f4")
    two = {"neighbours": np.arange(7, dtype="<u2"), "neighbour_mean": np.full(7, np.nan, dtype="<f4")}
    predictions = {
        "neighbours": Prediction(values, {}, two, {"people": 3}),
        "content": Prediction(
            values + 0.5, {"viewed": values, "rated": -values}, {"reason": np.arange(7) * 10}
        ),
    }
    slate = unpack(Candidates(3.25, np.arange(7) + 100, predictions).pack())
    assert slate.base == 3.25
    assert slate.images.tolist() == list(range(100, 107))
    for name, expected in predictions.items():
        found = slate.predictions[name]
        np.testing.assert_array_equal(found.values, expected.values)
        for kind in ("parts", "details"):
            ours, theirs = getattr(found, kind), getattr(expected, kind)
            assert list(ours) == list(theirs)
            for part in ours:
                np.testing.assert_array_equal(ours[part], theirs[part])
        assert found.figures == expected.figures


def test_a_slate_may_be_empty():
    slate = unpack(Candidates(3.0, NOTHING, {"content": Prediction(np.zeros(0))}).pack())
    assert (len(slate.images), len(slate.predictions["content"].values)) == (0, 0)
