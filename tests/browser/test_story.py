"""The whole story in a real browser: against the embedded default, and against PostgreSQL and Redis."""

import re
from time import sleep

import pytest
from playwright.sync_api import expect

from tests.browser.story import PASSWORD, Visitor, genres, photographs
from tests.browser.test_accessibility import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]
DEMO = 156, 24  # images and people
LEARNT = 1.0  # seconds after which the feed must have learnt


@pytest.fixture(params=["embedded", pytest.param("services", marks=pytest.mark.services)])
def gallery(request, new_site):
    """An installation with a demo and a superuser."""
    if request.param == "embedded":
        site = new_site("story", demo=DEMO)
        site.start("web", "learn", "night")
    else:
        site = request.getfixturevalue("services_site")
        site.manage("demo", "--images", str(DEMO[0]), "--people", str(DEMO[1]), timeout=600)
    site.python(
        "from django.contrib.auth.models import User;"
        f"User.objects.create_superuser('keeper', 'keeper@example.org', {PASSWORD!r})"
    )
    return site


def test_the_whole_story(gallery, chromium, request):
    """By day at a desk, and in the dark on a phone."""
    screen = PHONE if "services" in request.node.name else DESKTOP
    context = chromium.new_context(**screen | {"locale": "en-GB"})
    page = context.new_page()
    anna = Visitor(page, gallery)
    anna.sign_up("anna")
    anna.pick(5)
    before = genres(gallery, anna.feed())[:20].count("sea")

    by_korean, by_english = anna.search("바다"), anna.search("sea")
    assert {"sea"} <= set(genres(gallery, by_korean))
    sea = [i for i, genre in zip(by_english, genres(gallery, by_english), strict=True) if genre == "sea"][:10]
    city = anna.search("city")
    city = [i for i, genre in zip(city, genres(gallery, city), strict=True) if genre == "city"][:10]
    assert len(sea) == len(city) == 10
    for picture in sea:
        anna.rate(picture, 5)
    for picture in city:
        anna.rate(picture, 1)
    sleep(LEARNT)
    after = genres(gallery, anna.feed())[:20]
    assert after.count("sea") > before
    assert after.count("sea") > 2 * after.count("city")
    assert not set(anna.shown()) & {*sea, *city}

    reads_why(anna)
    hides_one(anna)
    anna.go("/taste/")
    expect(page.locator("main")).to_contain_text("Sea")
    anna.sign_out()
    assert not anna.trouble

    page.set_viewport_size(DESKTOP["viewport"])
    curates(Visitor(page, gallery))
    context.close()


def reads_why(anna):
    page = anna.page
    card = page.locator("ul.grid > .card").first
    card.hover()
    card.get_by_role("link", name=re.compile("More about")).click()
    page.get_by_role("link", name=re.compile("Why is this picture here")).click()
    parts = page.locator("#sheet .parts li:not(.total) b")
    expect(parts.first).to_be_visible()
    together = float(page.locator("#sheet .parts .total b").inner_text())
    assert abs(sum(float(part.replace("−", "-")) for part in parts.all_inner_texts()) - together) < 0.03
    page.keyboard.press("Escape")


def hides_one(anna):
    page = anna.page
    hidden = anna.shown()[0]
    card = page.locator("ul.grid > .card").first
    card.hover()
    card.get_by_role("link", name=re.compile("More about")).click()
    page.get_by_role("button", name="Not my taste").click()
    expect(page.get_by_role("button", name="Undo").first).to_be_visible()
    assert hidden not in anna.feed()


def curates(keeper):
    """Staff import a folder, run the night and see it on the dashboard."""
    site, page = keeper.site, keeper.page
    photographs(site.data / "import" / "coast")
    keeper.sign_in("keeper", PASSWORD)
    keeper.go("/admin/gallery/image/")
    page.get_by_role("link", name="Import a folder").first.click()
    page.locator("input[name=folder]").fill("coast")
    page.get_by_role("button", name="Import").click()
    expect(page.locator(".curator-page")).to_contain_text("broken.jpg", timeout=60_000)
    expect(page.locator(".curator-page")).to_contain_text(re.compile("done", re.I), timeout=60_000)
    assert len(keeper.search("foghorn")) == 6

    keeper.go("/admin/")
    nights = page.locator(".curator-nights > li")
    known = nights.count()
    page.get_by_role("button", name="Run now").click()
    for _ in range(60):
        if nights.count() > known and "done" in nights.first.inner_text().lower():
            break
        sleep(1)
        keeper.go("/admin/")
    assert nights.count() > known
    expect(nights.first).to_contain_text(re.compile("done", re.I))
    assert not [line for line in keeper.trouble if "Content Security Policy" in line]
