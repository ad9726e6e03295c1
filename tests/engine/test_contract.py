"""What every model keeps, those of the engine and those of the lab: taught twice it is the same, saved and
loaded too, and it never invents."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from recommender.engine import artifact
from recommender.engine.errors import InvalidInput
from recommender.engine.factorisation import OrdinalFactors
from recommender.engine.registry import Fitted, ModelSettings, fit_model
from recommender.lab.models import ALL_MODELS

from .neural.worlds import NETWORKS, two_camps

WORLD, TABLE = two_camps()  # user 0 and item 0 have no rating
SHAPE = (WORLD.n_users, WORLD.n_items)
each_model = pytest.mark.parametrize("name", ALL_MODELS)


def quick(name: str) -> ModelSettings:
    """The model with this name, under settings that take a second."""
    model = ALL_MODELS[name]
    if isinstance(model, OrdinalFactors):
        return replace(model, rank=2, chains=1, sweeps=30, burn_in=10)
    return next((network for network in NETWORKS.values() if type(network) is type(model)), model)


def taught(name: str) -> Fitted:
    return fit_model(quick(name), WORLD, np.random.default_rng(5), TABLE)


once = cache(taught)


def all_cells(model: Fitted) -> np.ndarray:
    users, items = np.indices(SHAPE)
    return model.predict(users.ravel(), items.ravel()).values.reshape(SHAPE)


@each_model
def test_taught_twice_it_is_the_same(name: str) -> None:
    np.testing.assert_array_equal(all_cells(taught(name)), all_cells(once(name)))


@each_model
def test_saved_and_loaded_it_is_the_same(name: str, tmp_path: Path) -> None:
    artifact.save(tmp_path / "model.npz", name, once(name).to_arrays())
    loaded = quick(name).load(artifact.load(tmp_path / "model.npz", name)[0])
    if hasattr(loaded, "with_metadata") and loaded.encoder:
        loaded = loaded.with_metadata(TABLE)  # the metadata of users is not saved
    np.testing.assert_allclose(all_cells(loaded), all_cells(once(name)), atol=1e-6)


@each_model
def test_one_pair_is_its_place_in_a_batch(name: str) -> None:
    for user, item in [(3, 7), (39, 1), (0, 0)]:
        assert once(name).predict([user], [item]).values[0] == pytest.approx(
            all_cells(once(name))[user, item], abs=1e-6
        )


@each_model
def test_it_knows_who_likes_what(name: str) -> None:
    values = all_cells(once(name))[2:, 2:]
    likes = np.indices(values.shape).sum(axis=0) % 2 == 0
    assert values[likes].mean() > values[~likes].mean() + 0.3


@each_model
def test_answers_are_on_their_scale_and_where_it_guesses_it_says_so(name: str) -> None:
    found = once(name).predict([2, 0, 0], [4, 4, 0])
    low, high = (0, 1) if name in {"ncf", "metadata_ncf"} else (1, 5)
    assert ((found.values >= low) & (found.values <= high)).all()
    assert found.reasons[0] == 0
    assert found.reasons[2] != 0


@each_model
def test_recommended_is_unrated_allowed_and_best_first(name: str) -> None:
    allowed = np.arange(SHAPE[1]) != 6
    items, values = once(name).recommend([2, 3], 4, allowed)
    cells = all_cells(once(name))
    for place, user in enumerate((2, 3)):
        left = np.setdiff1d(np.flatnonzero(allowed), WORLD.row(user)[0])
        best = left[np.argsort(-cells[user, left], kind="stable")[:4]]
        np.testing.assert_array_equal(items[place, : len(best)], best)
        np.testing.assert_allclose(values[place, : len(best)], cells[user, best], atol=1e-6)


@each_model
def test_where_too_few_are_left_the_rest_is_marked(name: str) -> None:
    items, values = once(name).recommend([2], SHAPE[1])
    left = SHAPE[1] - len(WORLD.row(2)[0])
    assert (items[0, left:] == -1).all()
    assert np.isnan(values[0, left:]).all()
    assert (items[0, :left] >= 0).all()
    assert once(name).recommend([], 3)[0].shape == (0, 3)


@each_model
def test_nothing_asked_is_nothing_answered(name: str) -> None:
    model = once(name)
    assert model.predict([], []).values.shape == (0,)
    assert model.recommend([2], 0)[0].shape == (1, 0)
    items, values = model.recommend([2], 3, np.zeros(SHAPE[1], dtype=bool))
    assert (items == -1).all()
    assert np.isnan(values).all()


@each_model
@pytest.mark.parametrize(
    ("users", "items"),
    [([SHAPE[0]], [0]), ([-2], [0]), ([0], [SHAPE[1]]), ([0, 1], [0]), ([0.5], [0]), ([[0]], [0])],
)
def test_a_pair_that_is_none_is_refused(name: str, users: list[int], items: list[int]) -> None:
    with pytest.raises(InvalidInput):
        once(name).predict(users, items)


@each_model
def test_a_wish_that_makes_no_sense_is_refused(name: str) -> None:
    for users, n, mask in [
        ([SHAPE[0]], 3, None),
        ([2], -1, None),
        ([2], 3, np.ones(SHAPE[1] + 1, dtype=bool)),
    ]:
        with pytest.raises(InvalidInput):
            once(name).recommend(users, n, mask)
