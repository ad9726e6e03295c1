import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recommender.engine.errors import InvalidInput
from recommender.engine.preferences import (
    genre_preference,
    genre_views,
    image_genre_preference,
    interest,
    item_preference,
    linear_score,
)
from recommender.engine.types import Floats, Scale

GENRES = np.array([[1, 0], [1, 1], [0, 0]])
views = arrays(np.int64, 3, elements=st.integers(0, 50))


def test_the_most_viewed_of_both_weeks_is_1() -> None:
    assert item_preference([4, 2, 0], [1, 1, 0]).tolist() == [1.0, 0.75, 0.0]


def test_an_empty_week_counts_0() -> None:
    assert item_preference([4, 2], [0, 0]).tolist() == [0.5, 0.25]


def test_many_people_at_once() -> None:
    weeks = np.array([[4, 2], [0, 3]])
    assert item_preference(weeks, weeks).tolist() == [[1.0, 0.5], [0.0, 1.0]]


def test_a_view_counts_for_each_genre() -> None:
    assert genre_views([2, 3, 4], GENRES).tolist() == [5.0, 3.0]


def test_an_image_takes_the_mean_of_its_genres() -> None:
    assert image_genre_preference([1.0, 0.5], GENRES).tolist() == [1.0, 0.75, 0.0]


@given(views, views)
def test_every_preference_lies_in_0_1(this_week: Floats, last_week: Floats) -> None:
    alpha, beta = item_preference(this_week, last_week), genre_preference(this_week, last_week, GENRES)
    for part in (alpha, beta, interest(alpha, beta, GENRES)):
        assert ((part >= 0) & (part <= 1)).all()


def test_no_images_are_no_preferences() -> None:
    assert item_preference([], []).shape == (0,)


def test_the_linear_reading_spans_the_scale() -> None:
    assert linear_score([0.0, 0.5, 1.0], Scale()).tolist() == [1.0, 3.0, 5.0]


@pytest.mark.parametrize("counts", [[-1.0], [np.nan], [np.inf]])
def test_counts_that_are_none_are_refused(counts: list[float]) -> None:
    with pytest.raises(InvalidInput):
        item_preference(counts, [0.0])


def test_weeks_of_different_images_are_refused() -> None:
    with pytest.raises(InvalidInput):
        item_preference([1, 2], [1])
