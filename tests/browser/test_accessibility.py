"""No axe violation on any page or state: on a phone in the dark, in Korean; on a desktop in the light, in English."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.story import PASSWORD, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "locale": "ko-KR"}
DESKTOP = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", "locale": "en-GB"}
ANYBODY = (
    "/", "/?sort=newest", "/search/?q=sea", "/search/?q=nothing+of+the+kind", "/genre/sea/", "/collections/",
    "/accounts/signup/", "/accounts/login/", "/accounts/password/reset/", "/no/such/page/", "/offline/", "/?page=x",
)  # fmt: skip
MEMBERS = (
    "/",
    "/for-you/",
    "/rate/",
    "/taste/",
    "/favourites/",
    "/welcome/",
    "/collections/",
    "/search/saved/",
    "/history/",
    "/history/ratings/",
    "/taste/reset/",
    "/account/download/",
    "/account/delete/",
    "/admin/",  # not for members
    "/accounts/logout/",
    "/accounts/password/change/",
)
FORGED = """() => {
  for (const token of document.querySelectorAll("[name=csrfmiddlewaretoken]")) token.value = "x";
  document.querySelector("form.choice").submit();
}"""
STAFF = (
    "/admin/",
    "/admin/gallery/image/",
    "/admin/gallery/genre/",
    "/admin/gallery/job/",
    "/admin/gallery/collection/",
)


@pytest.fixture(scope="module")
def gallery(site):
    site.manage("demo", "--images", "48", "--people", "8", timeout=300)
    site.python(
        "from django.contrib.auth.models import User;"
        "User.objects.filter(username='checker').exists() or "
        f"User.objects.create_superuser('checker', 'checker@example.org', {PASSWORD!r})"
    )
    return site


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def visitor(request, chromium, gallery):
    context = chromium.new_context(**request.param)
    yield Visitor(context.new_page(), gallery)
    context.close()


# What fades in is judged when it is there; what waits and throbs has no end, and a toast is there for seconds.
SETTLED = """() => document.getAnimations().every(({ currentTime, effect, playState }) => {
  const end = effect.getComputedTiming().endTime;
  return end === Infinity || playState === "paused" || currentTime >= Math.min(end, 400);
})"""


def faults(page: Page, where: str) -> list[str]:
    page.wait_for_load_state("networkidle")
    page.wait_for_function(SETTLED)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{where}: {fault['id']} {[node['target'] for node in fault['nodes']][:3]}" for fault in found]


def look_at(visitor: Visitor, paths: tuple[str, ...], zoom: int = 2) -> list[str]:
    """What axe finds, and which pages have to be scrolled sideways when they are enlarged."""
    found, size = [], visitor.page.viewport_size
    for path in paths:
        visitor.go(path)
        found += faults(visitor.page, path)
        visitor.page.set_viewport_size({name: max(320, pixels // zoom) for name, pixels in size.items()})
        if visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{path}: wider than the screen")
        visitor.page.set_viewport_size(size)
    return found


def test_what_anybody_sees(visitor):
    assert not look_at(visitor, ANYBODY)


def test_what_members_see(visitor):
    visitor.sign_up(f"walker{visitor.page.viewport_size['width']}")
    found = look_at(visitor, MEMBERS)
    visitor.go("/search/?q=sea")
    picture = visitor.shown()[0]
    visitor.rate(picture, 4)
    found += faults(visitor.page, "a rated picture")
    visitor.page.keyboard.press("?")
    found += faults(visitor.page, "the help")
    visitor.page.keyboard.press("Escape")
    visitor.page.keyboard.press("h")
    expect(visitor.page.locator(".hide-panel [data-undo]")).to_be_visible()
    found += faults(visitor.page, "a hidden picture")
    visitor.page.wait_for_timeout(1000)
    visitor.go("/for-you/")
    visitor.go(visitor.page.locator("ul.grid .card-link").first.get_attribute("href"))
    visitor.go(visitor.page.locator("a[href*='/why/']").first.get_attribute("href"))
    visitor.page.locator(".reasoning").wait_for()
    found += faults(visitor.page, "why")
    visitor.go("/")
    visitor.page.evaluate(FORGED)
    expect(visitor.page.locator("main h1")).to_be_visible()
    found += faults(visitor.page, "a form without its token")
    assert not [*found, *look_at(visitor, ("/taste/",))]
    assert not [line for line in visitor.trouble if not re.search("40[34]", line)]


def test_what_staff_see(visitor):
    visitor.sign_in("checker", PASSWORD)
    assert not look_at(visitor, STAFF, zoom=1)
