from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def night_files(settings: Any, media: Path) -> Path:
    """The folder of the nights' files, this test's own."""
    folder: Path = settings.ARTIFACT_DIR
    return folder
