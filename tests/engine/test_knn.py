"""What a model of neighbours answers, and which rule it says it followed."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine.demographics import AgeGenderWeight, People
from recommender.engine.errors import InvalidInput
from recommender.engine.knn import Centring, FittedUserKnn, KnnPredictions, KnnRule, UserKnn
from recommender.engine.neighbours import nearness
from recommender.engine.registry import MODELS
from recommender.engine.similarity import Pearson, PearsonBaseline
from recommender.engine.types import Interactions

from .worlds import few, matrices, ratings, two_tastes

KNN = {name: model for name, model in MODELS.items() if isinstance(model, UserKnn)}
each_model = pytest.mark.parametrize("model", KNN.values(), ids=KNN.keys())


def same(one: KnnPredictions, other: KnnPredictions) -> None:
    for name in ("values", "reasons", "neighbours", "neighbours_mean"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-9, err_msg=name)


def plainly(fitted: FittedUserKnn, user: int, item: int) -> float | None:
    """The weighted or mean-centred prediction as one would write it on a board; None without a neighbour."""
    world, k = fitted.ratings, fitted.settings.neighbours
    similarities = fitted.index.block(user, user + 1)[0]
    near = nearness(similarities)
    raters = [v for v in range(world.n_users) if near[v] > 0 and item in world.row(v)[0]]
    chosen = sorted(raters, key=lambda v: -near[v])[:k]
    if not chosen:
        return None
    centred = fitted.settings.centring is Centring.MEAN
    centre = world.user_means if centred else np.zeros(world.n_users)
    given = [world.row(v)[1][list(world.row(v)[0]).index(item)] - centre[v] for v in chosen]
    return float(world.scale.clip(centre[user] + np.average(given, weights=similarities[chosen])))


@pytest.mark.parametrize("centring", [Centring.NONE, Centring.MEAN])
@few
@given(world=matrices(), k=st.integers(1, 4))
def test_predictions_are_the_formula_cell_by_cell(centring: Centring, world: Interactions, k: int) -> None:
    fitted = UserKnn(Pearson(), neighbours=k, centring=centring).fit(world)
    found = fitted.predict_rows(range(world.n_users))
    for user in range(world.n_users):
        for item in range(world.n_items):
            expected = plainly(fitted, user, item)
            assert (expected is not None) == (found.reasons[user, item] == KnnRule.NEIGHBOURS)
            if expected is not None:
                assert found.values[user, item] == pytest.approx(expected, abs=1e-9)


@each_model
@few
@given(world=matrices())
def test_every_answer_is_on_the_scale_and_without_a_warning(model: UserKnn, world: Interactions) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = model.fit(world).predict_rows(range(world.n_users))
    assert ((found.values >= 1) & (found.values <= 5)).all()
    answered = found.reasons == KnnRule.NEIGHBOURS
    assert ((found.neighbours > 0) == answered).all()
    assert (np.isnan(found.neighbours_mean) != answered).all()


@each_model
@few
@given(world=matrices())
def test_one_person_equals_the_row_of_the_matrix(model: UserKnn, world: Interactions) -> None:
    fitted = model.fit(world)
    for user in range(world.n_users):
        same(fitted.predict_user(*world.row(user), row=user), fitted.predict_rows([user])[0])


@each_model
def test_pairs_are_cells_of_the_rows(model: UserKnn) -> None:
    fitted = model.fit(two_tastes())
    users, items = [3, 0, 3], [1, 2, 29]
    same(fitted.predict(users, items), fitted.predict_rows(range(20))[users, items])


def test_the_own_rating_is_not_among_the_neighbours() -> None:
    world = ratings([[5.0, 1.0, 5.0], [5.0, 1.0, 2.0]])
    found = UserKnn().fit(world).predict_rows([0])
    assert found.values[0, 2] == 2.0
    assert found.neighbours_mean[0, 2] == 2.0


def test_a_person_the_matrix_does_not_know_is_answered_too() -> None:
    found = (
        UserKnn(Pearson(), centring=Centring.MEAN).fit(two_tastes()).predict_user([0, 1, 2, 3], [5, 1, 5, 1])
    )
    assert found.values[4] > 4 > 2 > found.values[5]


def test_only_the_nearest_who_rated_it_answer() -> None:
    world = ratings([[5.0, 1.0, None], [5.0, 1.0, None], [5.0, 2.0, 4.0], [1.0, 5.0, 1.0]])
    found = UserKnn(neighbours=1).fit(world).predict_rows([0])
    assert (found.values[0, 2], found.neighbours[0, 2]) == (4.0, 1)


def test_without_neighbours_the_own_mean_answers() -> None:
    found = UserKnn().fit(ratings([[4.0, 3.0, None], [None, None, 1.0]])).predict_rows([0])
    assert (found.values[0, 2], found.reasons[0, 2]) == (3.5, KnnRule.USER_MEAN)


def test_who_rated_nothing_gets_the_items_mean_and_then_the_mean_of_all() -> None:
    found = UserKnn().fit(ratings([[None, None], [2.0, None], [5.0, None]])).predict_rows([0])
    assert found.values[0].tolist() == [3.5, 3.5]
    assert found.reasons[0].tolist() == [KnnRule.ITEM_MEAN, KnnRule.GLOBAL_MEAN]


def test_centred_on_baselines_the_baseline_answers_without_neighbours() -> None:
    found = UserKnn(PearsonBaseline(), centring=Centring.BASELINE).fit(ratings([[4.0, None], [None, 2.0]]))
    assert found.predict_rows([0]).reasons[0].tolist() == [KnnRule.BASELINE, KnnRule.BASELINE]


def test_an_empty_world_answers_with_the_middle_of_the_scale() -> None:
    no_users = Interactions.from_triples([], [], [], n_users=0, n_items=2)
    found = UserKnn().fit(no_users).predict_user([], [])
    assert found.values.tolist() == [3.0, 3.0]
    assert found.reasons.tolist() == [KnnRule.GLOBAL_MEAN, KnnRule.GLOBAL_MEAN]


@each_model
def test_recommended_is_the_own_taste_unrated_and_allowed(model: UserKnn) -> None:
    world = two_tastes()
    allowed = np.arange(30) != 2
    items, values = model.fit(world).recommend([0, 1], 4, allowed)
    for user in (0, 1):
        assert not set(items[user]) & set(world.row(user)[0])
        assert 2 not in items[user]
        assert all(item % 2 == user % 2 for item in items[user])
    assert (np.diff(values, axis=1) <= 0).all()


def test_where_too_few_are_left_the_rest_is_marked() -> None:
    items, values = UserKnn().fit(ratings([[3.0, None]])).recommend([0], 3)
    assert items.tolist() == [[1, -1, -1]]
    assert np.isnan(values[0, 1:]).all()


def test_room_for_no_neighbour_is_refused() -> None:
    with pytest.raises(InvalidInput):
        UserKnn(neighbours=0)


def test_strictly_nobody_of_another_age_answers() -> None:
    world = ratings([[5.0, 1.0, None], [5.0, 1.0, 2.0], [5.0, 1.0, 5.0]])
    people = People.of([27.0, 60.0, 30.0], ["f", "f", "f"])
    found = UserKnn(demographics=AgeGenderWeight(strict=True)).fit(world, people).predict([0], [2])
    assert (found.values[0], found.neighbours[0]) == (5.0, 1)


def test_whoever_is_nearer_in_age_counts_for_more() -> None:
    world = ratings([[5.0, 1.0, None], [5.0, 1.0, 2.0], [5.0, 1.0, 5.0]])
    people = People.of([27.0, 60.0, 30.0], ["f", "f", "f"])
    weighted = UserKnn(demographics=AgeGenderWeight()).fit(world, people).predict([0], [2]).values[0]
    far, near = 0.7 * np.sqrt(26 / 30), np.sqrt(26 / 51)  # the cosines, the far one seven tenths of it
    assert weighted == pytest.approx((far * 2 + near * 5) / (far + near))


def test_who_says_nothing_loses_nothing() -> None:
    world = two_tastes()
    plain, weighted = UserKnn().fit(world), UserKnn(demographics=AgeGenderWeight()).fit(world)
    same(weighted.predict_rows(range(20)), plain.predict_rows(range(20)))


def test_beyond_the_reach_nobody_answers() -> None:
    world = ratings([[5.0, 1.0, None], [5.0, 1.0, None], [4.0, 2.0, 3.0]])
    assert UserKnn(reach=1).fit(world).predict([0], [2]).reasons[0] == KnnRule.USER_MEAN
    assert UserKnn(reach=2).fit(world).predict([0], [2]).reasons[0] == KnnRule.NEIGHBOURS


def test_people_must_be_as_many_as_users() -> None:
    with pytest.raises(InvalidInput, match="There are 20 users and 1 people"):
        UserKnn().fit(two_tastes(), People.of([30.0], ["f"]))


@few
@given(world=matrices(), kappa=st.floats(0, 50))
def test_few_neighbours_say_less_beyond_the_centre(world: Interactions, kappa: float) -> None:
    plain, shrunk = (
        UserKnn(Pearson(), centring=Centring.MEAN, shrinkage=k).fit(world).predict_rows(range(world.n_users))
        for k in (0.0, kappa)
    )
    np.testing.assert_array_equal(plain.neighbours, shrunk.neighbours)
    answered, centre = plain.neighbours > 0, world.user_means[:, None]
    share = plain.neighbours / np.maximum(plain.neighbours + kappa, 1e-12)
    inside = answered & (plain.values > world.scale.low) & (plain.values < world.scale.high)
    np.testing.assert_allclose(
        (shrunk.values - centre)[inside], ((plain.values - centre) * share)[inside], atol=1e-9
    )
    np.testing.assert_array_equal(shrunk.values[~answered], plain.values[~answered])


def test_one_neighbour_does_not_count_as_forty() -> None:
    """The neighbour's 5 lies 1 above their mean of 4; of one neighbour a fourth of that counts."""
    world = ratings([[5.0, 3.0, None], [5.0, 2.0, 5.0]])
    found = UserKnn(Pearson(), centring=Centring.MEAN, shrinkage=3).fit(world).predict([0], [2])
    assert found.values[0] == pytest.approx(4 + (5 - 4) / 4)


def test_without_a_centre_there_is_nothing_to_shrink_towards() -> None:
    world = ratings([[5.0, 3.0, None], [5.0, 2.0, 5.0]])
    assert UserKnn(Pearson(), centring=Centring.NONE, shrinkage=3).fit(world).predict([0], [2]).values[0] == 5


@pytest.mark.parametrize("kappa", [-1.0, np.inf, np.nan])
def test_a_shrinkage_that_is_no_number_of_neighbours_is_refused(kappa: float) -> None:
    with pytest.raises(InvalidInput):
        UserKnn(Pearson(), shrinkage=kappa)
