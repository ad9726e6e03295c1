"""No axe violation on any page or state, and none that has to be scrolled sideways.

Each state is opened once: languages, sizes and themes take turns. The width of its page is checked in the
other language too. test_viewing.py looks at a journey."""

import re
from itertools import cycle

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser import states
from tests.browser.story import PASSWORD, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PHONE_SIZE, DESKTOP_SIZE = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
PHONE = {"viewport": PHONE_SIZE, "color_scheme": "dark", "locale": "ko-KR"}
DESKTOP = {"viewport": DESKTOP_SIZE, "color_scheme": "light", "locale": "en-GB"}
SMALLEST = {"width": 320, "height": 480}  # the smallest phone, or a phone at 200 %
LOOKS = (
    ("ko", DESKTOP_SIZE, "light"),
    ("en", PHONE_SIZE, "dark"),
    ("ko", PHONE_SIZE, "dark"),
    ("en", DESKTOP_SIZE, "light"),
    ("ko", DESKTOP_SIZE, "dark"),
    ("en", PHONE_SIZE, "light"),
    ("ko", PHONE_SIZE, "light"),
    ("en", DESKTOP_SIZE, "dark"),
)
STAFF = (
    "/admin/",
    "/admin/gallery/image/",
    "/admin/gallery/genre/",
    "/admin/gallery/job/",
    "/admin/gallery/collection/",
    "/admin/recommender/experiment/start/",
)
AXE = Axe()
RULES = '{resultTypes: ["violations"]}'
ALL_RULES = '{resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}'
# What fades in is judged when it is there; what waits and throbs has no end, and a toast is there for
# seconds.
SETTLED = """() => document.readyState === "complete" && !document.querySelector(".htmx-request")
  && document.getAnimations().every(({ currentTime, effect, playState }) => {
    const end = effect.getComputedTiming().endTime;
    return end === Infinity || playState === "paused" || currentTime >= Math.min(end, 400);
  })"""


def faults(page: Page, where: str, rules: str = ALL_RULES) -> list[str]:
    page.wait_for_function(SETTLED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    found = page.evaluate(f"axe.run({rules})")["violations"]
    return [f"{where}: {fault['id']} {[node['target'] for node in fault['nodes']][:3]}" for fault in found]


@pytest.fixture(scope="module")
def gallery(site):
    site.python(
        "from django.contrib.auth.models import User;"
        "User.objects.filter(username='checker').exists() or "
        f"User.objects.create_superuser('checker', 'checker@example.org', {PASSWORD!r})"
    )
    states.people(site, states.NEW, password=PASSWORD)
    return site


@pytest.fixture
def visitor(chromium, gallery):
    # Without the service worker, which keeps what a state takes away.
    context = chromium.new_context(locale="ko-KR", service_workers="block")
    yield Visitor(context.new_page(), gallery)
    context.close()


def speak(visitor: Visitor, language: str) -> None:
    cookie = {"name": "django_language", "value": language, "url": visitor.site.base_url}
    visitor.page.context.add_cookies([cookie])


def too_wide(page: Page) -> bool:
    page.set_viewport_size(SMALLEST)
    page.wait_for_function(SETTLED)  # what comes in from the side is wider for a moment
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def look_at(visitor: Visitor, all_states: list[states.State]) -> list[str]:
    """What axe finds, and which pages have to be scrolled sideways."""
    found, page = [], visitor.page
    seen = {f"{visitor.site.base_url}/theme/"}  # it only answers what is sent
    for (name, open_it), (language, size, theme) in zip(all_states, cycle(LOOKS), strict=False):
        speak(visitor, language)
        page.set_viewport_size(DESKTOP_SIZE)
        open_it(visitor)
        assert page.locator("html").get_attribute("lang") == language
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme)
        found += faults(page, f"{name}, {language}, {size['width']}, {theme}")
        if too_wide(page):
            found.append(f"{name}, {language}: wider than the screen")
        if page.url not in seen:
            other = "en" if language == "ko" else "ko"
            speak(visitor, other)
            page.goto(page.url)
            if too_wide(page):
                found.append(f"{name}, {other}: wider than the screen")
        seen.add(page.url)
    return found


def unexpected(visitor: Visitor) -> list[str]:
    """Complaints of the browser other than those about what a state does on purpose."""
    return [line for line in visitor.trouble if not re.search("4[02][0349]|500|ERR_FAILED|htmx:", line)]


def test_what_anybody_sees(visitor):
    assert not look_at(visitor, states.ANYBODY)
    assert not unexpected(visitor)


def test_what_the_first_day_shows(visitor):
    visitor.sign_in(states.NEW, PASSWORD)
    assert not look_at(visitor, states.FIRST_DAY)
    assert not unexpected(visitor)


def test_what_members_see(visitor):
    visitor.sign_in(states.LIVED, PASSWORD)
    assert not look_at(visitor, states.MEMBER)
    assert not unexpected(visitor)


@pytest.mark.parametrize("count", [3, 0])
def test_a_gallery_that_has_hardly_begun(visitor, count):
    visitor.sign_in(states.LIVED, PASSWORD)
    states.leave(visitor.site, count)
    try:
        assert not look_at(visitor, states.SMALL)
    finally:
        states.restore(visitor.site)


def test_what_staff_see(chromium, gallery):
    """Their pages are made of the admin's parts, of which some are smaller than a finger."""
    context = chromium.new_context(**DESKTOP)
    checker = Visitor(context.new_page(), gallery)
    checker.sign_in("checker", PASSWORD)
    found = []
    for path in STAFF:
        checker.go(path)
        found += faults(checker.page, path, RULES)
    context.close()
    assert not found
