import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine.errors import InvalidInput
from recommender.engine.rank import (
    apply_steering,
    explore,
    highest,
    mmr,
    ndcg_of_list,
    score_spread,
    shuffled,
)
from recommender.engine.types import Scale

SCALE = Scale()
TWINS = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)


def test_a_twin_of_what_is_picked_waits() -> None:
    assert mmr([5.0, 4.9, 4.5], TWINS, 3, SCALE).tolist() == [0, 2, 1]


def test_a_twin_that_is_a_star_better_does_not_wait() -> None:
    assert mmr([5.0, 4.9, 3.8], TWINS, 3, SCALE).tolist() == [0, 1, 2]


def test_what_is_on_the_page_already_counts_as_picked() -> None:
    assert mmr([5.0, 4.9, 4.5], TWINS, 1, SCALE, shown=TWINS[:1]).tolist() == [2]


@given(st.lists(st.floats(1, 5), max_size=12), st.integers(0, 15))
def test_with_all_the_weight_on_scores_it_is_their_order(scores: list[float], count: int) -> None:
    picks = mmr(scores, np.eye(len(scores), dtype=np.float32), count, SCALE, trade_off=1.0)
    assert picks.tolist() == sorted(range(len(scores)), key=lambda place: -scores[place])[:count]


@given(st.integers(0, 40), st.integers(0, 50), st.integers(0, 9))
def test_nothing_is_picked_twice(n: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 4))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    picks = mmr(rng.uniform(1, 5, n), features.astype(np.float32), count, SCALE)
    assert len(set(picks.tolist())) == len(picks) == min(n, count)


@pytest.mark.parametrize("scores", [[np.nan, 1, 1], [1.0], [[1.0, 1.0, 1.0]]])
def test_a_candidate_without_a_score_is_refused(scores: object) -> None:
    with pytest.raises(InvalidInput):
        mmr(scores, TWINS, 1, SCALE)  # type: ignore[arg-type]


def test_a_tenth_of_a_page_explores_spread_over_it() -> None:
    images, explored = explore(np.arange(40), np.arange(30, 200), 0.1, np.random.default_rng(1))
    assert [int(part.sum()) for part in np.split(explored, 4)] == [1, 1, 1, 1]
    assert images[~explored].tolist() == list(range(36))
    assert (images[explored] >= 40).all()


@given(st.integers(0, 30), st.integers(0, 30), st.floats(0, 1), st.integers(0, 5))
def test_a_page_keeps_its_length_and_repeats_nothing(n: int, pool: int, share: float, seed: int) -> None:
    images, explored = explore(np.arange(n), np.arange(100, 100 + pool), share, np.random.default_rng(seed))
    assert len(images) == len(set(images.tolist())) == n
    assert min(int(n * share), pool) <= explored.sum() <= min(int(n * share) + 1, pool)


@given(st.integers(0, 40), st.floats(0, 1), st.integers(0, 45), st.integers(0, 5))
def test_none_of_the_first_places_explores(n: int, share: float, first: int, seed: int) -> None:
    images, explored = explore(np.arange(n), np.arange(100, 200), share, np.random.default_rng(seed), first)
    assert not explored[:first].any()
    assert images[:first].tolist() == list(range(min(n, first)))
    assert explored.sum() <= max(n - first, 0)
    if n * share <= n - first:
        assert explored.sum() >= int(n * share)


@given(st.lists(st.floats(1, 5), min_size=1, max_size=60))
def test_the_scale_at_hand_is_as_wide_as_the_better_half(scores: list[float]) -> None:
    found = score_spread(scores, SCALE)
    assert found.low == np.quantile(scores, 0.5)
    assert found.high == pytest.approx(max(np.quantile(scores, 0.9), found.low + SCALE.span / 20))


def test_on_the_scale_at_hand_a_clear_favourite_does_not_wait_for_its_twin() -> None:
    """Of a newcomer's scores, all within a fifth of a star:
    on the whole scale the odd one out would come second."""
    scores = [3.2, 3.2, 3.0, 3.0, 3.0, 3.0]
    space = np.repeat(np.array([[1, 0], [0, 1]], dtype=np.float32), [2, 4], axis=0)
    assert mmr(scores, space, 2, SCALE).tolist() == [0, 2]
    assert mmr(scores, space, 2, score_spread(scores, SCALE)).tolist() == [0, 1]


def test_of_no_scores_the_scale_at_hand_is_the_whole() -> None:
    assert score_spread([], SCALE) == SCALE


def test_short_pages_explore_as_often() -> None:
    rng = np.random.default_rng(2)
    counts = [explore(np.arange(4), np.arange(10, 20), 0.1, rng)[1].sum() for _ in range(500)]
    assert np.mean(counts) == pytest.approx(0.4, abs=0.07)


def test_the_same_generator_explores_the_same() -> None:
    pages = [
        explore(np.arange(20), np.arange(50, 90), 0.2, np.random.default_rng(4))[0].tolist() for _ in range(2)
    ]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_beyond_the_page_is_refused(share: float) -> None:
    with pytest.raises(InvalidInput):
        explore([1], [2], share, np.random.default_rng(0))


def test_a_trade_off_beyond_1_is_refused() -> None:
    with pytest.raises(InvalidInput):
        mmr([5.0, 4.9, 4.5], TWINS, 1, SCALE, trade_off=2)


def test_ndcg_by_hand() -> None:
    expected = (1 / np.log2(3)) / (3 + 1 / np.log2(3))
    assert ndcg_of_list([0, 1], [1, 2], 2) == pytest.approx(expected)


@pytest.mark.parametrize(("relevances", "ideal", "k"), [([], [], 5), ([0, 0], [0, 0], 2), ([3], [3], 0)])
def test_where_nothing_can_be_gained_ndcg_is_0(relevances: list[int], ideal: list[int], k: int) -> None:
    assert ndcg_of_list(relevances, ideal, k) == 0.0


LEVELS = st.sampled_from([-np.inf, -1.0, -0.0, 0.0, 1.0, 4.999999999999999, 5.0, np.inf])


@given(st.lists(LEVELS | st.floats(allow_nan=False), max_size=40), st.integers(0, 45))
def test_the_highest_are_those_that_a_stable_sort_begins_with(scores: list[float], n: int) -> None:
    given = np.array(scores, dtype=np.float64)
    assert highest(given, n).tolist() == np.argsort(-given, kind="stable")[:n].tolist()


@given(st.integers(0, 2000), st.integers(1, 6), st.integers(0, 600), st.integers(0, 99))
def test_the_highest_of_many_ties(size: int, levels: int, n: int, seed: int) -> None:
    given = np.random.default_rng(seed).integers(0, levels, size).astype(np.float64)
    given[given == 0] = -np.inf
    before = given.copy()
    assert highest(given, n).tolist() == np.argsort(-given, kind="stable")[:n].tolist()
    assert np.array_equal(given, before)


def test_steering_by_hand():
    features = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    after = apply_steering(
        [3.0, 3.0, 3.0], features, [[1.0, 0.0]], [False, False, True], aversion=1.0, lift=0.75
    )
    assert after == pytest.approx([2.0, 3 - 0.36, 3.75])


def test_without_wishes_scores_stay():
    assert apply_steering([1.5, 4.0], np.eye(2), np.zeros((0, 2)), [False, False]).tolist() == [1.5, 4.0]


def test_what_points_away_from_a_hidden_image_keeps_its_score():
    assert apply_steering([3.0], [[-1.0, 0.0]], [[1.0, 0.0]], [False]).tolist() == [3.0]


def test_steering_needs_a_row_of_features_a_score():
    with pytest.raises(InvalidInput):
        apply_steering([1.0, 2.0], np.eye(3), np.zeros((0, 3)), [False, False])


@given(st.lists(st.integers(1, 10**9), unique=True, max_size=40), st.integers(0, 10**12))
def test_two_ids_never_change_places(ids: list[int], seed: int) -> None:
    whole = [ids[place] for place in shuffled(ids, seed).tolist()]
    assert sorted(whole) == sorted(ids)
    part = ids[::2]
    assert [part[place] for place in shuffled(part, seed).tolist()] == [one for one in whole if one in part]


def test_another_seed_is_another_order() -> None:
    first, second = (shuffled(np.arange(50), seed).tolist() for seed in (1, 2))
    assert first != second
    assert first != list(range(50))
