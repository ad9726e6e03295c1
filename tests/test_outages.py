"""Redis is down, or the folder of the cache cannot be written: people sign in,
sign up and get a new password."""

import shutil
import time
from collections.abc import Callable

import pytest

from tests.installation import Installation
from tests.servers import another_database, redis_server
from tests.web_client import WebClient

pytestmark = pytest.mark.services
SOON = 8.0  # seconds for a page on a machine that tests share; each wait for Redis would be added to it
ADD = """
from django.contrib.auth.models import User
User.objects.create_user("alice", "alice@example.org", "alice-password")
"""


def goes_through_all_doors(site: Installation) -> None:
    begun = time.monotonic()
    assert WebClient(site.port).sign_in("alice", "alice-password") == "in"
    assert time.monotonic() - begun < SOON
    newcomer = WebClient(site.port)
    newcomer.ask("GET", "/accounts/signup/")
    name = f"mina{time.monotonic_ns()}"
    status, _ = newcomer.ask(
        "POST", "/accounts/signup/", {"username": name, "password1": "grey-heron-at-dusk"}
    )
    assert status == 302
    forgetful = WebClient(site.port)
    forgetful.ask("GET", "/accounts/password/reset/")
    status, _ = forgetful.ask("POST", "/accounts/password/reset/", {"email": "alice@example.org"})
    assert status == 302


def is_still_limited(site: Installation) -> None:
    """By each of the two processes of the server for itself."""
    outcomes = [WebClient(site.port, "127.0.0.9").sign_in("alice", "wrong") for _ in range(12)]
    assert set(outcomes) == {"wrong", "wait"}
    assert outcomes.count("wrong") <= 10
    assert WebClient(site.port).sign_in("alice", "alice-password") == "in"


def test_without_redis(new_site: Callable[..., Installation], postgres_url: str) -> None:
    with redis_server() as address:
        database = another_database(postgres_url, "outage")
        site = new_site("outage", DATABASE_URL=database, REDIS_URL=f"{address}/0")
        site.python(ADD)
        site.start("web")
        goes_through_all_doors(site)
    goes_through_all_doors(site)
    is_still_limited(site)
    assert "The cache does not answer" in site.log("web")


def test_with_a_folder_that_cannot_be_written(new_site: Callable[..., Installation]) -> None:
    site = new_site("unwritable")
    site.python(ADD)
    site.start("web")
    goes_through_all_doors(site)
    shutil.rmtree(site.data / "cache")
    (site.data / "cache").write_text("a file where the folder was")
    goes_through_all_doors(site)
    is_still_limited(site)
