import pytest
from django.template.loader import get_template
from django.test import Client

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
    answers = [client.post("/accounts/login/", {"login": "mina", "password": "wrong"}).status_code for _ in range(12)]
    assert answers[0] == 200
    assert "Too many" in client.post("/accounts/login/", {"login": "mina", "password": "x"}).content.decode()
