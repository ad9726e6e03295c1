"""Fixtures for all: real servers, a real browser, and whole installations of the site."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright

from gallery.plumbing import fragment_cache
from tests import one_writer
from tests.installation import Installation
from tests.servers import another_database, postgres, program, redis_server

# A shared machine may be slow at any moment; what is slow is found by the benchmarks.
hypothesis.settings.register_profile("imagerec", deadline=None)
hypothesis.settings.load_profile("imagerec")

SiteFactory = Callable[..., Installation]
SLOW = ("services", "browser", "crash")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first, so that no process is left alone with one of them at the end."""
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in SLOW))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as address:
        yield address


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with redis_server() as address:
        yield address


@pytest.fixture(scope="session")
def new_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteFactory]:
    """Makes an empty installation: `new_site("name", DATABASE_URL=…)`;
    the test starts the processes that it wants."""
    sites: list[Installation] = []

    def factory(name: str, **environment: str) -> Installation:
        site = Installation(tmp_path_factory.mktemp(name), **environment)
        sites.append(site)
        return site

    yield factory
    for site in sites:
        site.close()


@pytest.fixture(scope="session")
def site(new_site: SiteFactory) -> Installation:
    """The embedded default, running: SQLite and the broker of files."""
    site = new_site("embedded")
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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = program("chromium", "chromium-browser", "google-chrome")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    # Playwright keeps an event loop in this thread, in which Django would refuse to use the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A desktop page of a new visitor."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    yield context.new_page()
    context.close()


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
