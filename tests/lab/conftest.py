"""A matplotlib that writes nowhere but into the tests' folder."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def _matplotlib_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    os.environ.setdefault("MPLCONFIGDIR", str(tmp_path_factory.mktemp("matplotlib")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a test lays its data."""
    return tmp_path / "data"
