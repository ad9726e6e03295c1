import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine import similarity
from recommender.engine.errors import InvalidInput
from recommender.engine.neighbours import Neighbours, nearness, top_neighbours
from recommender.engine.similarity import Pearson, SimilarityIndex
from recommender.engine.types import Interactions

from .worlds import few, matrices, ratings, two_tastes


def test_those_of_one_taste_find_each_other() -> None:
    found = top_neighbours(SimilarityIndex(two_tastes(), Pearson()), 5)
    for user, neighbours in enumerate(found.rows):
        assert all(other % 2 == user % 2 and other != user for other in neighbours)


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


@few
@given(world=matrices(), k=st.integers(1, 9))
def test_blocks_of_any_size_give_the_same(world: Interactions, k: int) -> None:
    index = SimilarityIndex(world, Pearson())
    whole = top_neighbours(index, k)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(similarity, "BLOCK_BYTES", 1)
        assert index.block_rows() == 1
        one_by_one = top_neighbours(index, k)
    np.testing.assert_array_equal(one_by_one.rows, whole.rows)
    np.testing.assert_allclose(one_by_one.similarities, whole.similarities, atol=1e-12)


def test_nobody_has_no_neighbours() -> None:
    nobody = Interactions.from_triples([], [], [], n_users=0, n_items=4)
    assert top_neighbours(SimilarityIndex(nobody), 3).rows.shape == (0, 3)


def test_arrays_give_the_same_neighbours_back() -> None:
    found = top_neighbours(SimilarityIndex(two_tastes()), 3)
    again = Neighbours.from_arrays(found.to_arrays())
    np.testing.assert_array_equal(again.rows, found.rows)


def test_room_for_nobody_is_refused() -> None:
    with pytest.raises(InvalidInput):
        top_neighbours(SimilarityIndex(two_tastes()), 0)
