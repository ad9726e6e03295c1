from collections.abc import Iterator
from pathlib import Path

import pytest

from gallery.ingest.gate import Gate


@pytest.fixture(scope="session")
def gate() -> Iterator[Gate]:
    """One gate for all tests, so that a test would notice damage by a file of an earlier test."""
    with Gate() as gate:
        yield gate


@pytest.fixture
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT
