import numpy as np
import pytest

from recommender.engine.recency import YEAR, time_weight, trimmed

from .worlds import ratings


@pytest.mark.parametrize(
    ("years", "weight"), [(0, 1), (0.99, 1), (1, 0.9), (9.99, 0.1), (10, 0), (50, 0), (-3, 1)]
)
def test_a_tenth_a_whole_year(years: float, weight: float) -> None:
    assert time_weight(2e9 - years * YEAR, 2e9) == pytest.approx(weight)


def test_many_events_at_once() -> None:
    np.testing.assert_allclose(time_weight(2e9 - np.array([0, 3]) * YEAR, 2e9), [1.0, 0.7])


def test_the_lowest_tenth_goes() -> None:
    world = ratings([[float(value)] for value in [5, 4, 1, 5, 4, 3, 2, 5, 4, 4]])
    assert world.values[~trimmed(world)].tolist() == [1.0]


def test_of_equal_ratings_the_lower_row_goes() -> None:
    world = ratings([[3.0]] * 20)
    assert np.flatnonzero(~trimmed(world)).tolist() == [0, 1]


def test_below_ten_ratings_nothing_goes() -> None:
    assert trimmed(ratings([[1.0, 5.0]] * 9)).all()
