"""`make screenshots`: the README's pictures, made from a demo in a temporary installation."""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.story import PASSWORD, Visitor
from tests.installation import ROOT, Installation
from tests.servers import program

FOLDER = ROOT / "docs" / "screenshots"
SHELVES = {"Winter light": "snow", "By the water": "sea", "In bloom": "flowers", "At night": "night"}
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=72)


def visitor_pages(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/")
    take(page, "explore")
    visitor.sign_up("mina")
    visitor.pick(5)
    for words, value in (("sea", 5), ("forest", 4), ("city", 1)):
        for picture in visitor.search(words)[:6]:
            visitor.rate(picture, value)
    page.wait_for_timeout(1000)
    visitor.feed()
    take(page, "for-you")
    card = page.locator("ul.grid > .card").nth(2)
    card.hover()
    card.get_by_role("link", name="More about").click()
    page.get_by_role("link", name="Why is this picture here").click()
    page.locator("#sheet .parts").wait_for()
    take(page, "why")
    page.keyboard.press("Escape")
    page.locator("ul.grid .card-link").nth(4).click()
    page.locator("#overlay h1").wait_for()
    take(page, "overlay")
    page.keyboard.press("Escape")
    visitor.go("/rate/")
    take(page, "rate")
    collects(visitor)
    visitor.go("/taste/")
    take(page, "taste")
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    visitor.feed()
    take(page, "for-you-phone")


def collects(visitor: Visitor) -> None:
    page = visitor.page
    for name, words in SHELVES.items():
        for number, picture in enumerate(visitor.search(words)[:4]):
            visitor.go(f"/i/{picture}/collect/")
            if number == 0:
                page.get_by_label("A new collection").fill(name)
            with page.expect_response(lambda answer: answer.request.method == "POST"):
                page.get_by_role("button", name=name if number else "Create").click()
    visitor.go("/collections/")
    take(page, "collections")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp())
    site = Installation(folder / "site")
    try:
        site.manage("demo", "--images", "260", "--people", "60", timeout=600)
        site.python(
            "from django.contrib.auth.models import User; u = User.objects.get(username='curator');"
            f"u.set_password({PASSWORD!r}); u.save()"
        )
        site.start("web", "learn", "night")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program("chromium", "chromium-browser", "google-chrome"),
                args=["--no-sandbox"],
            )
            visitor_pages(Visitor(browser.new_context(viewport=DESKTOP, locale="en-GB").new_page(), site))
            curator = Visitor(browser.new_context(viewport=DESKTOP, locale="en-GB").new_page(), site)
            curator.sign_in("curator", PASSWORD)
            curator.go("/admin/")
            take(curator.page, "dashboard")
            browser.close()
    finally:
        site.close()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
