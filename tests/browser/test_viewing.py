"""Looking, rating one after another, without a connection, without script, on a slow phone: in a real
browser, with screenshots left in test-artefacts/."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.story import Visitor
from tests.browser.test_accessibility import DESKTOP, PHONE, faults
from tests.installation import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
ARTEFACTS = ROOT / "test-artefacts"
MOST_SHIFT = 0.02  # cumulative layout shift
FIRST_PAINT = 2500  # ms to the largest contentful paint, on the phone below
# ms, bytes/s
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 204_800, "uploadThroughput": 96_000}
ROUND_TRIPS = 4  # for the connection, the page, its styles, the picture
# Bytes that were on the line before the largest contentful paint.
BYTES_BEFORE = """() => {
  const before = performance.getEntriesByType("resource").filter((one) => one.responseEnd <= window.largest);
  const [page] = performance.getEntriesByType("navigation");
  return before.reduce((sum, one) => sum + one.transferSize, page.transferSize);
}"""
WATCH = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.largest = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
"""
# Sizes of this card at which something of a hidden picture's words and buttons has no room.
CUT_OFF = """(card) => [
  [160, 150], [245, 160], [245, 275], [310, 150], [310, 215], [405, 150], [405, 170],
].filter(([w, h]) => {
  Object.assign(card.style, { flex: "none", aspectRatio: "auto", width: `${w}px`, height: `${h}px` });
  const room = card.getBoundingClientRect();
  const shown = [...card.querySelectorAll("p, button")].filter((part) => part.offsetParent);
  const cut = shown.map((part) => part.getBoundingClientRect()).some(
    (part) =>
      part.top < room.top || part.bottom > room.bottom || part.left < room.left || part.right > room.right
  );
  card.removeAttribute("style");
  return cut;
})"""


@pytest.fixture(params=[DESKTOP, PHONE | {"has_touch": True, "is_mobile": True}], ids=["desktop", "phone"])
def visitor(request, chromium, site):
    context = chromium.new_context(**request.param)
    context.add_init_script(WATCH)
    yield Visitor(context.new_page(), site)
    context.close()


def shoot(visitor, name):
    ARTEFACTS.mkdir(exist_ok=True)
    size = visitor.page.viewport_size["width"]
    visitor.page.screenshot(path=ARTEFACTS / f"{name}-{size}.png")


def take(visitor, name):
    """A picture of the screen for people to look at, and what axe says about it."""
    shoot(visitor, name)
    return faults(visitor.page, name)


def member(visitor):
    visitor.become_a_member()
    visitor.go("/")
    visitor.page.wait_for_load_state("networkidle")


def test_a_picture_opens_above_the_grid_and_back_leads_to_where_one_was(visitor):
    page = visitor.page
    member(visitor)
    cards, overlay = page.locator("main > ul.grid > .card"), page.locator("#overlay")
    assert page.evaluate("window.shift") < MOST_SHIFT
    # though the next page came
    assert page.evaluate("[scrollY, document.activeElement.localName]") == [0, "body"]
    found = take(visitor, "explore")
    page.evaluate("window.shift = 0")  # axe moves things when it looks behind them
    while cards.count() < 42:
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(60)
    last = cards.nth(41)
    last.scroll_into_view_if_needed()
    assert page.evaluate("window.shift") < MOST_SHIFT
    place, address = page.evaluate("scrollY"), page.url

    first_id = last.get_attribute("id").removeprefix("card-")
    last.locator(".card-link").click()
    expect(overlay.locator("h1")).to_be_visible()
    assert f"/i/{first_id}/" in page.url
    expect(overlay.get_by_role("heading", level=2).last).to_be_visible()
    found += take(visitor, "overlay")

    with page.expect_response(re.compile("/rate/$")):
        page.keyboard.press("4")
    expect(last.locator(".stars.rated")).to_have_count(1)
    with page.expect_response(re.compile("/rate/$")):
        page.locator("#toast [data-undo]").click()
    expect(last.locator(".stars.rated")).to_have_count(0)

    page.keyboard.press("+")
    expect(overlay.locator(".frame.zoomed")).to_be_visible()
    take(visitor, "zoomed")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda url: first_id not in url)
    expect(overlay.locator(".frame.zoomed")).to_have_count(0)
    second = page.url

    overlay.get_by_role("link", name=re.compile("Report|신고")).click()
    expect(page.locator("#sheet .report")).to_be_visible()
    found += take(visitor, "report")
    page.locator("#sheet [name=reason]").first.check()
    page.locator("#sheet .report button").click()
    expect(page.locator("#sheet")).to_be_hidden()

    page.go_back()
    expect(overlay).to_be_hidden()
    assert page.url == address
    page.wait_for_function(
        "address => address.includes(document.activeElement.getAttribute('href'))", arg=second
    )
    assert abs(page.evaluate("scrollY") - place) < 900

    cards.nth(41).locator(".card-link").click()
    expect(overlay.locator("h1")).to_be_visible()
    page.reload()
    expect(page.locator("main [data-picture] h1")).to_be_visible()
    page.go_back()
    expect(cards.nth(41)).to_be_attached()
    expect(overlay).to_be_hidden()
    assert page.evaluate("scrollY") > place / 2
    assert not found
    assert not visitor.trouble


def test_a_grid_is_walked_and_judged_by_keys(visitor):
    page = visitor.page
    member(visitor)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    card = page.locator("main > ul.grid > .card:has(.card-link:focus)")
    expect(card).to_have_count(1)
    card = page.locator(f"#{card.get_attribute('id')}")
    with page.expect_response(re.compile("/rate/$")):
        page.keyboard.press("5")
    expect(card.locator(".stars.rated")).to_have_count(1)
    with page.expect_response(re.compile("/favourite/$")):
        page.keyboard.press("f")
    expect(card.locator(".keep button")).to_have_attribute("aria-pressed", "true")
    with page.expect_response(re.compile("/hide/$")):
        page.keyboard.press("h")
    expect(card.locator(".gone")).to_be_visible()
    found = take(visitor, "hidden-card")
    assert card.evaluate(CUT_OFF) == []
    with page.expect_response(re.compile("/unhide/$")):
        page.keyboard.press("h")
    expect(card.locator(".card-link")).to_be_focused()
    page.keyboard.press("w")
    expect(page.locator("#sheet .reasoning")).to_be_visible()
    found += take(visitor, "why")
    assert not found
    assert not visitor.trouble


def press_long(page, locator):
    """A finger that stays."""
    box = locator.bounding_box()
    touch = page.context.new_cdp_session(page)
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [place]})
    page.wait_for_timeout(700)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_several_cards_are_chosen_and_judged_together(visitor):
    page = visitor.page
    member(visitor)
    cards, bar, told = (
        page.locator("main > ul.grid > .card"),
        page.locator("#selection"),
        page.locator("#selected"),
    )
    if page.viewport_size["width"] < 600:
        press_long(page, cards.nth(0))
        cards.nth(1).locator(".card-link").tap()
        cards.nth(2).locator(".card-link").tap()
        cards.nth(2).locator(".card-link").tap()
    else:
        for key in ("ArrowRight", "x", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowLeft"):
            page.keyboard.press(key)
    expect(told).to_have_text(re.compile("^2"))
    expect(cards.nth(1).get_by_role("checkbox", checked=True)).to_be_visible()
    with page.expect_response(re.compile("/selection/rate/$")):
        page.keyboard.press("4")
    expect(page.locator(".card.selected .stars.rated")).to_have_count(2)
    found = take(visitor, "selection")
    with page.expect_response(re.compile("/selection/rate/$")):
        page.locator("#toast [data-undo]").click()
    expect(page.locator(".card .stars.rated")).to_have_count(0)
    page.keyboard.press("c")
    page.locator("#selection-name").fill("Chosen")
    found += take(visitor, "selection-collect")
    with page.expect_response(re.compile("/selection/collect/$")):
        page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_be_hidden()

    page.reload()
    assert not re.search(
        'class=."check|selected', page.evaluate("sessionStorage.getItem(`grid ${location.pathname}`)")
    )
    expect(page.locator(".card.selected")).to_have_count(2)
    page.context.set_offline(True)
    bar.locator("[data-hide]").click()
    expect(page.locator("#toast .wrong")).to_be_visible()
    expect(bar.locator("[data-hide]")).to_be_focused()
    page.context.set_offline(False)
    with page.expect_response(re.compile("/selection/hide/$")):
        page.keyboard.press("h")
    expect(page.locator(".gone")).to_have_count(2)
    expect(bar).to_be_hidden()
    with page.expect_response(re.compile("/selection/unhide/$")):
        page.locator("#toast [data-undo]").click()
    expect(cards.nth(1).locator(".check")).to_be_attached()

    cards.nth(3).locator(".check").dispatch_event("click")
    page.keyboard.press("Control+a")
    assert int(re.search(r"\d+", told.inner_text())[0]) > 20
    page.keyboard.press("Escape")
    expect(page.locator(".card.selected")).to_have_count(0)
    cards.nth(3).locator(".card-link").click()
    expect(page.locator("#overlay h1")).to_be_visible()

    visitor.go("/collections/")
    page.get_by_role("link", name=re.compile("Chosen")).first.click()
    page.wait_for_url("**/c/**")
    order = visitor.shown()
    cards.nth(0).locator(".check").dispatch_event("click")
    found += take(visitor, "selection-own")
    with page.expect_response(re.compile("/selection/take-out/$")):
        page.keyboard.press("Delete")
    expect(page.locator(".gone")).to_have_count(1)
    expect(bar).to_be_hidden()
    found += take(visitor, "selection-taken-out")
    with page.expect_response(re.compile("/selection/put-back/$")):
        cards.nth(0).locator("[data-undo]").click()
    expect(page.locator(".gone")).to_have_count(0)
    page.reload()
    assert visitor.shown() == order
    assert not found
    assert not [line for line in visitor.trouble if "ERR_INTERNET_DISCONNECTED" not in line]


def test_one_picture_after_another(visitor):
    page = visitor.page
    member(visitor)
    visitor.go("/rate/")
    found = take(visitor, "rate")
    upright = page.viewport_size
    page.set_viewport_size({"width": 844, "height": 390})  # a phone on its side
    for mark in page.locator(".turn:not([hidden]) .mark").all():
        expect(mark).to_be_in_viewport(ratio=1)
    page.set_viewport_size(upright)
    count = page.locator("[data-count] b")
    for key in "45":
        page.keyboard.press(key)
    page.locator(".turn:not([hidden]) [data-skip]").click()
    expect(count).to_have_text("4")
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(count).to_have_text("2")
    page.locator(".turn:not([hidden]) .mark").nth(1).click()
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("/learnt/$"))
    expect(page.locator("h1")).to_contain_text("2")
    expect(page.locator(".gave li").first).to_be_visible()
    expect(page.locator(".learning")).to_have_count(0, timeout=15_000)
    assert not [*found, *take(visitor, "learnt")]
    assert not visitor.trouble


@pytest.mark.parametrize("screen", [DESKTOP, PHONE | {"locale": "en-GB"}], ids=["desktop", "phone"])
def test_what_was_seen_is_there_without_a_connection_until_sign_out(chromium, site, screen):
    context = chromium.new_context(**screen)
    visitor = Visitor(context.new_page(), site)
    page = visitor.page
    member(visitor)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for path in ("/favourites/", "/"):
        visitor.go(path)
        page.wait_for_load_state("networkidle")
    context.set_offline(True)
    visitor.go("/")
    expect(page.locator("main > ul.grid .card").first).to_be_visible()
    assert page.evaluate("document.querySelector('main > ul.grid picture img').naturalWidth") > 0
    visitor.go("/favourites/")
    expect(page.locator(".empty")).to_be_visible()
    visitor.go("/genre/sea/")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    take(visitor, "offline")
    context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.locator("main > ul.grid .card").first).to_be_visible()
    visitor.sign_out()
    context.set_offline(True)
    visitor.go("/favourites/")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    context.close()


@pytest.mark.parametrize(
    "screen", [DESKTOP | {"locale": "ko-KR"}, PHONE | {"has_touch": True}], ids=["desktop", "phone"]
)
def test_without_script_all_that_matters_works(chromium, site, screen):
    context = chromium.new_context(**screen, java_script_enabled=False)
    visitor = Visitor(context.new_page(), site)
    page = visitor.page
    visitor.sign_up("plain-phone" if "has_touch" in screen else "plain-desktop")
    page.get_by_role("button", name="건너뛰기").click()
    visitor.go("/")
    # the stars that it saves are not shown either
    expect(page.locator(".card .no-script").first).to_be_hidden()
    page.get_by_role("link", name="사진 더 보기").click()
    page.locator("main > ul.grid .card-link").first.click()
    page.locator(".verdict .stars label").nth(3).click()
    page.locator(".verdict .stars .no-script").click()
    expect(page.locator(".verdict input[value='4']")).to_be_checked()
    page.locator(".verdict .keep button").click()
    expect(page.locator(".verdict .keep button")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="신고").click()
    page.locator("[name=reason]").first.check()
    page.locator(".report button").click()
    expect(page.locator(".messages")).to_be_visible()
    visitor.go("/rate/")
    title = page.locator(".turn:not([hidden]) h1").inner_text()
    page.locator(".turn:not([hidden]) .mark").nth(4).click()
    expect(page.locator(".turn:not([hidden]) h1")).not_to_have_text(title)
    shoot(visitor, "without-script")  # axe is a script itself
    context.close()


def test_the_feed_is_there_soon_on_a_slow_phone(chromium, site):
    """What it loads before its largest picture is painted: seconds would be those of the machine."""
    context = chromium.new_context(**PHONE, is_mobile=True, service_workers="block")
    visitor = Visitor(context.new_page(), site)
    member(visitor)
    context.add_init_script(WATCH)
    devtools = context.new_cdp_session(visitor.page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    visitor.go("/for-you/")
    visitor.page.wait_for_timeout(500)
    on_the_line = visitor.page.evaluate(BYTES_BEFORE) / SLOW_4G["downloadThroughput"]
    assert 1000 * on_the_line + ROUND_TRIPS * SLOW_4G["latency"] <= FIRST_PAINT
    assert visitor.page.evaluate("window.shift") < MOST_SHIFT
    context.close()
