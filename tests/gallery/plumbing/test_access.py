import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from gallery.plumbing.access import same_site

pytestmark = pytest.mark.django_db
REQUEST = RequestFactory().get("/", headers={"host": "testserver"})


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https://evil.example/", "javascript:alert(1)", "\\\\evil.example", "http:///evil.example",
     "http://testserver//evil.example", "http://testserver/\\evil.example", "/\\evil.example",
     "data:text/html,x", ""],
)  # fmt: skip
def test_only_addresses_of_this_site_are_gone_back_to(address):
    assert same_site(REQUEST, address) is None


def test_an_address_of_this_site_keeps_its_query():
    assert same_site(REQUEST, "http://testserver/search/?q=sea&page=2") == "/search/?q=sea&page=2"


@given(st.text(alphabet="/\\:evil.@?#%&= ht\tp", max_size=30))
def test_whatever_comes_the_way_back_begins_with_one_slash(text):
    for address in (text, f"http://testserver{text}", f"http://testserver/{text}"):
        back = same_site(REQUEST, address)
        assert back is None or (back.startswith("/") and not back.startswith(("//", "/\\")))


def test_a_page_for_somebody_signed_in_is_kept_by_no_cache(client):
    from tests.factories import person

    client.force_login(person())
    assert client.get("/")["Cache-Control"] == "private, no-store"
    assert client.get("/accounts/password/change/")["Cache-Control"].find("no-store") >= 0


@pytest.mark.parametrize("path", ["/favourites/", "/for-you/", "/taste/", "/welcome/"])
def test_a_stranger_signs_in_and_comes_back(client, path):
    assert client.get(path)["Location"] == f"/accounts/login/?next={path.replace('/', '%2F')}"


def test_every_page_holds_the_strict_policy(client):
    policy = client.get("/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert b" style=" not in client.get("/").content
