"""Fast fingers, second thoughts and bad lines: nothing that was said is lost, and nothing else is shown."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.story import Visitor
from tests.browser.test_accessibility import DESKTOP

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
CARDS = "main > ul.grid > .card"


@pytest.fixture(params=["block"])
def visitor(request, chromium, site):
    """Without the service worker, whose requests a test cannot hold up, unless the test is about it."""
    context = chromium.new_context(**DESKTOP, service_workers=request.param)
    visitor = Visitor(context.new_page(), site)
    visitor.become_a_member()
    yield visitor
    context.close()


def opened(visitor, number):
    """The overlay of a card of the newest; its public id."""
    visitor.go("/?sort=newest")
    card = visitor.page.locator(f"{CARDS}:not(.later)").nth(number)
    card.scroll_into_view_if_needed()
    card.locator(".card-link").click()
    expect(visitor.page.locator("#overlay .verdict")).to_be_visible()
    return (card.get_attribute("id") or "").removeprefix("card-")


def goes_on(page, pictures):
    for _ in range(pictures):
        before = page.url
        expect(page.locator("#overlay [data-next]")).to_be_visible()
        page.keyboard.press("ArrowRight")
        expect(page).not_to_have_url(before)
        expect(page.locator("#overlay .verdict")).to_be_visible()


def test_the_overlay_goes_on_past_the_end_of_what_was_loaded(visitor):
    page = visitor.page
    page.route(re.compile("page=2"), lambda route: route.abort())  # not before the overlay asks for it
    opened(visitor, -3)
    page.unroute(re.compile("page=2"))
    goes_on(page, 5)
    page.go_back()
    expect(page.locator("#overlay")).to_be_hidden()
    expect(page.locator("main [data-picture]")).to_have_count(0)
    expect(page.locator(CARDS).nth(40)).to_be_attached()
    assert page.url.endswith("/?sort=newest")


def test_back_leads_to_the_picture_one_ended_at(visitor):
    page = visitor.page
    opened(visitor, 0)
    goes_on(page, 30)
    page.go_back()
    expect(page.locator("#overlay")).to_be_hidden()
    page.wait_for_timeout(300)  # the browser would put the old place back by now
    expect(page.locator(CARDS).nth(30)).to_be_in_viewport()


def test_a_picture_opens_where_the_browser_gives_up_the_movement(visitor):
    """As it does when a phone is turned just then."""
    page = visitor.page
    page.add_init_script(
        "const start = document.startViewTransition;"
        "document.startViewTransition = (swap) => {"
        "  const moving = start.call(document, swap); moving.skipTransition(); return moving; };"
    )
    opened(visitor, 0)
    assert not visitor.trouble


@pytest.mark.parametrize("leave", ["ArrowRight", "Escape"])
def test_a_rating_is_kept_however_fast_one_goes_on(visitor, leave):
    page = visitor.page
    first = opened(visitor, 0)
    with page.expect_response(re.compile(f"/i/{first}/rate/$")):
        page.keyboard.press("4")
        page.keyboard.press(leave)
    expect(page.locator(f"main #card-{first} .stars.rated")).to_have_count(1)
    with page.expect_response(re.compile(f"/i/{first}/rate/$")):
        page.locator("#toast [data-undo]").click()
    expect(page.locator(f"main #card-{first} .stars.rated")).to_have_count(0)


def test_a_rating_is_kept_when_the_page_is_left(visitor):
    """On a picture's own page, where the arrows lead to another page."""
    page = visitor.page
    public_id = opened(visitor, 0)
    page.reload()
    page.keyboard.press("4")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda url: public_id not in url)
    for _ in range(20):
        visitor.go(f"/i/{public_id}/")
        if page.locator(".verdict input[value='4']").is_checked():
            return
        page.wait_for_timeout(100)
    raise AssertionError("the rating is lost")


@pytest.mark.parametrize("presses", [2, 3, 4])
def test_a_favourite_in_haste_leaves_nobodys_page(visitor, presses):
    page = visitor.page
    visitor.go("/?sort=newest")
    page.keyboard.press("ArrowRight")
    page.evaluate("window.stayed = true")
    for _ in range(presses):
        page.keyboard.press("f")
        page.wait_for_timeout(60)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.stayed")


def test_a_refused_rating_is_not_shown(visitor):
    page = visitor.page
    visitor.go("/taste/")
    page.locator("[action$='/private/'] button").last.click()
    visitor.go("/?sort=newest")
    page.keyboard.press("ArrowRight")
    with page.expect_response(re.compile("/rate/$")):
        page.keyboard.press("3")
    expect(page.locator("#toast .wrong")).to_be_visible()
    expect(page.locator(f"{CARDS} .stars input:checked")).to_have_count(0)


def test_a_collection_is_ordered_by_dragging(visitor):
    page = visitor.page
    visitor.go("/?sort=newest")
    page.wait_for_load_state("networkidle")
    for key in ("ArrowRight", "x", *["Shift+ArrowRight"] * 4, "c"):
        page.keyboard.press(key)
    page.locator("#selection-name").fill("In order")
    with page.expect_response(re.compile("/selection/collect/$")):
        page.keyboard.press("Enter")
    visitor.go("/collections/")
    page.get_by_role("link", name=re.compile("In order")).first.click()
    page.get_by_role("link", name="Edit and share").click()
    items = page.locator("[data-sortable] > li")
    order = items.evaluate_all("all => all.map(({ dataset }) => dataset.image)")

    def drag():
        page.locator("[data-sortable]").scroll_into_view_if_needed()
        start, end = (items.nth(place).locator(".handle").bounding_box() for place in (0, 3))
        page.mouse.move(start["x"] + 9, start["y"] + 9)
        page.mouse.down()
        page.mouse.move(end["x"] + 9, end["y"] + end["height"], steps=25)
        page.mouse.up()

    page.route("**/order/", lambda route: route.abort())
    drag()
    expect(page.locator("#toast .wrong")).to_be_visible()
    assert items.evaluate_all("all => all.map(({ dataset }) => dataset.image)") == order
    page.unroute("**/order/")
    with page.expect_response(re.compile("/order/$")):
        drag()
    expect(page.locator("#toast")).to_contain_text("4")
    expect(page.locator(".dragged")).to_have_count(0)
    page.reload()
    assert items.evaluate_all("all => all.map(({ dataset }) => dataset.image)") == [
        *order[1:4],
        order[0],
        *order[4:],
    ]


@pytest.mark.parametrize("visitor", ["allow"], indirect=True)
def test_what_is_not_there_without_a_connection_takes_nothing_away(visitor):
    page = visitor.page
    visitor.go("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for path in ("/favourites/", "/"):
        visitor.go(path)
        page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    visitor.go("/history/")
    expect(page.locator(".empty")).to_be_visible()
    visitor.go("/")
    expect(page.locator(CARDS).first).to_be_visible()


def test_the_last_of_several_ratings_of_a_selection_counts(visitor):
    page = visitor.page
    visitor.go("/?sort=newest")
    page.wait_for_load_state("networkidle")
    for key in ("ArrowRight", "x", "1", "2", "5"):
        page.keyboard.press(key)
    expect(page.locator(".card.selected .badge")).to_have_text(re.compile("5"))
    page.keyboard.press("h")
    page.keyboard.press("h")
    expect(page.locator(".gone")).to_have_count(1)
    page.wait_for_timeout(300)
    expect(page.locator("#toast .wrong")).to_have_count(0)


# of an odd and an even number, which take turns in being answered
@pytest.mark.parametrize("keys", ["12345", "1245"])
def test_the_last_of_several_ratings_of_a_card_counts(visitor, keys):
    page = visitor.page
    visitor.go("/?sort=newest")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("ArrowRight")
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(130)  # each is sent, and the next one takes its place
    page.wait_for_load_state("networkidle")
    expect(page.locator(f"{CARDS} .stars.rated input:checked")).to_have_value("5")
    page.reload()
    expect(page.locator(f"{CARDS} .stars.rated input:checked")).to_have_value("5")


def test_hiding_a_selection_leaves_one_where_one_was(visitor):
    page = visitor.page
    visitor.go("/?sort=newest")
    page.wait_for_load_state("networkidle")
    card = page.locator(CARDS).nth(30)
    card.scroll_into_view_if_needed()
    card.locator(".check").dispatch_event("click")
    place = page.evaluate("scrollY")
    page.locator("[data-hide]:visible").last.click()
    expect(page.locator(".gone")).to_have_count(1)
    assert abs(page.evaluate("scrollY") - place) < 5
    expect(page.locator(".gone [data-undo]")).to_be_focused()
    undo = page.locator("#toast [data-undo]")
    box = undo.bounding_box()
    assert box["width"] > box["height"]  # in one line
    undo.focus()
    page.keyboard.press("Enter")
    expect(card.locator(".card-link")).to_be_focused()


def test_taking_back_from_the_message_leaves_one_where_one_was(visitor):
    page = visitor.page
    opened(visitor, 0)
    page.keyboard.press("4")
    favourite = page.locator("#overlay .verdict .keep button")
    favourite.focus()
    page.locator("#toast [data-undo]").focus()
    with page.expect_response(re.compile("/rate/$")):
        page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("taken back")
    expect(favourite).to_be_focused()


def test_taking_back_what_a_selection_was_told_leaves_one_where_one_was(visitor):
    page = visitor.page
    visitor.go("/?sort=newest")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.keyboard.press("f")
    card = page.locator(CARDS).first.locator(".card-link")
    undo = page.locator("#toast [data-undo]")
    expect(undo).to_be_visible()
    card.focus()
    undo.focus()
    page.keyboard.press("Enter")
    expect(undo).to_have_count(0)
    expect(card).to_be_focused()


def test_back_from_a_picture_that_is_gone_leads_to_the_list(visitor):
    page = visitor.page
    opened(visitor, 0)
    gone = page.locator("#overlay [data-next]").get_attribute("href").split("/")[2]
    change = "from gallery.models import Image; Image.objects.filter(public_id={!r}).update(visibility={!r})"
    visitor.site.python(change.format(gone, "hidden"))
    try:
        page.keyboard.press("ArrowRight")
        expect(page.locator("main h1")).to_have_text("There is nothing here")
        page.go_back()
        expect(page.locator(CARDS).first).to_be_visible()
    finally:
        visitor.site.python(change.format(gone, "public"))


def test_one_goes_on_from_a_picture_that_one_has_hidden(visitor):
    page = visitor.page
    opened(visitor, 1)
    page.keyboard.press("h")
    expect(page.locator("#overlay .hide-panel [data-undo]")).to_be_visible()
    goes_on(page, 1)
    expect(page.locator("#overlay .hide-panel [data-hide]")).to_be_visible()


def test_stars_are_walked_and_taken_back_by_keys(visitor):
    page = visitor.page
    visitor.go("/?sort=newest")
    page.wait_for_load_state("networkidle")
    card = page.locator(".card.wide-enough")
    page.locator(CARDS).evaluate_all(
        "cards => cards.find((card) => card.offsetWidth > 300).classList.add('wide-enough')"
    )
    card.locator(".card-link").focus()
    card.locator("input[value='1']").focus()
    for value in ("2", "3"):
        with page.expect_response(re.compile("/rate/$")):
            page.keyboard.press("ArrowRight")
        expect(card.locator(f"input[value='{value}']")).to_be_focused()
        expect(card.locator(".badge")).to_have_attribute("aria-label", f"Rated {value} of 5.")
    page.keyboard.press("u")
    expect(card.locator(".stars.rated")).to_have_count(0)
    page.keyboard.press("4")
    expect(card.locator(".stars.rated")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(card.locator(".stars.rated")).to_have_count(0)


def test_of_two_ratings_that_fail_the_first_comes_back(visitor):
    page = visitor.page
    visitor.go("/rate/")
    page.wait_for_load_state("networkidle")
    page.route("**/rate/", lambda route: route.abort())
    page.keyboard.press("5")
    page.keyboard.press("4")
    expect(page.locator("#toast .wrong")).to_be_visible()
    page.wait_for_timeout(300)
    expect(page.locator("[data-count] b")).to_have_text("1")


def test_escape_closes_the_menu_not_the_page_behind_it(visitor):
    page = visitor.page
    opened(visitor, 0)
    page.reload()
    address = page.url
    page.locator("[popovertarget=menu]").first.click()
    page.keyboard.press("Escape")
    expect(page.locator("#menu")).to_be_hidden()
    page.wait_for_timeout(200)
    assert page.url == address


def test_keys_count_where_they_lie_whatever_they_write(visitor):
    page = visitor.page
    visitor.go("/?sort=newest")
    page.keyboard.press("ArrowRight")
    with page.expect_response(re.compile("/favourite/$")):
        page.evaluate(
            "document.activeElement.dispatchEvent("
            "new KeyboardEvent('keydown', { key: 'ㄹ', code: 'KeyF', bubbles: true, cancelable: true }))"
        )


def test_a_rating_session_does_not_end_before_its_last_rating_has_come(visitor):
    page = visitor.page
    visitor.go("/rate/")
    page.wait_for_load_state("networkidle")
    held = []
    page.route("**/rate/", lambda route: held.append(route))
    page.keyboard.press("5")
    page.keyboard.press("Escape")
    page.wait_for_timeout(100)
    while not held:
        page.wait_for_timeout(50)
    held[0].abort()
    expect(page.locator("#toast .wrong")).to_be_visible()
    page.wait_for_timeout(300)
    assert "/learnt/" not in page.url
    expect(page.locator("[data-count] b")).to_have_text("1")
