"""Fixtures for all: real servers, a real browser, and whole installations of the site."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import expect

from gallery.plumbing import fragment_cache
from tests import one_writer
from tests.installation import Installation
from tests.servers import another_database, postgres, redis_server

# A shared machine may be slow at any moment; what is slow is found by the benchmarks.
hypothesis.settings.register_profile("imagerec", deadline=None)
hypothesis.settings.load_profile("imagerec")
expect.set_options(timeout=20_000)

SiteFactory = Callable[..., Installation]
FREE_NAMES = """
from django.contrib.auth.models import User
from django.db.models import F, Value
from django.db.models.functions import Concat
User.objects.filter(date_joined__gte={since!r}).update(username=Concat(F("id"), Value("-of-the-first-try")))
"""
FIRST_TRY = pytest.StashKey[str]()
SLOW = ("services", "browser", "crash")


@pytest.hookimpl(trylast=True)  # after pytest-django has sorted by the use of the database
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first: no process ends with one of them alone. They may fail once, since they measure out
    time on a machine that others use; the summary lists each that ran again."""
    for item in items:
        if any(item.get_closest_marker(name) for name in SLOW):
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: [not item.get_closest_marker(name) for name in ("browser", "flaky")])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Why a test ran again is said even where it passed in the end."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"ran again: {report.nodeid}", "_")
        told = [line for line in report.longreprtext.splitlines() if line.startswith(("E ", "tests/"))]
        terminalreporter.write_line("\n".join(told[:20]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The tests of a file run in one process, and so do all tests with a browser: two browsers at once are
    too slow on two cores."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "browser" if file.startswith("tests/browser/") else file

    return ByFile(config, log)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as address:
        yield address


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with redis_server() as address:
        yield address


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The folders of a closed installation on SQLite, empty or with a demo of so many images and people.
    They are made once for all processes of the tests, and copied."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def made(images: int = 0, people: int = 0) -> Path:
        folder = shared / f"template-{images}-{people}"
        with (shared / f"{folder.name}.lock").open("w") as lock:
            flock(lock, LOCK_EX)
            if not folder.exists():
                draft = Installation(shared / f"{folder.name}-draft")
                if images:
                    draft.manage("demo", "--images", str(images), "--people", str(people), timeout=600)
                draft.folder.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def sites() -> Iterator[list[Installation]]:
    """All installations of this process's tests; they are closed at the end."""
    made: list[Installation] = []
    yield made
    for site in made:
        site.close()


@pytest.fixture(scope="session")
def new_site(
    tmp_path_factory: pytest.TempPathFactory, template: Callable[..., Path], sites: list[Installation]
) -> SiteFactory:
    """Makes an installation: `new_site("name", DATABASE_URL=…)`, empty; `new_site("name", demo=(48, 8))`,
    with a demo of so many images and people. The test starts the processes that it wants."""

    def factory(name: str, demo: tuple[int, int] = (0, 0), **environment: str) -> Installation:
        like = None if environment else template(*demo)
        site = Installation(tmp_path_factory.mktemp(name), like, **environment)
        if environment and demo[0]:
            site.manage("demo", "--images", str(demo[0]), "--people", str(demo[1]), timeout=600)
        sites.append(site)
        return site

    return factory


@pytest.fixture(autouse=True)
def names_are_free_again(request: pytest.FixtureRequest) -> None:
    """A test that runs again on an installation that lives longer finds the names of its people free."""
    if FIRST_TRY in request.node.stash:
        for site in request.getfixturevalue("sites"):
            site.python(FREE_NAMES.format(since=request.node.stash[FIRST_TRY]))
    request.node.stash[FIRST_TRY] = str(datetime.now(UTC))


@pytest.fixture(scope="session")
def site(new_site: SiteFactory) -> Installation:
    """The embedded default with a small demo, running: SQLite and the broker of files."""
    site = new_site("embedded", demo=(48, 8))
    site.start("web", "learn", "night")
    return site


@pytest.fixture(scope="session")
def services_site(new_site: SiteFactory, postgres_url: str, redis_url: str) -> Installation:
    """The same on PostgreSQL and Redis, running."""
    site = new_site(
        "services", DATABASE_URL=another_database(postgres_url, "site"), REDIS_URL=f"{redis_url}/1"
    )
    site.start("web", "learn", "night")
    return site


@pytest.fixture(params=["embedded", pytest.param("services", marks=pytest.mark.services)])
def either_site(request: pytest.FixtureRequest) -> Installation:
    """The test runs against both."""
    name = "site" if request.param == "embedded" else "services_site"
    found: Installation = request.getfixturevalue(name)
    return found


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """Each test has folders of its own for media and the nights' files, no sign-in before it counts against
    it, and no part of a page is kept from the settings of another."""
    cache.clear()
    fragment_cache._cache.clear()
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ARTIFACT_DIR = tmp_path / "models"
    return tmp_path / "media"


@pytest.fixture
def night_files(settings: Any, media: Path) -> Path:
    """The folder of the nights' files, this test's own."""
    folder: Path = settings.ARTIFACT_DIR
    return folder


@pytest.fixture(autouse=True)
def images_have_one_writer() -> Iterator[None]:
    with connection.execute_wrapper(one_writer.look):
        yield
