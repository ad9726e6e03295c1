import re

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.template.loader import get_template
from django.test import Client
from django.urls import include, path
from pytest_django.asserts import assertInHTML

from gallery.plumbing.errors import BadValue
from tests.factories import person

pytestmark = pytest.mark.django_db


def test_a_page_that_is_not_there_says_so(client):
    answer = client.get("/nothing/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_a_form_without_its_token_is_explained():
    answer = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})
    assert answer.status_code == 403
    assert "Once more, please" in answer.content.decode()


def test_what_broke_needs_neither_database_nor_session():
    assert "Something broke" in get_template("500.html").render()


def test_too_many_tries_to_sign_in_are_turned_away(client):
    person("mina")
    answers = [
        client.post("/accounts/login/", {"login": "mina", "password": "wrong"}).status_code for _ in range(12)
    ]
    assert answers[0] == 200
    assert "Too many" in client.post("/accounts/login/", {"login": "mina", "password": "x"}).content.decode()


FROM = "http://testserver/search/?q=sea&sort=newest"


@pytest.mark.parametrize(
    ("came_from", "back"),
    [(FROM, "/search/?q=sea&amp;sort=newest"), ("https://evil.example/", ""), ("", "")],
)
def test_what_was_refused_leads_back(client, came_from, back):
    html = client.post("/search/picture/", headers={"Referer": came_from}).content.decode()
    assertInHTML("<h1>That did not work</h1>", html)
    assertInHTML("<p>Choose a picture to search by.</p>", html)
    assert re.findall(r'href="([^"]+)"\s*>\s*Back\s*</a>', html) == ([back] if back else [])
    assert "Look around" in html


def test_an_address_that_is_refused_does_not_lead_back_to_itself(client):
    path = "/search/?sort=sideways"
    answer = client.get(path, headers={"Referer": f"http://testserver{path}"})
    assert answer.status_code == 400
    assert "Look around" in answer.content.decode()
    assert not re.search(r">\s*Back\s*</a>", answer.content.decode())


def test_a_request_that_nothing_is_known_of_is_answered_as_before():
    assert "That did not make sense" in get_template("400.html").render()


def _bad_value(request) -> HttpResponse:
    raise BadValue("This number is too large.")


def _missing(request) -> HttpResponse:
    return HttpResponse(User.objects.get(pk=0).username)


def _broken(request) -> HttpResponse:
    raise ValueError("a fault of the program")


urlpatterns = [
    path("bad/", _bad_value),
    path("missing/", _missing),
    path("broken/", _broken),
    path("", include("imagerec.urls")),
]


@pytest.mark.urls(__name__)
def test_a_bad_value_in_any_view_is_answered_with_its_sentence(client):
    page = client.get("/bad/")
    assert page.status_code == 400
    assertInHTML("<h1>That did not work</h1>", page.content.decode())
    assertInHTML("<p>This number is too large.</p>", page.content.decode())
    fragment = client.get("/bad/", headers={"HX-Request": "true"})
    assert fragment.status_code == 400
    assert fragment["HX-Reswap"] == "none"
    assert "This number is too large." in fragment.content.decode()
    assert "<html" not in fragment.content.decode()


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_an_object_that_does_not_exist_is_a_404_in_any_view(client, headers):
    assert client.get("/missing/", headers=headers).status_code == 404


@pytest.mark.urls(__name__)
def test_other_errors_stay_errors(client):
    with pytest.raises(ValueError, match="a fault of the program"):
        client.get("/broken/")
