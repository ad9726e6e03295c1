from pathlib import Path

import pytest


@pytest.fixture
def night_files(settings, tmp_path: Path) -> Path:
    """A folder of its own for a night's files."""
    settings.ARTIFACT_DIR = tmp_path / "models"
    return tmp_path / "models"
