import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine import tiles
from recommender.engine.errors import InvalidInput
from recommender.engine.heaps import UNKNOWN
from recommender.engine.neighbours import nearest, nearness, top_neighbours, updated
from recommender.engine.pairwise import Msdf
from recommender.engine.similarity import AdjustedCosine, Cosine, Pearson, Similarity, SimilarityIndex
from recommender.engine.types import Interactions, Neighbours

from .worlds import MEASURES, few, matrices, ratings, tables, two_tastes


def test_those_of_one_taste_find_each_other() -> None:
    found = top_neighbours(SimilarityIndex(two_tastes(), Pearson()), 5)
    for user, near in enumerate(found.rows):
        assert all(other % 2 == user % 2 and other != user for other in near)


def test_a_tie_goes_to_the_lower_row() -> None:
    alike = ratings([[1.0, 5.0]] * 4)
    assert top_neighbours(SimilarityIndex(alike), 2).rows.tolist() == [[1, 2], [0, 2], [0, 1], [0, 1]]


def test_where_there_are_fewer_the_rest_is_marked() -> None:
    found = top_neighbours(SimilarityIndex(ratings([[3.0, None], [3.0, None], [None, 3.0]])), 2)
    assert found.rows.tolist() == [[1, -1], [0, -1], [-1, -1]]
    assert found.counts.tolist() == [1, 1, 0]
    assert found.similarities[2].tolist() == [0.0, 0.0]


def test_six_decimals_decide() -> None:
    near = nearness(np.array([0.5, 0.5 + 4e-7, 0.50001, 4e-7, -1.0]))
    assert np.argsort(-near[:3]).tolist() == [2, 0, 1]
    assert near[3:].tolist() == [0, 0]


@st.composite
def changes(draw: st.DrawFn) -> tuple[Interactions, Interactions, np.ndarray, np.ndarray]:
    """A matrix, one of the day after, each user's row before (-1: new), and who changed; some left."""
    table = draw(tables(max_users=9))
    width = len(table[0])
    stays = [draw(st.booleans()) or draw(st.booleans()) for _ in table]
    before = [row for row, stayed in enumerate(stays) if stayed]
    other = st.lists(st.none() | st.integers(1, 5).map(float), min_size=width, max_size=width)
    after = [draw(other) if draw(st.integers(0, 3)) == 0 else table[row] for row in before]
    after += draw(st.lists(other, max_size=2))
    before += [-1] * (len(after) - len(before))
    changed = [row < 0 or after[place] != table[row] for place, row in enumerate(before)]
    return (
        ratings(table),
        ratings(after or [[None] * width]),
        np.array(before or [-1]),
        np.array(changed or [True]),
    )


@pytest.mark.parametrize("measure", [Cosine(), Pearson(), Msdf(3), AdjustedCosine()], ids=repr)
@few
@given(days=changes(), k=st.integers(1, 6), spare=st.integers(0, 3), significance=st.sampled_from([0, 3]))
def test_who_changed_alone_gives_the_same_as_from_scratch(
    measure: Similarity,
    days: tuple[Interactions, Interactions, np.ndarray, np.ndarray],
    k: int,
    spare: int,
    significance: int,
) -> None:
    yesterday, today, before, changed = days
    least = max(1, k - spare)
    previous = top_neighbours(SimilarityIndex(yesterday, measure, significance), k)
    index = SimilarityIndex(today, measure, significance)
    found, whole = updated(index, previous, before, changed, least), top_neighbours(index, k)
    assert (found.rows[:, :least] != UNKNOWN).all()
    known = found.rows != UNKNOWN
    np.testing.assert_array_equal(found.rows[known], whole.rows[known])
    np.testing.assert_allclose(found.similarities[known], whole.similarities[known], atol=1e-12)


@pytest.mark.parametrize("measure", MEASURES, ids=repr)
@few
@given(world=matrices(max_users=9), k=st.integers(1, 9))
def test_tiles_and_dense_columns_give_what_the_rows_say(
    measure: Similarity, world: Interactions, k: int
) -> None:
    index = SimilarityIndex(world, measure)
    expected = nearest(index.block(0, world.n_users), k)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "MAX_TILE", 3)
        patch.setattr(tiles, "MIN_TILE", 2)
        patch.setattr(tiles, "DENSE_SHARE", 0.4)
        found = top_neighbours(index, k)
    np.testing.assert_array_equal(found.rows[:, : world.n_users], expected.rows)
    np.testing.assert_allclose(found.similarities[:, : world.n_users], expected.similarities, atol=1e-12)
    assert (found.rows[:, world.n_users :] == -1).all()


def test_many_users_in_many_tiles() -> None:
    rng = np.random.default_rng(3)
    cells = np.unique(rng.integers(0, 3000 * 50, 20_000))
    world = Interactions.from_triples(
        cells // 50, cells % 50, rng.integers(1, 6, len(cells)), n_users=3000, n_items=50
    )
    index = SimilarityIndex(world)
    expected = nearest(index.block(0, 3000), 7)
    found = top_neighbours(index, 7)
    np.testing.assert_array_equal(found.rows, expected.rows)
    np.testing.assert_allclose(found.similarities, expected.similarities, atol=1e-12)


@pytest.mark.parametrize(("measure", "planes", "size"), [(Cosine(), 1, 4), (Pearson(), 4, 8)], ids=repr)
def test_it_takes_the_memory_that_it_says(measure: Similarity, planes: int, size: int) -> None:
    n, n_items, k = 4000, 60, 20
    cells = np.arange(n * n_items)[::3]
    world = Interactions.from_triples(
        cells // n_items, cells % n_items, cells % 5 + 1, n_users=n, n_items=n_items
    )
    index = SimilarityIndex(world, measure)
    top_neighbours(SimilarityIndex(world.rows(0, 9), measure), k)  # compiles
    tracemalloc.start()
    top_neighbours(index, k)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (
        peak < 20 * k * n + 2 * planes * size * len(cells) + 4 * n_items * (n / tiles.MAX_TILE + 2) + 30 * n
    )


def test_nobody_has_no_neighbours() -> None:
    no_users = Interactions.from_triples([], [], [], n_users=0, n_items=4)
    assert top_neighbours(SimilarityIndex(no_users), 3).rows.shape == (0, 3)


def test_arrays_give_the_same_neighbours_back() -> None:
    found = top_neighbours(SimilarityIndex(two_tastes()), 3)
    again = Neighbours.from_arrays(found.to_arrays())
    np.testing.assert_array_equal(again.rows, found.rows)


def test_room_for_nobody_is_refused() -> None:
    with pytest.raises(InvalidInput):
        top_neighbours(SimilarityIndex(two_tastes()), 0)
