"""The whole story by keys alone, and what a screen reader is told on the way."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.story import PASSWORD, Visitor
from tests.browser.test_accessibility import DESKTOP

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
WIDE = 240  # pixels from which a card has all its tools
FAR = 120  # presses of Tab after which something counts as out of reach


@pytest.fixture
def visitor(chromium, site):
    context = chromium.new_context(**DESKTOP)
    yield Visitor(context.new_page(), site)
    context.close()


def tab_to(page, locator, back=False):
    """Presses Tab until the focus is there; it must be seen,
    and not lie under what stands in front of the page."""
    for _ in range(FAR):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if locator.evaluate("element => element === document.activeElement"):
            break
    expect(locator).to_be_focused()
    return locator


def in_the_open(page):
    """The middle of what has the focus is not covered by a bar or a dialog."""
    return page.evaluate("""() => {
      const box = document.activeElement.getBoundingClientRect();
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return document.activeElement.contains(top) || top.contains(document.activeElement);
    }""")


def test_the_whole_story_by_keys(visitor):
    page = visitor.page
    visitor.go("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the pictures")).to_be_focused()
    signs_up(page)
    chooses(page)
    judges(page)
    searches(page)
    steers(page)
    leaves(page)
    assert not visitor.trouble


def signs_up(page):
    tab_to(page, page.get_by_role("link", name="Create an account").first)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/signup/"))
    expect(page.locator("main")).to_match_aria_snapshot("""
      - heading "A gallery of your own" [level=1]
      - text: Username
      - textbox "Username"
      - text: Email (optional)
      - textbox "Email (optional)"
      - text: Password
      - textbox "Password"
      - button "Create an account"
    """)
    tab_to(page, page.get_by_label("Username"))
    page.keyboard.type("handy")
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/welcome/$"))


def chooses(page):
    tab_to(page, page.get_by_role("checkbox", name="Sea", exact=True))
    page.keyboard.press("Space")
    pictures = page.locator("input[name=image]")
    for place in range(3):
        tab_to(page, pictures.nth(place))
        assert in_the_open(page)
        page.keyboard.press("Space")
    expect(page.locator("[data-count]")).to_have_text("3 of 5 chosen")
    tab_to(page, page.get_by_role("button", name="Show my gallery"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/for-you/$"))


def judges(page):
    page.wait_for_load_state("networkidle")
    page.keyboard.press("ArrowRight")
    focused = page.locator("main > ul.grid > .card:focus-within")
    while focused.evaluate("card => card.clientWidth") < WIDE:  # a narrow card has fewer tools
        page.keyboard.press("ArrowRight")
    card = page.locator(f"#{focused.get_attribute('id')}")
    expect(card.locator(".card-link")).to_be_focused()
    title = card.locator("picture img").get_attribute("alt")
    expect(card).to_match_aria_snapshot(f"""
      - listitem:
        - link "{title}"
        - checkbox "Select “{title}”"
        - link "Why is “{title}” here?"
        - button "Not interested in “{title}”"
        - 'button "Favourite: “{title}”"'
        - link "More about “{title}”"
    """)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=title)
    expect(dialog.get_by_role("heading", name=title, level=1)).to_be_visible()
    expect(dialog.get_by_role("region", name="Your verdict")).to_match_aria_snapshot("""
      - region "Your verdict":
        - group "Your rating":
          - radio "1 star"
          - radio "2 stars"
          - radio "3 stars"
          - radio "4 stars"
          - radio "5 stars"
        - button "Favourite"
        - link "Add to a collection"
        - button "Not interested"
    """)
    with page.expect_response(re.compile("/rate/$")):
        page.keyboard.press("4")
    expect(page.locator("#toast")).to_match_aria_snapshot(
        '- status:\n  - paragraph: Rated 4 of 5.\n  - button "Undo"'
    )
    with page.expect_response(re.compile("/favourite/$")):
        page.keyboard.press("f")
    expect(dialog.get_by_role("button", name="Favourite", pressed=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(card.locator(".card-link")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("w")
    sheet = page.get_by_role("dialog", name="What to do with this picture")
    expect(sheet.locator(".reasoning")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    with page.expect_response(re.compile("/hide/$")):
        page.keyboard.press("h")
    expect(page.get_by_text("Hidden. You will not see it again.")).to_be_visible()
    expect(page.get_by_role("button", name="Undo").first).to_be_focused()


def searches(page):
    box = tab_to(page, page.get_by_role("combobox", name="Search pictures"), back=True)
    page.keyboard.type("sea", delay=40)
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-1")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/search/"))
    tab_to(page, page.locator(".search-tools summary").last)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Newest"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("sort=newest"))


def steers(page):
    tab_to(page, page.get_by_role("link", name="My taste").first)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/taste/$"))
    slider = tab_to(page, page.get_by_role("slider", name="Discovery"))
    with page.expect_response(re.compile("/discovery/$")):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("50")
    pin = tab_to(page, page.get_by_role("button", name="Pin Sea: show it sooner"))
    page.keyboard.press("Enter")
    expect(pin).to_have_attribute("aria-pressed", "true")
    expect(pin).to_be_focused()


def leaves(page):
    tab_to(page, page.get_by_role("button", name="Menu of handy"), back=True)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Sign out"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
