"""What a person does on the site, in the words of the story: used by the browser tests."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from tests.installation import Installation

PASSWORD = "correct horse battery"
MEMBERS = """
from django.contrib.auth.models import User
from tests.factories import session_of
for name in {names}:
    print(session_of(User.objects.create_user(name)))  # without a password, which would take long
"""


@cache
def members(site: Installation) -> Iterator[tuple[str, str]]:
    """(name, key of the session) of people who have just signed up; each is for one test."""
    names = [f"member{number}" for number in range(120)]
    return zip(names, site.python(MEMBERS.format(names=names)).split(), strict=True)


class Visitor:
    """A browser page at one installation, and what its person does there."""

    def __init__(self, page: Page, site: Installation) -> None:
        self.page, self.site, self.name = page, site, ""
        self.trouble: list[str] = []
        page.on(
            "console", lambda message: self.trouble.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: self.trouble.append(str(error)))

    def go(self, path: str) -> None:
        self.page.goto(self.site.base_url + path)

    def sign_up(self, name: str) -> None:
        self.go("/accounts/signup/")
        self.page.locator("input[name=username]").fill(name)
        self.page.locator("input[name=password1]").fill(PASSWORD)
        self.page.locator("main form button:not(.link)").last.click()
        expect(self.page).to_have_url(re.compile("/welcome/$"))

    def join(self, name: str) -> None:
        """As `sign_up`, in two requests without a page."""
        address, person = f"{self.site.base_url}/accounts/signup/", {"username": name, "password1": PASSWORD}
        page = self.page.request.get(address).text()
        token = re.search('name="csrfmiddlewaretoken" value="(\\w+)"', page)
        assert token
        answer = self.page.request.post(
            address,
            form=person | {"csrfmiddlewaretoken": token[1]},
            headers={"Referer": address},
            max_redirects=0,
        )
        assert answer.status == 302, answer.text()

    def become_a_member(self) -> None:
        """As somebody who has just signed up, without the work of it."""
        self.name, session = next(members(self.site))
        self.page.context.add_cookies([{"name": "sessionid", "value": session, "url": self.site.base_url}])

    def sign_in(self, name: str, password: str) -> None:
        self.go("/accounts/login/")
        self.page.locator("input[name=login]").fill(name)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("input[name=password]").press("Enter")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def sign_out(self) -> None:
        self.go("/accounts/logout/")
        self.page.locator("main form button").click()
        expect(self.page.get_by_role("link", name="Create an account").first).to_be_visible()

    def pick(self, count: int) -> None:
        """Ticks the first pictures of the welcome page and goes on."""
        self.page.wait_for_load_state()
        for tick in self.page.locator("input[name=image]").all()[:count]:
            tick.wait_for()  # the last rows of a grid are hidden until it is whole
            tick.check(force=True)
        self.page.locator(".welcome-foot .accent").click()
        expect(self.page).to_have_url(re.compile("/for-you/$"))

    def search(self, words: str) -> list[str]:
        """Public ids of what is found, first page."""
        self.go("/")
        self.page.locator("#q").fill(words)
        self.page.locator("#q").press("Enter")
        self.page.wait_for_url(re.compile("/search/"))
        return self.shown()

    def shown(self) -> list[str]:
        links = self.page.locator("ul.grid .card-link")
        return [link.get_attribute("href").split("/")[2] for link in links.all()]

    def rate(self, public_id: str, value: int) -> None:
        """Opens the picture and presses the key."""
        self.go(f"/i/{public_id}/?from=search")
        with self.page.expect_response(re.compile("/rate/$")) as answered:
            self.page.keyboard.press(str(value))
        assert answered.value.ok

    def feed(self) -> list[str]:
        self.go("/for-you/")
        return self.shown()


def genres(site: Installation, public_ids: list[str]) -> list[str]:
    """The genre of each image, as the installation's database has it."""
    code = (
        "from gallery.models import Image;"
        f"ids = {public_ids!r};"
        "found = dict(Image.objects.filter(public_id__in=ids).values_list('public_id', 'genre__slug'));"
        "print(' '.join(found[i] for i in ids))"
    )
    return site.python(code).split()


def photographs(folder: Path, count: int = 6) -> None:
    """JPEG files of their own kind, as a curator would have them: folders are genres."""
    rng = np.random.default_rng(7)
    (folder / "lighthouses").mkdir(parents=True)
    for number in range(count):
        rough = rng.integers(0, 255, (12, 18, 3), dtype=np.uint8)
        Image.fromarray(rough).resize((900, 600)).save(folder / "lighthouses" / f"foghorn-{number}.jpg")
    (folder / "lighthouses" / "broken.jpg").write_bytes(b"\xff\xd8 not a picture")
