"""The health address."""

from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client

from tests.conftest import Installation


@pytest.mark.django_db
def test_says_ok_when_the_database_answers(client: Client) -> None:
    answer = client.get("/health/")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_says_503_and_nothing_more_when_it_does_not(client: Client) -> None:
    with patch(
        "django.db.backends.utils.CursorWrapper.execute", side_effect=OperationalError("/secret/path")
    ):
        answer = client.get("/health/")
    assert (answer.status_code, answer.content) == (503, b"no database\n")


def test_only_reads(client: Client) -> None:
    assert client.post("/health/").status_code == 405


@pytest.mark.services
def test_a_whole_installation_is_healthy(either_site: Installation) -> None:
    assert either_site.healthy()
