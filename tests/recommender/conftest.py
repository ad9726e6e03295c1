from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender.data import artifacts
from recommender.services import model


@pytest.fixture
def night_files(settings, tmp_path: Path) -> Iterator[Path]:
    """A folder of its own for a night's files; nothing stays in memory from one test to the next."""
    settings.ARTIFACT_DIR = tmp_path / "models"
    yield tmp_path / "models"
    for cached in (artifacts.load_content, artifacts.load_ratings, model.load):
        cached.cache_clear()
