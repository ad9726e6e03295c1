"""An anonymous visitor clicks a star, with script and without: the rating is saved once the visitor has an
account."""

import re
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.browser.story import PASSWORD, Visitor
from tests.browser.test_accessibility import DESKTOP

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
NUMBERS = count()


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def anonymous(request, chromium, site):
    context = chromium.new_context(**DESKTOP, service_workers="block", java_script_enabled=request.param)
    visitor = Visitor(context.new_page(), site)
    visitor.scripted = request.param
    yield visitor
    context.close()


def rate(anonymous, value):
    """On the page of the newest picture; its public id."""
    anonymous.go("/?sort=newest")
    public_id = anonymous.shown()[0]
    anonymous.go(f"/i/{public_id}/")
    stars = anonymous.page.locator("main .verdict .stars")
    stars.locator("label").nth(value - 1).click()
    if not anonymous.scripted:
        stars.get_by_role("button", name="Save").click()
    expect(anonymous.page).to_have_url(re.compile("/accounts/signup/"))
    return public_id


def test_a_rating_is_kept_through_signing_up(anonymous):
    page = anonymous.page
    public_id = rate(anonymous, 4)
    expect(page.locator("main h1")).to_have_text("Create an account to keep this rating")
    page.locator("input[name=username]").fill(f"newcomer{next(NUMBERS)}")
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("main form .button").last.click()
    expect(page).to_have_url(re.compile(f"/i/{public_id}/"))
    expect(page.locator("main .verdict .stars input[value='4']")).to_be_checked()
    expect(page.locator(".messages")).to_contain_text("is kept")
    assert not [text for text in anonymous.trouble if "401" not in text]


def test_a_rating_is_kept_through_signing_in(anonymous):
    page, name = anonymous.page, f"regular{next(NUMBERS)}"
    anonymous.join(name)
    page.context.clear_cookies()
    public_id = rate(anonymous, 2)
    page.locator(".aside a").click()
    expect(page.locator("main h1")).to_have_text("Sign in to keep this rating")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page).to_have_url(re.compile(f"/i/{public_id}/"))
    expect(page.locator("main .verdict .stars input[value='2']")).to_be_checked()


def test_what_somebody_else_said_can_be_forgotten(anonymous):
    page = anonymous.page
    rate(anonymous, 5)
    page.get_by_role("button", name="That was not me").click()
    expect(page.locator("main h1")).to_have_text("A gallery of your own")
