import re

import pytest
from django.contrib.auth import get_user_model
from django.core import mail

from tests.factories import image, person

pytestmark = pytest.mark.django_db


def test_signing_up_leads_to_the_welcome(client):
    image()
    answer = client.post("/accounts/signup/", {"username": "mina", "password1": "grey-heron-at-dusk"})
    assert (answer.status_code, answer["Location"]) == (302, "/welcome/")
    assert get_user_model().objects.get().username == "mina"


def test_a_form_that_is_wrong_says_why_beside_the_field(client):
    html = client.post("/accounts/signup/", {"username": "mina", "password1": "123"}).content.decode()
    assert "data-wrong" in html
    assert "errorlist" in html


def test_signing_in_leads_back(client):
    person("mina")
    data = {"login": "mina", "password": "mina-password", "next": "/search/?q=sea"}
    assert client.post("/accounts/login/", data)["Location"] == "/search/?q=sea"


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(client, next):
    person("mina")
    answer = client.post("/accounts/login/", {"login": "mina", "password": "mina-password", "next": next})
    assert answer["Location"] == "/for-you/"


def test_a_lost_password_is_replaced_by_mail(client):
    person("mina")
    client.post("/accounts/password/reset/", {"email": "mina@example.org"})
    address = re.search(r"https?://\S+?(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]
    page = client.get(address, follow=True)
    form = page.redirect_chain[-1][0]
    client.post(form, {"password1": "grey-heron-at-dusk", "password2": "grey-heron-at-dusk"})
    assert client.login(username="mina", password="grey-heron-at-dusk")


def test_an_unknown_address_is_answered_alike(client):
    person("mina")
    known = client.post("/accounts/password/reset/", {"email": "mina@example.org"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_nobody_is_signed_out_by_a_link(client):
    client.force_login(person())
    assert client.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in client.session
