"""Taking back, and making up one's mind: a hide is undone by its key, walking the stars saves where one stops."""

import re
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.browser.story import Visitor
from tests.browser.test_accessibility import DESKTOP
from tests.browser.test_in_haste import CARDS, goes_on, opened
from tests.browser.test_viewing import gallery, member  # noqa: F401  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
NUMBERS = count()


@pytest.fixture
def visitor(chromium, gallery):  # noqa: F811
    context = chromium.new_context(**DESKTOP, service_workers="block")
    visitor = Visitor(context.new_page(), gallery)
    member(visitor, f"thoughtful{next(NUMBERS)}of")
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
