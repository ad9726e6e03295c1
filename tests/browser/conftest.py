"""A real browser for the tests of this folder; it is closed after them."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers import program


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = program("chromium", "chromium-browser", "google-chrome")
    arguments = ["--disable-gpu"]  # a graphics card that is emulated takes more time than none
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    # Playwright keeps an event loop in this thread, in which Django would refuse to use the database.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A desktop page of a new visitor."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    yield context.new_page()
    context.close()
