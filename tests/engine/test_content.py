"""Content similarity, what views and ratings spread to other images, and the prediction in parts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine import content
from recommender.engine.content import (
    Calibration,
    ContentModel,
    ContentPrediction,
    ExtraTerms,
    PersonSignals,
    content_similarity,
    first_picks_lift,
    nearest_rows,
    propagate,
    ratings_term,
    shrunk_mean,
)
from recommender.engine.errors import InvalidInput
from recommender.engine.types import Floats, Scale

SEA, BEACH, CITY, BLANK = range(4)
FEATURES = np.array([[1, 0], [0.8, 0.6], [-1, 0], [0, 0]], dtype=np.float32)
GENRES = np.array([[1, 0], [1, 0], [0, 1], [0, 0]])


def person(viewed: dict[int, float] | None = None, rated: dict[int, float] | None = None) -> PersonSignals:
    viewed, rated = viewed or {}, rated or {}
    return PersonSignals(
        np.array(list(viewed), dtype=int),
        np.array(list(viewed.values()), dtype=float),
        np.array([1.0, 0.5]),
        np.array(list(rated), dtype=int),
        np.array(list(rated.values()), dtype=float),
    )


def predict(who: PersonSignals, calibration: Calibration | None = None) -> ContentPrediction:
    steps = calibration or Calibration(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    return ContentModel().predict(FEATURES, GENRES, who, steps, Scale(), 3.0)


def test_similarity_is_the_cosine_without_its_negatives() -> None:
    found = content_similarity(FEATURES, [SEA], [SEA, BEACH, CITY, BLANK])
    np.testing.assert_allclose(found, [[1.0, 0.8, 0.0, 0.0]], atol=1e-7)


def test_an_image_of_which_nothing_is_known_is_still_like_itself() -> None:
    assert content_similarity(FEATURES, [BLANK], [BLANK])[0, 0] == 1.0


def test_similar_images_come_best_first_without_the_image_itself() -> None:
    rows, alike = nearest_rows(FEATURES, SEA, 9)
    assert rows.tolist() == [BEACH, CITY, BLANK]
    assert alike[0] == pytest.approx(0.8)


def test_a_view_spreads_to_what_is_like_it_and_is_the_reason() -> None:
    found = propagate(FEATURES, [SEA], [0.5])
    np.testing.assert_allclose(found.values, [0.5, 0.4, 0.0, 0.0], atol=1e-7)
    assert found.reasons.tolist() == [SEA, SEA, -1, -1]


def test_what_was_viewed_keeps_its_own_preference() -> None:
    found = propagate(FEATURES, [SEA, BEACH], [1.0, 0.1])
    assert found.values[BEACH] == 0.1
    assert found.reasons[BEACH] == BEACH


def test_a_rating_spreads_its_deviation() -> None:
    found = ratings_term(FEATURES, [SEA], [1.5], power=2, shrinkage=2)
    assert found.values[BEACH] == pytest.approx(0.64 * 1.5 / 2.64, abs=1e-6)
    assert found.reasons.tolist() == [-1, SEA, -1, -1]


def test_the_own_rating_of_an_image_is_left_out() -> None:
    assert ratings_term(FEATURES, [SEA], [2.0]).values[SEA] == 0.0


def test_a_weight_makes_a_rating_as_loud_as_so_many() -> None:
    twice = ratings_term(FEATURES, [SEA, SEA], [1.0, 1.0]).values
    np.testing.assert_allclose(ratings_term(FEATURES, [SEA], [1.0], weights=[2.0]).values[1:], twice[1:])


def test_extra_terms_add_to_numerator_and_denominator() -> None:
    beside = ExtraTerms(np.array([0.0, 2.0, 0.0, 2.0]), np.array([0.0, 1.0, 0.0, 1.0]))
    found = ratings_term(FEATURES, [SEA], [1.0], extra=beside).values
    np.testing.assert_allclose(found, [0, (2 + 0.64) / (2 + 1 + 0.64), 0, 2 / 3], atol=1e-6)
    np.testing.assert_allclose(ratings_term(FEATURES, [], [], extra=beside).values, [0, 2 / 3, 0, 2 / 3])


def test_a_weight_too_few_is_refused() -> None:
    with pytest.raises(InvalidInput):
        ratings_term(FEATURES, [SEA, BEACH], [1.0, 1.0], weights=[1.0])


def test_what_was_chosen_counts_beside_ratings() -> None:
    """Half a rating an image, one a genre, each as far above the mean as the scale goes."""
    rated, base = {CITY: 2.0}, shrunk_mean([2.0], 3.0)
    image = predict(replace(person(rated=rated), picked=np.array([SEA])))
    assert image.ratings[BEACH] == pytest.approx(0.5 * 0.64 * (5 - base) / (2 + 0.5 * 0.64), abs=1e-6)
    assert image.rated_reasons[BEACH] == SEA
    genre = predict(replace(person(rated=rated), picked_genres=np.array([0])))
    assert genre.ratings[BEACH] == pytest.approx((5 - base) / 3, abs=1e-6)
    assert genre.ratings[BLANK] == 0
    assert genre.base == image.base == base  # a choice is no rating: the mean stays


def test_a_dislike_is_explained_by_a_disliked_image() -> None:
    like = np.array([[1, 0], [1, 0], [1, 0]], dtype=np.float32)
    found = ratings_term(like, [0, 1], [0.5, -2.0])
    assert found.values[2] < 0
    assert found.reasons[2] == 1


def test_blocks_of_images_change_nothing() -> None:
    rng = np.random.default_rng(5)
    features = rng.normal(size=(50, 8)).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    rated, away = np.arange(0, 50, 7), rng.normal(size=8)
    whole = ratings_term(features, rated, away), propagate(features, rated, np.abs(away) / 9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "_BLOCK", 6)
        parts = ratings_term(features, rated, away), propagate(features, rated, np.abs(away) / 9)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one.values, other.values, atol=1e-6)
        np.testing.assert_array_equal(one.reasons, other.reasons)


def test_few_ratings_lean_on_the_mean_of_all() -> None:
    assert shrunk_mean([], 3.0) == 3.0
    assert shrunk_mean([5.0], 3.0, strength=1) == 4.0


def test_a_calibration_is_straight_between_its_knots_and_flat_beyond() -> None:
    steps = Calibration(np.array([0.2, 0.4]), np.array([0.0, 1.0]))
    np.testing.assert_allclose(steps.predict([0.0, 0.3, 0.9]), [0.0, 0.5, 1.0])
    again = Calibration.from_arrays(steps.to_arrays())
    np.testing.assert_array_equal(again.predict([0.3]), steps.predict([0.3]))


@given(
    st.dictionaries(st.integers(0, 3), st.floats(0, 1)),
    st.dictionaries(st.integers(0, 3), st.integers(1, 5).map(float)),
    st.floats(0, 6),
)
def test_the_parts_add_up_to_a_score_on_the_scale(
    viewed: dict[int, float], rated: dict[int, float], top: float
) -> None:
    found = predict(person(viewed, rated), Calibration(np.array([0.0, 1.0]), np.array([-0.3, top])))
    np.testing.assert_allclose(
        found.base + found.views + found.ratings + found.clipping, found.values, rtol=0, atol=1e-9
    )
    assert ((found.values >= 1) & (found.values <= 5)).all()


def test_ratings_alone_move_what_was_never_viewed() -> None:
    found = predict(person(rated={SEA: 5.0, CITY: 1.0}))
    assert found.values[BEACH] > found.base
    assert found.rated_reasons[BEACH] == SEA


def test_views_alone_move_by_genre_and_likeness() -> None:
    found = predict(person(viewed={SEA: 1.0}))
    np.testing.assert_allclose(found.interest, [1.0, 0.8, 0.0, 0.0], atol=1e-7)
    assert found.viewed_reasons[BEACH] == SEA


def test_of_whom_nothing_is_known_the_mean_of_all_is_expected() -> None:
    assert predict(person(), Calibration.flat()).values.tolist() == [3.0] * 4


def test_an_image_without_its_number_is_refused() -> None:
    with pytest.raises(InvalidInput):
        propagate(FEATURES, [SEA], [])
    with pytest.raises(InvalidInput):
        ratings_term(FEATURES, [SEA], [])


def picks(rated: Sequence[int] = (), ratings: Sequence[float] = (), **more: Any) -> PersonSignals:
    nothing = np.zeros(0, dtype=np.int64)
    return PersonSignals(
        nothing,
        np.zeros(0),
        np.zeros(2),
        np.array(rated, dtype=np.int64),
        np.array(ratings, dtype=float),
        **more,
    )


def lift(who: PersonSignals) -> Floats:
    return first_picks_lift(FEATURES, GENRES, who, 3.5, 5.0, stars=1.5)


def test_what_was_picked_is_lifted_and_fades_with_ratings() -> None:
    genre = np.array([0])
    inside = GENRES[:, 0] > 0
    before = lift(picks(picked_genres=genre))
    np.testing.assert_allclose(before[inside], 1.5)
    np.testing.assert_allclose(before[~inside], 0.0)
    fives = np.flatnonzero(inside)[:1].tolist()
    after = lift(picks(fives, [5.0], picked_genres=genre))
    np.testing.assert_allclose(after[inside], 1.5 * 3 / 4)


def test_low_ratings_in_a_picked_genre_take_its_lift_away() -> None:
    genre, row = np.array([0]), np.flatnonzero(GENRES[:, 0] > 0)[:1].tolist()
    low, high = (lift(picks(row, [stars], picked_genres=genre)).max() for stars in (1.0, 5.0))
    assert low < 0.5 * high


def test_what_is_like_a_picked_image_is_lifted_by_its_similarity() -> None:
    found = lift(picks(picked=np.array([0])))
    assert found[0] == pytest.approx(1.5, abs=1e-6)
    assert (found >= 0).all()
    assert lift(picks()).tolist() == [0.0] * len(FEATURES)


def test_how_an_image_is_rated_by_all_counts_beside_those_that_the_user_rated() -> None:
    standing = np.linspace(-1, 1, len(FEATURES))
    flat = Calibration.flat()
    plain, found = (
        ContentModel().predict(FEATURES, GENRES, picks(), flat, Scale(), 3.0, given)
        for given in (None, standing)
    )
    np.testing.assert_allclose(found.values - plain.values, standing)
    of_the_best = picks([len(FEATURES) - 1], [4.0])
    known = ContentModel().predict(FEATURES, GENRES, of_the_best, flat, Scale(), 3.0, standing)
    np.testing.assert_allclose(known.standing, standing - 1 / 6)
