"""What networks do beside the contract of all models (test_contract): strangers, metadata,
stops, refusals."""

import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from recommender.engine import artifact
from recommender.engine.errors import CannotLearn, InvalidInput
from recommender.engine.neural.metadata import MetadataTable
from recommender.engine.neural.network import FittedNetwork, NetworkRule
from recommender.engine.neural.settings import Adam, TrainingSettings
from recommender.engine.neural.training import MISSED
from recommender.engine.types import Interactions

from .worlds import NETWORKS, SHORT, fitted, two_camps

once = cache(fitted)
each_network = pytest.mark.parametrize("name", NETWORKS)
BY_ID = ["mf", "deep_mf", "ncf"]


def all_cells(model: FittedNetwork) -> np.ndarray:
    users, items = np.divmod(np.arange(40 * 20), 20)
    return model.predict(users, items).values.reshape(40, 20)


@each_network
def test_it_learns_what_was_planted(name: str) -> None:
    values = all_cells(once(name))[2:, 1:]
    users, items = np.indices(values.shape)
    liked = (users + items) % 2 == 1  # two and one rows were cut off
    assert values[liked].mean() > values[~liked].mean() + 0.5


@each_network
def test_answers_are_on_their_scale_and_say_their_rule(name: str) -> None:
    found = once(name).predict([1, 1, -1, -1], [1, 0, 1, -1])
    low, high = (1, 5) if name in {"mf", "deep_mf"} else (0, 1)
    assert ((found.values >= low) & (found.values <= high)).all()
    assert found.reasons.tolist() == [
        NetworkRule.NETWORK,
        NetworkRule.UNKNOWN_ITEM,
        NetworkRule.UNKNOWN_USER,
        NetworkRule.UNKNOWN_BOTH,
    ]


@pytest.mark.parametrize("name", BY_ID)
def test_a_user_without_a_rating_is_answered_as_the_average_one(name: str) -> None:
    found = once(name).predict([0, -1], [5, 5])
    assert found.values[0] == found.values[1]
    assert found.reasons.tolist() == [NetworkRule.UNKNOWN_USER, NetworkRule.UNKNOWN_USER]


def test_metadata_answer_for_somebody_the_training_never_met() -> None:
    strangers = MetadataTable.of([[20.0], [60.0]], [["sea"], ["hill"]])
    model = once("metadata_ncf").for_unseen(strangers)
    found = model.predict([0, 1], [2, 2])
    assert found.values[0] > 0.7 > 0.3 > found.values[1]
    assert found.reasons.tolist() == [NetworkRule.NETWORK, NetworkRule.NETWORK]
    assert set(model.recommend([0], 3)[0][0] % 2) == {0}


def test_who_says_nothing_is_answered_and_marked() -> None:
    model = once("metadata_ncf").for_unseen(MetadataTable.of([[np.nan]], [[""]]))
    found = model.predict([0], [2])
    assert found.reasons.tolist() == [NetworkRule.UNKNOWN_USER]
    assert 0 < found.values[0] < 1


def test_as_many_strangers_as_were_taught_are_strangers_still() -> None:
    _, table = two_camps()
    model = once("metadata_ncf").for_unseen(table)
    assert (model.recommend([1, 2], 20)[0] >= 0).all()  # they rated nothing, so nothing is left out
    with pytest.raises(InvalidInput, match="knew 40 people; got metadata of 1"):
        model.with_metadata(table).with_metadata(table[:1])


def test_items_that_begin_alike_are_learnt_about_together() -> None:
    world, table = two_camps()
    kind = np.arange(20) % 2 * 2.0 - 1.0
    model = NETWORKS["metadata_ncf"].fit(world, np.random.default_rng(0), table, items=kind[:, None])
    found = model.predict([1, 2], [0, 0])  # item 0 has no rating, but begins as the items that user 2 likes
    assert found.values[1] > 0.7 > 0.3 > found.values[0]
    assert found.reasons.tolist() == [NetworkRule.NETWORK, NetworkRule.NETWORK]
    with pytest.raises(InvalidInput, match="one row for each of the 20 items"):
        NETWORKS["metadata_ncf"].fit(world, np.random.default_rng(0), table, items=kind[:3, None])


@each_network
def test_all_items_of_one_user_are_what_predict_gives(name: str) -> None:
    cells = all_cells(once(name))
    for user in (0, 7):
        np.testing.assert_allclose(once(name).predict_all(user), cells[user], atol=1e-6)
    np.testing.assert_allclose(
        once(name).predict_all(-1)[0], once(name).predict([-1], [-1]).values[0], atol=1e-6
    )


def test_nobodys_metadata_is_saved() -> None:
    saved = once("metadata_ncf").to_arrays()
    by_user = {name for name, array in saved.items() if array.shape[:1] in {(40,), (41,)}}
    assert by_user == {"known_users", "seen.indptr"}


def test_a_network_of_metadata_refuses_to_do_without() -> None:
    with pytest.raises(InvalidInput, match="one row each"):
        NETWORKS["metadata_ncf"].fit(two_camps()[0], np.random.default_rng(0))
    with pytest.raises(InvalidInput, match="does not read metadata"):
        once("mf").for_unseen(two_camps()[1])


def test_too_little_data_is_said() -> None:
    few = Interactions.from_triples([0, 0], [0, 1], [1.0, 5.0], n_users=1, n_items=2)
    with pytest.raises(CannotLearn, match="There are 2 ratings; a network needs at least 20"):
        NETWORKS["ncf"].fit(few, np.random.default_rng(0))


@pytest.mark.parametrize(("n_users", "n_items"), [(1, 30), (30, 1), (6, 5)])
def test_one_user_one_item_and_all_alike_are_answered(n_users: int, n_items: int) -> None:
    users, items = np.divmod(np.arange(n_users * n_items), n_items)
    few = Interactions.from_triples(
        users, items, np.where((users + items) % 3, 5.0, 1.0), n_users=n_users, n_items=n_items
    )
    alike = MetadataTable.of(np.full((n_users, 1), 30.0), np.full((n_users, 1), "sea"))
    network = replace(NETWORKS["metadata_ncf"], training=replace(SHORT, epochs=2, held_out=0.99))
    model = network.fit(few, np.random.default_rng(0), alike)
    answers = model.predict(users, items).values.reshape(n_users, n_items)
    assert np.ptp(answers, axis=0).max() < 1e-6  # nothing tells these people apart
    assert ((answers > 0) & (answers < 1)).all()
    assert model.recommend([0], 3)[0].tolist() == [[-1, -1, -1]]  # everything is rated


def test_one_class_alone_is_said() -> None:
    users, items = np.divmod(np.arange(30), 6)
    loved = Interactions.from_triples(users, items, np.full(30, 5.0), n_users=5, n_items=6)
    with pytest.raises(CannotLearn, match="one class"):
        NETWORKS["ncf"].fit(loved, np.random.default_rng(0))


def test_a_loss_that_is_not_finite_is_said() -> None:
    wild = replace(NETWORKS["mf"], training=replace(SHORT, learning_rate=1e30))
    with pytest.raises(CannotLearn, match="not finite in epoch"):
        wild.fit(two_camps()[0], np.random.default_rng(0))


def test_it_stops_early_and_keeps_the_best_epoch() -> None:
    heard = []
    network = replace(NETWORKS["mf"], training=replace(SHORT, epochs=60, patience=2))
    network.fit(
        two_camps()[0], np.random.default_rng(1), on_epoch=lambda epoch, _: heard.append(epoch.held_out)
    )
    assert len(heard) == heard.index(min(heard)) + 3 < 60


def test_moving_only_what_a_batch_uses_learns_as_well() -> None:
    used = replace(NETWORKS["ncf"], training=replace(SHORT, adam=Adam.USED))
    lazy = used.fit(two_camps()[0], np.random.default_rng(0))
    exact = all_cells(once("ncf"))[2:, 1:]
    assert np.corrcoef(all_cells(lazy)[2:, 1:].ravel(), exact.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("name", ["mf", "ncf"])
@pytest.mark.parametrize("decay", [0.0, 0.03])
def test_moves_that_are_caught_up_end_at_the_weights_of_the_original(name: str, decay: float) -> None:
    """Most users are missing from most batches, a few for longer than the sum of their moves is."""
    rng = np.random.default_rng(4)
    users = np.concatenate([rng.integers(0, 40, 2_000), rng.integers(40, 400, 150)])
    cells = np.unique(users * 30 + rng.integers(0, 30, len(users)))
    ratings = Interactions.from_triples(
        cells // 30, cells % 30, rng.integers(1, 6, len(cells)).astype(float), n_users=400, n_items=30
    )
    training = TrainingSettings(epochs=3, batch=4, decay=decay)
    original, caught_up, used = (
        replace(NETWORKS[name], training=replace(training, adam=adam)).fit(ratings, np.random.default_rng(0))
        for adam in (Adam.ALL, Adam.CAUGHT_UP, Adam.USED)
    )
    assert len(cells) / training.batch > MISSED
    for key, weight in original.weights.items():
        np.testing.assert_allclose(caught_up.weights[key], weight, rtol=0, atol=2e-4, err_msg=key)
    users = next(
        key for key in original.weights if key.startswith("user.") and original.weights[key].ndim > 1
    )
    assert np.abs(used.weights[users] - original.weights[users]).max() > 5e-3, "else this shows nothing"


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"held_out": 1.0}, {"learning_rate": np.inf}, {"decay": -1.0}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        TrainingSettings(**wrong)


def test_a_row_outside_the_training_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"-1 \.\. 39"):
        once("mf").predict([40], [1])


def test_answering_needs_no_jax(tmp_path: Path) -> None:
    artifact.save(tmp_path / "net.npz", "network", once("metadata_ncf").to_arrays())
    answer = (
        "import sys; from pathlib import Path; from recommender.engine import artifact;from "
        "recommender.engine.neural.metadata import MetadataTable;from "
        "recommender.engine.neural.metadata_ncf import MetadataNcf;net = MetadataNcf(4, widths=(8, "
        f"4)).load(artifact.load(Path({str(tmp_path / 'net.npz')!r}), 'network')[0]);"
        "net.for_unseen(MetadataTable.of([[20.0]], [['sea']])).recommend([0], 3);"
        "print(*{'jax', 'optax', 'equinox', 'scipy', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", answer], capture_output=True, text=True)
    assert done.stdout == "\n", done.stderr


def test_a_gpu_learns_what_a_processor_learns() -> None:
    import jax

    if jax.default_backend() == "cpu":
        pytest.skip("There is no GPU here.")
    here = all_cells(once("metadata_ncf"))
    with jax.default_device(jax.devices("cpu")[0]):
        on_cpu = all_cells(fitted("metadata_ncf"))
    np.testing.assert_allclose(here, on_cpu, atol=0.05)
