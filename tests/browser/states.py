"""Every page and state that a viewer meets, each by the steps that lead to it: for axe, and for people."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.story import Visitor
from tests.installation import Installation

State = tuple[str, Callable[[Visitor], None]]
LIVED, NEW = "lived", "newcomer"  # a member with a past, a member on the first day
LONG = "가나다라마바사아자차"  # words as people write them: nothing in them says where a line may end
CARDS, GRID = "main > ul.grid > .card", "main > ul.grid .card-link"

PEOPLE = """
from django.contrib.auth.models import User
from django.db.models import Count
from django.utils import timezone
from gallery.acts import events
from gallery.collections import services as collections
from gallery.models import Image, SavedSearch, View
from imagerec.account import export
now = timezone.now()
if not User.objects.filter(username={lived!r}).exists():
    lived = User.objects.annotate(count=Count("ratings")).order_by("-count").filter(is_staff=False)[0]
    lived.username = {lived!r}
    lived.save()
    pictures = list(Image.objects.public().order_by("pk")[:6])
    Image.objects.filter(pk=pictures[5].pk).update(uploaded_by=lived)
    for image in pictures[:5]:
        events.set_favourite(lived, image.public_id, True, now)
        events.record_view(lived, image.public_id, "explore", now)
    events.rate(lived, pictures[0].public_id, 4, "explore", now)
    left = list(Image.objects.public().order_by("pk")[6:26])  # not seen yet: something to rate
    events.forget_views(lived, View.objects.filter(user=lived, image__in=left))
    for image in left:
        events.rate(lived, image.public_id, None, "explore", now)
    SavedSearch.objects.create(user=lived, name="Blue seas", query="q=sea", at=now)
    for sharing in ("public", "link", "private"):
        shelf = collections.create(lived, f"Seas, {{sharing}}", now)
        for image in pictures[:3] if sharing != "private" else []:
            collections.add_to_collection(lived, shelf.token, image.public_id, now)
        collections.edit(lived, shelf.token, shelf.name, "Cold water, from the north.", sharing, now)
    Image.objects.filter(pk=pictures[4].pk).update(title={long!r} * 4)
    shelf = collections.create(lived, {long!r} * 8, now)
    collections.add_to_collection(lived, shelf.token, pictures[4].public_id, now)
    collections.edit(lived, shelf.token, shelf.name, {long!r} * 40, "public", now)
    export.request_download(lived)
    export.write_download(lived.pk)
for name in ({lived!r}, {new!r}):
    person, _ = User.objects.get_or_create(username=name)
    person.set_password({password!r})
    person.save()
"""
TOKENS = """
from gallery.models import Collection
own = Collection.objects.filter(owner__username={lived!r}).order_by("sharing", "pk")
print(*own.values_list("token", flat=True))
"""
LONG_TITLED = """
from gallery.models import Image
print(Image.objects.get(title={long!r} * 4).public_id)
"""
FEW = """
from gallery.models import Image
shown = Image.objects.filter(visibility="public").values_list("pk", flat=True)[:{count}]
Image.objects.filter(visibility="public").exclude(pk__in=list(shown)).update(visibility="hidden")
"""
RESET = """
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.models import User
lived = User.objects.get(username={lived!r})
print(user_pk_to_url_str(lived), default_token_generator.make_token(lived), sep="-")
"""
ALL = """
from gallery.models import Image
Image.objects.filter(visibility="hidden").update(visibility="public")
"""
BROKEN = """
from django.template.loader import get_template
from django.utils import translation
with translation.override({language!r}):
    print(get_template("500.html").render())
"""
FORGED = """() => {
  for (const token of document.querySelectorAll("[name=csrfmiddlewaretoken]")) token.value = "x";
  document.querySelector("form.choice").submit();
}"""
TIRESOME = """async () => {
  const form = document.querySelector("main form");
  form.elements.password.value = "wrong";
  const again = { method: "POST", body: new FormData(form) };
  for (let tries = 0; tries < 5; tries += 1) await fetch(form.action, again);
  form.submit();
}"""


def at(path: str) -> Callable[[Visitor], None]:
    return lambda visitor: visitor.go(path)


def pages(*paths: str) -> list[State]:
    return [(path, at(path)) for path in paths]


def picture(visitor: Visitor, page: str = "") -> None:
    """The page of the first picture that is shown, or one of the pages about it."""
    visitor.go("/?sort=newest")
    visitor.go(f"/i/{visitor.shown()[0]}/{page}")


def long_titled(page: str = "") -> Callable[[Visitor], None]:
    """The page of the picture whose title is one long word, or one of the pages about it."""
    return lambda visitor: visitor.go(f"/i/{visitor.site.python(LONG_TITLED.format(long=LONG))}/{page}")


def overlay(visitor: Visitor) -> None:
    visitor.go("/?sort=newest")
    visitor.page.locator(GRID).first.click()
    expect(visitor.page.locator("#overlay .similar li.card").first).to_be_visible()


def overlay_that_waits(visitor: Visitor) -> None:
    visitor.go("/?sort=newest")
    # What has begun goes on; the picture's own page stays away.
    visitor.page.evaluate("() => { window.fetch = () => new Promise(() => {}); }")
    visitor.page.locator(GRID).first.click()
    expect(visitor.page.locator("#overlay .waiting")).to_be_visible()


def sheet_of_a_card(visitor: Visitor) -> None:
    visitor.go("/?sort=newest")
    visitor.page.locator(f"{CARDS} [href*='/actions/']").first.click(force=True)
    expect(visitor.page.locator("#sheet .reasons, #sheet .stars").first).to_be_visible()


def sheet(link: str, inside: str) -> Callable[[Visitor], None]:
    def opened(visitor: Visitor) -> None:
        picture(visitor)
        visitor.page.locator(f"main a[href*='{link}']").first.click()
        expect(visitor.page.locator(f"#sheet {inside}")).to_be_visible()

    return opened


def why_in_place(visitor: Visitor) -> None:
    visitor.go("/for-you/")
    visitor.go(visitor.page.locator(GRID).first.get_attribute("href") or "")
    visitor.page.locator(".why summary").click()
    expect(visitor.page.locator(".why .reasoning")).to_be_visible()


def why_alone(visitor: Visitor) -> None:
    visitor.go("/for-you/")
    visitor.go(f"/i/{visitor.shown()[0]}/why/")


def rated(visitor: Visitor) -> None:
    picture(visitor)
    given = visitor.page.locator(".verdict input:checked").count()
    with visitor.page.expect_response(re.compile("/rate/$")):
        visitor.page.keyboard.press("0" if given else "4")
    expect(visitor.page.locator("#toast [data-undo]")).to_be_visible()


def rated_in_vain(visitor: Visitor) -> None:
    picture(visitor)
    visitor.page.route("**/rate/", lambda route: route.abort())
    visitor.page.keyboard.press("2")
    expect(visitor.page.locator("#toast .wrong")).to_be_visible()
    expect(visitor.page.locator(".verdict input[value='2']")).not_to_be_checked()
    visitor.page.unroute("**/rate/")


def hidden(visitor: Visitor) -> None:
    picture(visitor)
    with visitor.page.expect_response(re.compile("hide/$")):
        visitor.page.keyboard.press("h")
    expect(visitor.page.locator(".hide-panel [data-undo]")).to_be_visible()


def hidden_card(visitor: Visitor) -> None:
    visitor.go("/?sort=newest")
    visitor.page.keyboard.press("ArrowRight")
    visitor.page.keyboard.press("h")
    expect(visitor.page.locator(".gone").first).to_be_visible()


def unhidden_card(visitor: Visitor) -> None:
    hidden_card(visitor)
    visitor.page.locator(".gone [data-undo]").first.click()
    expect(visitor.page.locator(".gone")).to_have_count(0)


def menu(visitor: Visitor) -> None:
    visitor.go("/")
    visitor.page.locator("[popovertarget=menu]").first.click()
    expect(visitor.page.locator("#menu")).to_be_visible()


def keys(visitor: Visitor) -> None:
    picture(visitor)
    visitor.page.keyboard.press("?")
    expect(visitor.page.locator("#help")).to_be_visible()


def suggestions(visitor: Visitor) -> None:
    visitor.go("/")
    visitor.page.locator("#q").press_sequentially("se")
    visitor.page.locator("#suggestions a").first.wait_for()
    visitor.page.keyboard.press("ArrowDown")


def search_panel(number: int) -> Callable[[Visitor], None]:
    def opened(visitor: Visitor) -> None:
        visitor.go("/search/?q=sea&colour=3f8fd2&stars=2")
        visitor.page.locator(".search-tools summary").nth(number).click()

    return opened


def next_page_that_failed(visitor: Visitor) -> None:
    visitor.page.route("**/?page=2", lambda route: route.abort())
    visitor.go("/")
    visitor.page.keyboard.press("End")
    expect(visitor.page.locator(".more.failed")).to_be_visible()
    visitor.page.unroute("**/?page=2")


def forged(visitor: Visitor) -> None:
    visitor.go("/")
    visitor.page.evaluate(FORGED)
    expect(visitor.page.locator("main h1")).to_be_visible()


def broken(visitor: Visitor) -> None:
    spoken = {one["name"]: one["value"] for one in visitor.page.context.cookies()}["django_language"]
    body = visitor.site.python(BROKEN.format(language=spoken))
    visitor.page.route(
        "**/broken/", lambda route: route.fulfill(status=500, body=body, content_type="text/html")
    )
    visitor.go("/broken/")


def filled(path: str, **fields: str) -> Callable[[Visitor], None]:
    """The form of the page, sent with these fields: what the site says to it."""

    def sent(visitor: Visitor) -> None:
        visitor.go(path)
        for name, value in fields.items():
            visitor.page.locator(f"main [name={name}]").fill(value)
        with visitor.page.expect_navigation():
            visitor.page.evaluate("document.querySelector('main form').submit()")

    return sent


def rating_session_without_a_rating(visitor: Visitor) -> None:
    visitor.go("/rate/")
    visitor.page.locator("[data-finish]").click()
    visitor.page.wait_for_url(re.compile("/learnt/$"))


def rating_session(visitor: Visitor) -> None:
    visitor.go("/rate/")
    visitor.page.wait_for_load_state("networkidle")  # the keys have their script
    for key in ("5", "2", "Escape"):
        visitor.page.keyboard.press(key)
    visitor.page.wait_for_url(re.compile("/learnt/$"))
    expect(visitor.page.locator(".learning")).to_have_count(0, timeout=15_000)


def shelves(visitor: Visitor) -> list[str]:
    """Tokens of the collections of whom the gallery knows: by link, private, public,
    and public under a long name."""
    return visitor.site.python(TOKENS.format(lived=LIVED)).split()


def a_private_session(visitor: Visitor) -> None:
    visitor.go("/taste/")
    visitor.page.locator("[action$='/private/'] button").last.click()
    expect(visitor.page.locator(".private-marker")).to_be_visible()


def no_private_session(visitor: Visitor) -> None:
    visitor.page.reload()
    visitor.page.locator(".private-marker button").click()
    expect(visitor.page.locator(".private-marker")).to_have_count(0)


def paused(visitor: Visitor) -> None:
    """And one genre muted; a second time both are as they were."""
    visitor.go("/taste/")
    for address, button in (("/genre/", "#mute-sea"), ("/pause/", "#pause")):
        with visitor.page.expect_response(re.compile(f"{address}$")):
            visitor.page.locator(button).click()


def packed(visitor: Visitor) -> None:
    visitor.go("/account/download/")
    expect(visitor.page.locator("main a[href='/account/download/file/']")).to_be_visible()


def a_new_password(visitor: Visitor) -> None:
    visitor.go(f"/accounts/password/reset/key/{visitor.site.python(RESET.format(lived=LIVED))}/")
    expect(visitor.page.locator("main [name=password1]")).to_be_visible()


def too_many_tries(visitor: Visitor) -> None:
    visitor.go("/account/delete/")
    with visitor.page.expect_navigation():
        visitor.page.evaluate(TIRESOME)


ANYBODY: list[State] = [
    *pages("/", "/search/?q=sea", "/search/?q=nothing+of+the+kind", "/genre/sea/", "/collections/"),
    *pages("/accounts/signup/", "/accounts/login/"),
    *pages("/accounts/password/reset/", "/accounts/password/reset/done/"),
    *pages("/accounts/password/reset/key/1-nonsense/", "/accounts/password/reset/key/done/"),
    *pages("/no/such/page/", "/offline/", "/?page=x"),
    ("a picture", picture),
    ("similar pictures", lambda visitor: picture(visitor, "similar/")),
    ("what a stranger can do with a card", sheet_of_a_card),
    ("menu", menu),
    ("suggestions", suggestions),
    ("filters of a search", search_panel(0)),
    ("search by a picture", search_panel(1)),
    ("order of a search", search_panel(2)),
    ("a wrong password", filled("/accounts/login/", login="nobody", password="wrong")),
    ("a bad name and password", filled("/accounts/signup/", username="a b", email="x", password1="short")),
    ("a bad address", filled("/accounts/password/reset/", email="x")),
    ("a new password by a link", a_new_password),
    ("a shared link", lambda visitor: visitor.go(f"/c/{shelves(visitor)[0]}/")),
    ("the next page failed", next_page_that_failed),
    ("a form without its token", forged),
    ("something broke", broken),
]
FIRST_DAY: list[State] = [
    *pages("/", "/for-you/", "/favourites/", "/collections/", "/search/saved/", "/history/"),
    *pages("/history/ratings/", "/taste/", "/welcome/", "/account/download/", "/account/delete/"),
    *pages("/admin/", "/accounts/logout/", "/accounts/password/change/"),
    ("a collection of another member", lambda visitor: visitor.go(f"/c/{shelves(visitor)[2]}/")),
    ("a bad year of birth", filled("/welcome/", birth_year="12")),
    ("a password that is not changed", filled("/accounts/password/change/", oldpassword="x", password1="y")),
    ("nothing rated in a rating session", rating_session_without_a_rating),
    ("a wrong password for good", filled("/account/delete/", password="wrong")),
    ("too many tries", too_many_tries),
]
MEMBER: list[State] = [
    *pages("/for-you/", "/favourites/", "/collections/", "/search/saved/"),
    *pages("/history/", "/history/ratings/", "/taste/"),
    *pages("/rate/", "/taste/reset/", "/taste/reset/?genre=sea", "/account/delete/"),
    ("a download that is ready", packed),
    ("what to do with a card", sheet_of_a_card),
    ("all that can be done with it", lambda visitor: picture(visitor, "actions/")),
    ("overlay", overlay),
    ("overlay that waits", overlay_that_waits),
    ("keys", keys),
    ("a rating", rated),
    ("a rating that failed", rated_in_vain),
    ("a hidden picture", hidden),
    ("a hidden card", hidden_card),
    ("its return", unhidden_card),
    ("why, in place", why_in_place),
    ("why", why_alone),
    ("collections of a picture", sheet("/collect/", ".collect")),
    ("collect", lambda visitor: picture(visitor, "collect/")),
    ("a report", sheet("/report/", ".report")),
    ("report", lambda visitor: picture(visitor, "report/")),
    ("keep a search", search_panel(2)),
    ("a collection", lambda visitor: visitor.go(f"/c/{shelves(visitor)[2]}/")),
    ("an empty collection", lambda visitor: visitor.go(f"/c/{shelves(visitor)[1]}/")),
    ("editing a collection", lambda visitor: visitor.go(f"/c/{shelves(visitor)[0]}/arrange/")),
    ("a long title", long_titled()),
    ("a report about a long title", long_titled("report/")),
    ("a collection of a long name", lambda visitor: visitor.go(f"/c/{shelves(visitor)[3]}/")),
    ("editing one", lambda visitor: visitor.go(f"/c/{shelves(visitor)[3]}/arrange/")),
    ("what a rating session taught", rating_session),
    ("a private session", a_private_session),
    ("the end of it", no_private_session),
    ("learning paused", paused),
    ("learning", paused),
]
SMALL: list[State] = pages("/", "/for-you/", "/search/?q=sea", "/genre/sea/", "/rate/", "/welcome/")


def people(site: Installation, new: str, password: str) -> None:
    """Gives one of the demo's people a past, and makes a member on the first day."""
    site.python(PEOPLE.format(lived=LIVED, new=new, password=password, long=LONG))


def leave(site: Installation, count: int) -> None:
    """Only so many public pictures; all of them again with `restore`."""
    site.python(FEW.format(count=count))


def restore(site: Installation) -> None:
    site.python(ALL)
