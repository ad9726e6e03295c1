"""The border: what a matrix of ratings accepts, and what it says when it does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine.errors import InvalidInput, InvalidRatings
from recommender.engine.types import Interactions, Scale

from .worlds import few, matrices, ratings


def matrix(users: object, items: object, values: object) -> Interactions:
    return Interactions.from_triples(users, items, values, n_users=3, n_items=4)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, 5.01, "good", "3", 3j, [3.0], None])
def test_a_value_that_is_no_rating_is_refused(value: object) -> None:
    with pytest.raises(InvalidRatings):
        matrix([0], [0], [value])


def test_the_refusal_names_the_value_and_the_scale() -> None:
    with pytest.raises(InvalidRatings, match=r"must lie in 1 \.\. 5; got 6\."):
        matrix([0, 1], [0, 1], [3.0, 6.0])


def test_a_cell_given_twice_is_named() -> None:
    with pytest.raises(InvalidRatings, match="User row 2 rated item row 3 more than once"):
        matrix([2, 0, 2], [3, 3, 3], [1.0, 2.0, 1.0])


@pytest.mark.parametrize(
    ("users", "items"), [([-1], [0]), ([3], [0]), ([0], [4]), ([0.5], [0]), ([[0]], [0]), ([True], [0])]
)
def test_rows_outside_the_matrix_are_refused(users: object, items: object) -> None:
    with pytest.raises(InvalidRatings):
        matrix(users, items, [3.0])


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidRatings, match="2 users, 2 items and 1 ratings"):
        matrix([0, 1], [0, 1], [3.0])


@pytest.mark.parametrize("ends", [(1, 1), (5, 1), (np.nan, 5), (1, np.inf)])
def test_a_scale_needs_two_ends(ends: tuple[float, float]) -> None:
    with pytest.raises(InvalidInput):
        Scale(*ends)


@pytest.mark.parametrize("kind", [np.int8, np.uint64, np.float16, np.float32, object])
def test_numbers_of_any_kind_are_the_same_ratings(kind: type) -> None:
    world = matrix(np.array([2, 0], np.int16), np.array([3, 1], np.uint8), np.array([4, 2], kind))
    assert world.values.tolist() == [2.0, 4.0]
    assert world.values.dtype == np.float64


def test_the_arrays_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        ratings([[3.0]]).values[0] = 5.0


def test_means_of_users_and_items() -> None:
    world = ratings([[1.0, 3.0, None], [5.0, None, None], [None, None, None]])
    np.testing.assert_allclose(world.user_means, [2.0, 5.0, 3.0])
    np.testing.assert_allclose(world.item_means, [3.0, 3.0, 3.0])
    assert world.global_mean == 3.0


def test_an_empty_matrix_has_the_middle_of_the_scale_as_its_mean() -> None:
    world = Interactions.from_triples([], [], [], n_users=0, n_items=0)
    assert world.global_mean == 3.0
    assert (world.n_users, world.n_items) == (0, 0)


def test_there_is_no_row_beyond_the_last() -> None:
    with pytest.raises(InvalidInput, match="no user row 1"):
        ratings([[3.0]]).row(1)


@few
@given(matrices(), st.randoms(use_true_random=False))
def test_the_order_of_the_triples_does_not_matter(world: Interactions, shuffler: object) -> None:
    order = list(range(len(world.values)))
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    again = Interactions.from_triples(
        world.users[order],
        world.indices[order],
        world.values[order],
        n_users=world.n_users,
        n_items=world.n_items,
    )
    np.testing.assert_array_equal(again.values, world.values)
    np.testing.assert_array_equal(again.indices, world.indices)


@few
@given(matrices())
def test_arrays_give_the_same_matrix_back(world: Interactions) -> None:
    again = Interactions.from_arrays(world.to_arrays())
    assert again.scale == world.scale
    assert again.n_items == world.n_items
    for name in ("indptr", "indices", "values"):
        np.testing.assert_array_equal(getattr(again, name), getattr(world, name))


@few
@given(matrices())
def test_a_block_holds_the_rows_it_names(world: Interactions) -> None:
    block = world.rows(1, world.n_users)
    for user in range(block.n_users):
        for ours, theirs in zip(block.row(user), world.row(user + 1), strict=True):
            np.testing.assert_array_equal(ours, theirs)
