"""Every address of the site with input that databases do not accept: the response is a sentence, never an
error page of the site.

Here with the database of the tests; `tests/test_on_postgres.py` uses PostgreSQL, the strictest.
"""

import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, get_resolver

from gallery.models import Collection
from tests.factories import NOON, image, staff

pytestmark = pytest.mark.django_db

NUL = "a\0b"
HUGE = [str(2**31), "9" * 30]
# Names of fields that views, the admin and allauth read; each address is asked with all of them at once.
FIELDS = (
    *(
        "image",
        "images",
        "collection",
        "chosen",
        "on",
        "value",
        "reason",
        "note",
        "name",
        "query",
        "key",
        "day",
    ),
    *(
        "genre",
        "stance",
        "place",
        "from",
        "move",
        "view",
        "page",
        "cursor",
        "q",
        "sort",
        "folder",
        "theme",
        "like",
    ),
    *(
        "discovery",
        "everything",
        "uploads",
        "password",
        "login",
        "username",
        "email",
        "next",
        "language",
        "id",
    ),
    *(
        "birth_year",
        "gender",
        "region",
        "genres",
        "_selected_action",
        "action",
        "e",
        "p",
        "_changelist_filters",
    ),
    *(
        "stars",
        "look",
        "since",
        "colour",
        "object_id",
        "app_label",
        "model_name",
        "field_name",
        "term",
        "description",
    ),
)
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


def patterns(resolver, before=""):
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        yield from [route] if isinstance(one, URLPattern) else patterns(one, route)


ROUTES = sorted(
    {route for route in patterns(get_resolver()) if not route.startswith(("accounts/logout", "i18n/"))}
)


def address(route, word, number):
    def part(found):
        kind = found[1] or ("str" if found[2] else "regex")
        return {"int": number, "uuid": str(uuid.UUID(int=1))}.get(kind, word)

    path = PARAMETER.sub(part, route)
    return "/" + re.sub(r"[\^$?\\]|\(.*?\)", "", path)


@pytest.fixture
def asked():
    """Asks as a curator, who is let in everywhere; gives the statuses, by the address."""
    person = staff()
    picture = image()
    Collection.objects.create(owner=person, name="Boats", token="boats", created_at=NOON, changed_at=NOON)
    client = Client(raise_request_exception=False)

    def ask(path, data=None, query=""):
        client.force_login(person)
        address = path.replace("\0", "%00") + query
        return client.get(address).status_code if data is None else client.post(address, data).status_code

    ask.picture = picture
    return ask


def test_all_addresses_are_found():
    assert len(ROUTES) > 100
    assert address("i/<slug:public_id>/rate/", "x", "1") == "/i/x/rate/"


@pytest.mark.parametrize("route", ROUTES)
def test_a_nul_is_refused_wherever_text_is_taken(asked, route):
    path = address(route, "a", "1")
    assert asked(path, query="?q=a%00b") == 400
    assert asked(path, query="?a%00b=1") == 400
    assert asked(path, data={"images": ["a", NUL]}) == 400
    assert asked(path, data={NUL: "x"}) == 400
    if NUL in (worded := address(route, NUL, "1")):
        assert asked(worded) == 400


@pytest.mark.parametrize("route", ROUTES)
def test_a_number_that_no_database_holds_breaks_nothing(asked, route):
    for number in HUGE:
        path = address(route, number, number)
        fields = dict.fromkeys(FIELDS, number)
        everywhere = "&".join(f"{name}={number}" for name in FIELDS)
        for query in (f"?{everywhere}", f"?id__exact={number}", f"?genre__id__exact={number}"):
            assert asked(path, query=query) < 500, (path, query)
        assert asked(path, fields) < 500, path
        assert asked(address(route, asked.picture.public_id, number), fields) < 500, path


def test_a_file_may_hold_what_it_likes(client):
    answer = client.post("/search/picture/", {"picture": SimpleUploadedFile("a.jpg", b"\0\0 no picture")})
    assert "This is not a JPEG" in answer.content.decode()


def test_the_refusal_is_a_sentence_in_the_language_of_the_page(client):
    assert "Null characters are not allowed." in client.get("/search/?q=%00").content.decode()
    korean = client.get("/search/?q=%00", headers={"Accept-Language": "ko"})
    assert "null 문자는 사용할 수 없습니다." in korean.content.decode()


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "django_language", "device", "theme"])
def test_a_cookie_with_a_nul_is_none(client, name):
    client.cookies[name] = "a\0b"
    assert client.get("/history/").status_code == 302
    client.cookies[name] = "a\0b"
    assert client.post("/accounts/logout/").status_code == 302
