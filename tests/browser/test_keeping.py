"""Searching, collecting and steering in a real browser: by keys, by pointer, and without script."""

import io
import json
import re
import zipfile

import pytest
from playwright.sync_api import expect

from tests.browser.story import PASSWORD, Visitor, genres
from tests.browser.test_accessibility import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
TOUCHED = PHONE | {"locale": "en-GB", "has_touch": True}


@pytest.mark.parametrize("screen", [DESKTOP, TOUCHED], ids=["desktop", "phone"])
def test_a_member_searches_collects_steers_and_leaves(site, chromium, screen):
    context = chromium.new_context(**screen)
    mina = Visitor(context.new_page(), site)
    mina.sign_up("mina-keeps")
    mina.pick(5)
    searches(mina)
    collects(mina)
    steers(mina)
    leaves(mina)
    assert not [line for line in mina.trouble if not re.search("40[04]", line)]
    context.close()


def searches(mina):
    page = mina.page
    mina.go("/")
    box = page.get_by_role("combobox", name="Search pictures")
    box.press_sequentially("se", delay=40)
    expect(page.get_by_role("option").first).to_be_visible()
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-1")
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    box.fill("sea")
    box.press("Enter")
    page.wait_for_url(re.compile("/search/"))
    page.get_by_role("link", name="Sky blue").click()
    page.wait_for_url(re.compile("colour=3f8fd2"))
    for told, sentence in ((".messages", "kept as"), ("#toast .wrong", "already")):
        page.locator("summary", has_text="Keep this search").click()
        page.get_by_label("Name").fill("Blue seas")
        page.get_by_role("button", name="Keep", exact=True).click()
        expect(page.locator(told)).to_contain_text(sentence)
    expect(page.get_by_label("Name")).to_have_value("Blue seas")
    mina.go("/search/saved/")
    expect(page.get_by_role("link", name="Blue seas")).to_be_visible()


def collects(mina):
    page = mina.page
    for picture in mina.search("sea")[:2]:
        mina.go(f"/i/{picture}/")
        page.get_by_role("link", name="Add to a collection").click()
        sheet = page.locator("#sheet")
        expect(sheet.get_by_role("heading", name="Add to a collection")).to_be_visible()
        if sheet.get_by_role("button", name="Winter seas").count():
            sheet.get_by_role("button", name="Winter seas").click()
        else:
            sheet.get_by_label("A new collection").fill("Winter seas")
            sheet.get_by_role("button", name="Create").click()
        expect(sheet.get_by_role("button", name="Winter seas")).to_have_attribute("aria-pressed", "true")
    mina.go("/collections/")
    page.get_by_role("link", name=re.compile("Winter seas")).click()
    page.get_by_role("link", name="Edit and share").click()
    titles = page.locator(".sortable li > a")
    before = titles.all_inner_texts()
    with page.expect_response(re.compile("/order/")) as saved:
        page.locator(".sortable [data-move='1']").first.press("Enter")
    assert saved.value.status == 204
    page.reload()
    assert titles.all_inner_texts() == before[::-1]
    page.get_by_label("who has the link").check(force=True)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_have_text("The collection is saved.")
    stranger = page.context.browser.new_context()
    shared = stranger.new_page()
    shared.goto(page.get_by_label("Its link").input_value())
    expect(shared.get_by_role("heading", name="Winter seas")).to_be_visible()
    stranger.close()


def steers(mina):
    page = mina.page
    mina.go("/taste/")
    page.get_by_role("button", name="Mute Sea").click()
    expect(page.get_by_role("button", name="Mute Sea")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Discovery", exact=True).press("End")
    expect(page.locator("#toast")).to_contain_text("Your next page follows it.")
    page.get_by_role("button", name="Pause learning").click()
    expect(page.get_by_role("button", name="Go on learning")).to_be_visible()
    assert "sea" not in genres(mina.site, mina.feed())
    mina.go("/taste/")
    page.get_by_role("button", name="Start a private session").click()
    mina.go("/rate/")
    expect(page.get_by_role("heading", name="Nothing is recorded in a private session")).to_be_visible()
    page.get_by_role("button", name="End it").click()
    page.wait_for_url(re.compile("/rate/.+/$"))
    mina.go("/history/")
    page.get_by_role("button", name=re.compile("Remove “")).first.click()
    expect(page.locator("#toast")).to_have_text("Removed from the history.")


def leaves(mina):
    page = mina.page
    mina.go("/account/download/")
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Pack it").click()
    with zipfile.ZipFile(io.BytesIO(fetched.value.path().read_bytes())) as packed:
        assert json.loads(packed.read("imagerec/account.json"))[0]["username"] == "mina-keeps"
    mina.go("/account/delete/")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("heading", name="Your account is gone").first).to_be_attached()
    assert page.url.endswith("/account/farewell/")
    mina.go("/taste/")
    assert "/login/" in page.url


def test_without_script_on_a_phone(site, chromium):
    context = chromium.new_context(**TOUCHED, java_script_enabled=False)
    noa = Visitor(context.new_page(), site)
    page = noa.page
    noa.sign_up("noa-keeps")
    noa.go("/search/?q=sea")
    picture = noa.shown()[0]
    noa.go(f"/i/{picture}/collect/")
    page.get_by_label("A new collection").fill("Shore")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("button", name="Shore")).to_have_attribute("aria-pressed", "true")
    noa.go("/collections/")
    page.get_by_role("link", name=re.compile("Shore")).click()
    page.get_by_role("link", name="Edit and share").click()
    page.get_by_role("button", name=re.compile("down$")).click()
    expect(page.locator(".sortable li")).to_have_count(1)
    noa.go("/taste/")
    page.get_by_role("button", name="Pin Sea").click()
    expect(page.get_by_role("button", name="Pin Sea")).to_have_attribute("aria-pressed", "true")
    context.close()
