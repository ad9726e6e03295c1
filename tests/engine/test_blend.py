import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine.blend import best_fixed, blend, ordinal_median, shares
from recommender.engine.errors import InvalidInput
from recommender.engine.types import Floats

weight = st.integers(0, 10).map(lambda state: state / 10)
score = st.floats(1, 5)


def test_by_hand() -> None:
    assert float(blend((0.9, 0.1), 4.0, 2.0)) == pytest.approx(3.8)


def test_no_weight_at_all_counts_as_equal() -> None:
    assert float(blend((0.0, 0.0), 4.0, 2.0)) == 3.0


@pytest.mark.parametrize("weights", [(0.0, 1.0), (0.5, 0.5), (0.0, 0.0)])
def test_a_missing_side_drops_out(weights: tuple[float, float]) -> None:
    assert float(blend(weights, 4.0, None)) == 4.0
    assert float(blend(weights, None, 2.0)) == 2.0


def test_with_both_missing_there_is_no_score() -> None:
    assert np.isnan(blend((0.5, 0.5), None, None))


def test_image_by_image() -> None:
    found = blend((0.5, 0.5), np.array([1.0, np.nan, 3.0, np.nan]), np.array([2.0, 2.0, np.nan, np.nan]))
    np.testing.assert_array_equal(found, [1.5, 2.0, 3.0, np.nan])


@given(weight, weight, score, score)
def test_a_blend_lies_between_its_sides(w_cf: float, w_cb: float, p_cf: float, p_cb: float) -> None:
    found = float(blend((w_cf, w_cb), p_cf, p_cb))
    assert min(p_cf, p_cb) - 1e-12 <= found <= max(p_cf, p_cb) + 1e-12


@given(weight, weight, st.one_of(st.none(), score), score)
def test_shares_add_up_to_1(w_cf: float, w_cb: float, p_cf: float | None, p_cb: float) -> None:
    assert sum(shares((w_cf, w_cb), p_cf, p_cb)) == pytest.approx(1.0)


def test_of_three_sources_by_hand() -> None:
    assert float(blend((0.2, 0.3, 0.5), 4.0, 2.0, 5.0)) == pytest.approx(3.9)
    assert float(blend((0.0, 0.0, 0.0), 4.0, 2.0, 3.0)) == pytest.approx(3.0)
    assert float(blend((0.0, 0.0, 1.0), 4.0, 2.0, None)) == 3.0


@given(weight, weight, weight, score, score)
def test_a_third_source_that_says_nothing_changes_nothing(
    w_cf: float, w_cb: float, w_net: float, p_cf: float, p_cb: float
) -> None:
    assert blend((w_cf, w_cb, w_net), p_cf, p_cb, np.nan) == blend((w_cf, w_cb), p_cf, p_cb)


def test_a_weight_without_a_prediction_is_refused() -> None:
    with pytest.raises(InvalidInput):
        blend((0.5, 0.5, 0.5), 3.0, 3.0)


@pytest.mark.parametrize("weights", [(-0.1, 0.5), (np.nan, 0.5), (0.5, np.inf)])
def test_a_weight_that_is_none_is_refused(weights: tuple[float, float]) -> None:
    with pytest.raises(InvalidInput):
        blend(weights, 3.0, 3.0)


def test_a_half_reached_exactly_is_the_lower_level() -> None:
    assert ordinal_median([[0.5, 0.5], [0.1 + 0.2, 0.7], [0.49, 0.51]], [1, 2]).tolist() == [1, 2, 2]


@given(st.lists(st.floats(0.01, 1), min_size=5, max_size=5))
def test_no_level_has_a_smaller_expected_error(row: list[float]) -> None:
    levels = np.arange(1.0, 6.0)
    errors = (np.array(row) * np.abs(levels[:, None] - levels)).sum(axis=1)
    answer = float(ordinal_median([row], levels)[0])
    assert errors[int(answer) - 1] == pytest.approx(errors.min())


@pytest.mark.parametrize("table", [[[0.0, 0.0]], [[np.nan, 1.0]], [[-1.0, 2.0]], [[1.0]], [1.0, 0.0]])
def test_what_is_no_distribution_is_refused(table: object) -> None:
    with pytest.raises(InvalidInput):
        ordinal_median(table, [1, 2])  # type: ignore[arg-type]


def test_the_best_fixed_weights_err_least_of_all() -> None:
    rng = np.random.default_rng(1)
    said = rng.uniform(1, 5, (3, 60))
    said[2, :25], said[0, 50:] = np.nan, np.nan
    given = np.clip(np.round(blend((0.3, 0.6, 0.1), *said)), 1, 5)

    def error(weights: tuple[float, ...]) -> float:
        return float(np.abs(blend(weights, *said) - given).mean())

    found = best_fixed(given, *said)
    assert sum(found) == pytest.approx(1.0)
    others = [(a / 20, b / 20, 1 - (a + b) / 20) for a in range(21) for b in range(21 - a)]
    assert error(found) == pytest.approx(min(error(tuple(max(w, 0.0) for w in one)) for one in others))


def test_who_never_spoke_has_no_weight() -> None:
    nothing, given = np.full(3, np.nan), np.array([1.0, 2.0, 5.0])
    assert best_fixed(given, given, 6 - given, nothing) == (1.0, 0.0, 0.0)
    assert best_fixed(given, nothing, given, nothing) == (0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("rated", "said"),
    [(np.zeros(0), np.zeros(0)), (np.ones(2), np.full(2, np.nan)), (np.ones(2), np.ones(3))],
)
def test_without_a_prediction_there_is_nothing_to_pick(rated: Floats, said: Floats) -> None:
    with pytest.raises(InvalidInput):
        best_fixed(rated, said)
