"""What holds of every similarity; the figures themselves are in test_vectors."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine.errors import InvalidInput
from recommender.engine.similarity import Cosine, Pearson, Similarity, SimilarityIndex, WeightedPearson
from recommender.engine.types import Floats, Interactions, Scale

from .worlds import MEASURES, few, matrices, ratings

each_measure = pytest.mark.parametrize("measure", MEASURES, ids=repr)


def matrix(world: Interactions, measure: Similarity, significance: int = 0) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return SimilarityIndex(world, measure, significance).block(0, world.n_users)


@each_measure
@few
@given(world=matrices(), significance=st.sampled_from([0, 1, 5, 50]))
def test_symmetric_bounded_and_finite(measure: Similarity, world: Interactions, significance: int) -> None:
    found = matrix(world, measure, significance)
    np.testing.assert_allclose(found, found.T, atol=1e-12)
    assert (np.abs(found) <= 1 + 1e-9).all()
    assert (np.diag(found) == 0).all()


@each_measure
@few
@given(world=matrices())
def test_one_fresh_vector_equals_its_row_of_the_matrix(measure: Similarity, world: Interactions) -> None:
    index = SimilarityIndex(world, measure, 5)
    whole = index.block(0, world.n_users)
    for user in range(world.n_users):
        np.testing.assert_allclose(index.similarities_to(*world.row(user), row=user), whole[user], atol=1e-12)


@each_measure
@few
@given(world=matrices(), data=st.data())
def test_the_order_of_users_and_items_does_not_matter(
    measure: Similarity, world: Interactions, data: st.DataObject
) -> None:
    users = np.array(data.draw(st.permutations(range(world.n_users))))
    items = np.array(data.draw(st.permutations(range(world.n_items))))
    shape = {"n_users": world.n_users, "n_items": world.n_items}
    other = Interactions.from_triples(users[world.users], items[world.indices], world.values, **shape)
    np.testing.assert_allclose(
        matrix(other, measure)[np.ix_(users, users)], matrix(world, measure), atol=1e-9
    )


@each_measure
@few
@given(world=matrices())
def test_nothing_in_common_is_no_similarity(measure: Similarity, world: Interactions) -> None:
    rated = np.zeros((world.n_users, world.n_items))
    rated[world.users, world.indices] = 1
    assert (matrix(world, measure)[rated @ rated.T == 0] == 0).all()


@each_measure
@pytest.mark.parametrize(
    "world",
    [
        Interactions.from_triples([], [], [], n_users=0, n_items=0),
        Interactions.from_triples([], [], [], n_users=2, n_items=3),
        ratings([[4.0, 2.0]]),
        ratings([[4.0], [2.0]]),
        ratings([[3.3, 3.3, 3.3], [3.3, 3.3, 3.3], [3.3, 3.3, None]]),
    ],
    ids=["no users", "no ratings", "one user", "one item", "all alike"],
)
def test_a_degenerate_matrix_gives_numbers_without_a_warning(
    measure: Similarity, world: Interactions
) -> None:
    found = matrix(world, measure, 50)
    assert found.shape == (world.n_users, world.n_users)
    assert np.isfinite(found).all()


def test_a_user_without_a_taste_correlates_with_nobody() -> None:
    world = ratings([[3.3, 3.3, 3.3], [1.0, 3.0, 5.0]])  # the mean of the first is not exactly 3.3
    assert (matrix(world, Pearson()) == 0).all()


def test_cosine_by_hand() -> None:
    found = matrix(ratings([[3.0, 4.0, None], [None, 5.0, 5.0]]), Cosine())
    assert found[0, 1] == pytest.approx(20 / (5 * np.sqrt(50)))


def test_significance_scales_by_the_common_items() -> None:
    world = ratings([[3.0, 4.0, 1.0], [3.0, 4.0, None]])
    assert matrix(world, Cosine(), 4)[0, 1] == pytest.approx(matrix(world, Cosine())[0, 1] * 2 / 4)


def test_equal_weights_are_pearson() -> None:
    world = ratings([[1.0, 5.0, 3.0], [2.0, 4.0, 5.0], [5.0, 1.0, None]])
    weighted = matrix(world, WeightedPearson((0.7, 0.7, 0.7)))
    np.testing.assert_allclose(weighted, matrix(world, Pearson()), atol=1e-12)


@pytest.mark.parametrize("weights", [(1.0,), (1.0, -1.0), (1.0, np.nan)])
def test_item_weights_must_fit(weights: tuple[float, ...]) -> None:
    with pytest.raises(InvalidInput):
        SimilarityIndex(ratings([[1.0, 2.0]]), WeightedPearson(weights))


@pytest.mark.parametrize("significance", [-1, np.nan, np.inf])
def test_a_significance_that_is_no_number_of_items_is_refused(significance: int) -> None:
    with pytest.raises(InvalidInput):
        SimilarityIndex(ratings([[1.0]]), Cosine(), significance)


@pytest.mark.parametrize("row", [-1, 1])
def test_a_row_that_is_nobodys_is_refused(row: int) -> None:
    with pytest.raises(InvalidInput, match="must lie in 0"):
        SimilarityIndex(ratings([[1.0]])).similarities_to([0], [1.0], row=row)


def test_a_fresh_vector_is_checked_like_any_rating() -> None:
    with pytest.raises(ValueError, match="must lie in 1"):
        SimilarityIndex(ratings([[1.0]])).similarities_to([0], [9.0])


@few
@given(world=matrices())
def test_where_single_precision_is_exact_it_says_what_double_does(world: Interactions) -> None:
    whole = Interactions.from_triples(
        world.users, world.indices, np.rint(world.values), n_users=world.n_users, n_items=world.n_items
    )
    assert SimilarityIndex(whole).layout.cells.dtype == np.float32
    # one common item is all it asks for
    assert SimilarityIndex(whole, Cosine(), 1).layout.cells.dtype == np.float64
    np.testing.assert_allclose(matrix(whole, Cosine()), matrix(whole, Cosine(), 1), atol=1e-7)


@few
@given(world=matrices())
def test_single_precision_ratings_give_the_same_to_six_decimals(world: Interactions) -> None:
    shape = {"n_users": world.n_users, "n_items": world.n_items, "scale": Scale(1, 5)}
    uneven = world.values * 0.7 + 1.1  # not exact in single precision
    double = Interactions.from_triples(world.users, world.indices, uneven, **shape)
    single = Interactions.from_triples(world.users, world.indices, uneven.astype(np.float32), **shape)
    np.testing.assert_allclose(matrix(single, Cosine()), matrix(double, Cosine()), atol=1e-6)
