"""Taking back, and making up one's mind: a hide is undone by its key,
walking the stars saves where one stops."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.story import Visitor
from tests.browser.test_accessibility import DESKTOP
from tests.browser.test_in_haste import CARDS, goes_on, opened

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def visitor(chromium, site):
    context = chromium.new_context(**DESKTOP, service_workers="block")
    visitor = Visitor(context.new_page(), site)
    visitor.become_a_member()
    yield visitor
    context.close()


@pytest.mark.parametrize("how", ["in the grid", "by the sheet", "in the overlay", "gone on since"])
def test_ctrl_z_takes_back_a_hide(visitor, how):
    page = visitor.page
    if how in {"in the grid", "by the sheet"}:
        visitor.go("/?sort=newest")
        page.wait_for_load_state("networkidle")
        card = page.locator(CARDS).first
        public_id = (card.get_attribute("id") or "").removeprefix("card-")
        card.locator(".card-link").focus()
    else:
        public_id = opened(visitor, 0)
    if how == "by the sheet":
        card.locator(".card-tools a[aria-haspopup]").click()
        page.locator("#sheet button[name=reason]").first.click()
    else:
        page.keyboard.press("h")
    expect(page.locator("#toast [data-undo]")).to_be_visible()
    if how == "gone on since":
        goes_on(page, 1)
    with page.expect_response(re.compile(f"/i/{public_id}/unhide/$")):
        page.keyboard.press("Control+z")
    expect(page.locator("#toast")).to_contain_text("Back again")
    expect(page.locator("#toast [data-undo]")).to_have_count(0)
    if "in the" in how:
        expect(page.locator(f"[id='card-{public_id}'] .gone, .hide-panel > p")).to_have_count(0)
    visitor.go(f"/i/{public_id}/")
    expect(page.locator(".hide-panel [data-hide]")).to_be_visible()


def walk(visitor, where):
    """The first star of a picture in focus, on its card, on its page or in the overlay; its public id, and
    the ratings that are sent from now on."""
    page = visitor.page
    if where == "card":
        visitor.go("/?sort=newest")
        page.wait_for_load_state("networkidle")
        cards = page.locator(CARDS)
        cards.evaluate_all(
            "cards => cards.find((card) => card.offsetWidth > 300).classList.add('wide-enough')"
        )
        stars = page.locator(".card.wide-enough .stars")
        page.locator(".card.wide-enough .card-link").focus()
        public_id = (page.locator(".card.wide-enough").get_attribute("id") or "").removeprefix("card-")
    else:
        public_id = opened(visitor, 0)
        if where == "page":
            page.reload()
            page.wait_for_load_state("networkidle")
        stars = page.locator("#overlay .verdict .stars" if where == "overlay" else "main .verdict .stars")
    said = []
    page.on(
        "request", lambda sent: said.append(sent.post_data or "") if sent.url.endswith("/rate/") else None
    )
    stars.locator("input[value='1']").focus()
    return public_id, said


def kept(visitor, public_id):
    """The rating as the server has it, once it has settled there."""
    visitor.page.wait_for_timeout(400)
    visitor.go(f"/i/{public_id}/")
    checked = visitor.page.locator("main .verdict .stars input:checked")
    return checked.get_attribute("value") if checked.count() else None


@pytest.mark.parametrize("where", ["card", "page", "overlay"])
def test_walking_the_stars_saves_once_where_one_stops(visitor, where):
    page = visitor.page
    public_id, said = walk(visitor, where)
    with page.expect_response(re.compile("/rate/$")):
        for _ in range(4):
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(250)
        assert said == []
    page.wait_for_timeout(1300)
    assert len(said) == 1
    assert page.evaluate("document.activeElement.value") == "5"
    assert kept(visitor, public_id) == "5"
    changes = (
        "from gallery.models import RatingChange as R;"
        f"print(R.objects.filter(user__username={visitor.name!r}, image__public_id={public_id!r}).count())"
    )
    assert visitor.site.python(changes).strip() == "1"


@pytest.mark.parametrize("where", ["card", "page", "overlay"])
@pytest.mark.parametrize("leave", ["Enter", "Tab"])
def test_enter_and_going_elsewhere_save_at_once(visitor, where, leave):
    page = visitor.page
    public_id, said = walk(visitor, where)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    with page.expect_response(re.compile("/rate/$"), timeout=700):
        page.keyboard.press(leave)
    page.wait_for_timeout(1300)
    assert len(said) == 1
    assert kept(visitor, public_id) == "3"


@pytest.mark.parametrize(("where", "leave"), [("overlay", "Escape"), ("card", "reload"), ("page", "reload")])
def test_nothing_is_lost_where_one_leaves_while_walking(visitor, where, leave):
    page = visitor.page
    public_id, said = walk(visitor, where)
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    if leave == "Escape":
        page.keyboard.press("Escape")
        page.wait_for_timeout(1300)
        assert len(said) == 1
    else:
        page.reload()
    assert kept(visitor, public_id) == "2"


def test_a_number_and_a_click_save_at_once_and_end_the_walk(visitor):
    page = visitor.page
    public_id, said = walk(visitor, "page")
    third = page.locator("main .verdict label").nth(2)
    for say in (lambda: page.keyboard.press("4"), third.click, lambda: page.keyboard.press("Space")):
        page.keyboard.press("ArrowRight")
        with page.expect_response(re.compile("/rate/$"), timeout=700):
            say()
        page.wait_for_timeout(1300)
    assert len(said) == 3
    assert kept(visitor, public_id) == "4"


def test_walking_back_to_where_one_began_says_nothing(visitor):
    page = visitor.page
    public_id, said = walk(visitor, "page")
    with page.expect_response(re.compile("/rate/$")):
        page.keyboard.press("3")
    expect(page.locator("main .verdict .stars.rated")).to_have_count(1)
    page.locator("main .verdict input[value='3']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(1400)
    assert len(said) == 1
    assert kept(visitor, public_id) == "3"
