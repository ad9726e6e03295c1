import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recommender.engine.content import Calibration, content_similarity
from recommender.engine.content_fit import ContentSpace, fit_calibration, fit_features, words
from recommender.engine.errors import InvalidInput
from recommender.engine.types import Floats

DOCUMENTS = [["sea", "blue"], ["sea", "wave"], ["city", "night"], []]
GENRES = np.array([[1, 0], [1, 0], [0, 1], [0, 0]])
LOOKS = np.array([[0.1, 0.9], [0.2, 0.8], [0.9, 0.1], [0.0, 0.0]])


def space(
    seed: int = 1, dimensions: int = 64, weights: tuple[float, float, float] = (1, 1, 1)
) -> ContentSpace:
    rng = np.random.default_rng(seed)
    return fit_features(DOCUMENTS, GENRES, LOOKS, rng, dimensions=dimensions, weights=weights)


def features(made: ContentSpace) -> Floats:
    return made.transform(DOCUMENTS, GENRES, LOOKS)


def test_words_of_both_scripts() -> None:
    assert words("Blue-hour SEA, 바다 사진 2") == ["blue", "hour", "sea", "바다", "사진", "2"]


@pytest.mark.parametrize("dimensions", [2, 64])
def test_rows_have_length_1_and_the_unknown_image_0(dimensions: int) -> None:
    lengths = np.linalg.norm(features(space(dimensions=dimensions)), axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 1, 0], atol=1e-6)


@pytest.mark.parametrize("dimensions", [2, 64])
def test_the_two_seas_are_alike_and_the_city_is_not(dimensions: int) -> None:
    alike = content_similarity(features(space(dimensions=dimensions)), [0], [1, 2])[0]
    assert alike[0] > 0.7 > 0.3 > alike[1]


def test_the_same_generator_gives_the_same_features() -> None:
    np.testing.assert_array_equal(features(space(7, 2)), features(space(7, 2)))


def test_a_block_without_weight_does_not_count() -> None:
    alike = content_similarity(features(space(weights=(0, 1, 0))), [0], [1, 2])[0]
    np.testing.assert_allclose(alike, [1.0, 0.0], atol=1e-6)


def test_an_image_that_came_later_is_placed_by_what_is_known() -> None:
    made = space()
    late = made.transform([["sea", "drone"]], np.array([[1, 0]]), np.zeros((1, 2)))
    assert late.shape[1] == features(made).shape[1]
    assert (features(made)[:3] @ late[0]).argmax() < 2


def test_arrays_give_the_same_space_back() -> None:
    made = space(dimensions=2)
    again = ContentSpace.from_arrays(made.to_arrays())
    np.testing.assert_array_equal(features(again), features(made))


def test_no_images_make_a_space_too() -> None:
    nothing = fit_features([], np.zeros((0, 3)), np.zeros((0, 5)), np.random.default_rng(0))
    assert nothing.transform([], np.zeros((0, 3)), np.zeros((0, 5))).shape[0] == 0


def test_many_images_without_words_or_descriptors() -> None:
    made = fit_features([[]] * 3, np.eye(3), np.zeros((3, 0)), np.random.default_rng(0))
    np.testing.assert_allclose(made.transform([[]] * 3, np.eye(3), np.zeros((3, 0))), np.eye(3), atol=1e-6)


def test_a_descriptor_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput):
        fit_features(DOCUMENTS, GENRES, np.full((4, 2), np.nan), np.random.default_rng(0))


def test_blocks_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidInput):
        space().transform(DOCUMENTS, GENRES[:3], LOOKS)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(-4, 4)), max_size=30))
@example([(0.0, 0.0), (1.0, 0.0), (0.9999999999999999, 0.0)])
def test_a_calibration_never_falls(pairs: list[tuple[float, float]]) -> None:
    interests, residuals = np.array(pairs).reshape(-1, 2).T
    grid = fit_calibration(interests, residuals).predict(np.linspace(0, 1, 50))
    assert (np.diff(grid) >= -1e-9).all()
    assert np.abs(grid).max() <= np.abs(residuals).max(initial=0) + 1e-9


def test_thin_data_says_little_and_much_data_a_lot() -> None:
    few = fit_calibration([0.0, 1.0], [0.0, 2.0], shrinkage=20)
    many = fit_calibration([0.0] * 500 + [1.0] * 500, [0.0] * 500 + [2.0] * 500, shrinkage=20)
    assert few.predict(1.0) == pytest.approx(2 / 21)
    assert many.predict(1.0) == pytest.approx(2 * 500 / 520)


def test_thin_data_leans_on_what_was_thought_before() -> None:
    before = Calibration(np.array([0.0, 1.0]), np.array([0.0, 0.5]))
    assert fit_calibration([], [], prior=before) is before
    few, many = ([x for x in (0.0, 1.0) for _ in range(n)] for n in (1, 2000))
    assert fit_calibration(few, few, prior=before).predict(1.0) == pytest.approx((1 + 20 * 0.5) / 21)
    assert fit_calibration(many, [2.0 * x for x in many], prior=before).predict(1.0) == pytest.approx(
        2.0, abs=0.02
    )


def test_a_calibration_of_nothing_is_flat() -> None:
    assert fit_calibration([], []).predict([0.0, 1.0]).tolist() == [0.0, 0.0]


def test_a_residual_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput):
        fit_calibration([0.5], [np.nan])
