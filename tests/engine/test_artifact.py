"""A night's file: whole, or refused in one sentence."""

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine import artifact
from recommender.engine.errors import DamagedArtifact, InvalidInput

ARRAYS = {"values": np.linspace(0, 1, 40), "ids": np.arange(7), "names": np.array(["sea", "바다"])}
META = {"people": 3, "note": "바다"}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "night.npz"
    artifact.save(path, "night", ARRAYS, META)
    return path


def test_what_is_saved_comes_back(saved: Path) -> None:
    arrays, meta = artifact.load(saved, "night")
    assert meta == META
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype


def test_numpy_alone_opens_it(saved: Path) -> None:
    with np.load(saved, allow_pickle=False) as file:
        np.testing.assert_array_equal(file["ids"], ARRAYS["ids"])


def test_what_was_loaded_cannot_be_written(saved: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        artifact.load(saved, "night")[0]["ids"][0] = 9


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DamagedArtifact, match=r"no model file away\.npz"):
        artifact.load(tmp_path / "away.npz", "night")


def test_another_kind_is_refused(saved: Path) -> None:
    with pytest.raises(DamagedArtifact, match="is night"):
        artifact.load(saved, "content")


def test_a_file_cut_short_anywhere_is_refused(saved: Path) -> None:
    content = saved.read_bytes()
    for length in range(0, len(content), 97):
        saved.write_bytes(content[:length])
        with pytest.raises(DamagedArtifact):
            artifact.load(saved, "night")


def test_a_changed_byte_is_refused_or_changes_nothing(saved: Path) -> None:
    content = saved.read_bytes()
    for place in range(0, len(content), 3):
        saved.write_bytes(content[:place] + bytes([content[place] ^ 0x41]) + content[place + 1 :])
        try:
            arrays, meta = artifact.load(saved, "night")
        except DamagedArtifact:
            continue
        assert meta == META
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(arrays[name], array)


@given(st.binary(max_size=300))
def test_bytes_that_are_no_model_are_refused(content: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        with pytest.raises(DamagedArtifact):
            artifact.load(Path(file.name), "night")


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        artifact.save(saved, "night", {"ids": np.zeros(3)})
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_python_objects_are_not_saved(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="Python objects"):
        artifact.save(tmp_path / "a.npz", "night", {"ids": np.array([{}])})
    with pytest.raises(InvalidInput, match="plain JSON"):
        artifact.save(tmp_path / "a.npz", "night", {}, {"when": object()})
    assert not list(tmp_path.iterdir())
