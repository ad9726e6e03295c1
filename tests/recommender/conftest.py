"""A night that the tests of a module share."""

import shutil
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from gallery.models import Image
from recommender.services import job_requests, nightly
from tests.factories import NOON
from tests.worlds import fans, pictures


@pytest.fixture(scope="module")
def first_night(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, list[Image]], Path]]:
    """Three genres and their fans after a night, with the night's files. The transaction of each test is
    inside this one, so the data stays in the database for the whole module."""
    folder = tmp_path_factory.mktemp("night")
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(ARTIFACT_DIR=folder):
            album = pictures()
            fans(album, each=2)
            nightly.run_night(job_requests.request_another_night(NOON))
        yield album, folder
        transaction.set_rollback(True)


@pytest.fixture
def album(first_night: tuple[dict[str, list[Image]], Path], night_files: Path) -> dict[str, list[Image]]:
    """The images of each genre after the night of the module. The test gets its own copy of the night's
    files, which it may damage."""
    images, folder = first_night
    shutil.copytree(folder, night_files, dirs_exist_ok=True)
    return deepcopy(images)
