"""The session and the user of a page are those that Django would load."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from gallery.plumbing.sessions import SessionStore
from tests.factories import person

pytestmark = pytest.mark.django_db


def test_each_store_reads_what_the_other_wrote():
    for writer, reader in ((db.SessionStore, SessionStore), (SessionStore, db.SessionStore)):
        session = writer()
        session["seen"] = 3
        session.save()
        assert reader(session.session_key)["seen"] == 3


def test_a_session_that_ran_out_or_was_made_up_is_empty_and_its_key_is_not_used():
    session = SessionStore()
    session["seen"] = 3
    session.save()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    for key in (session.session_key, "of-my-own-making", "", None):
        found = SessionStore(key)
        assert found.get("seen") is None
        assert found.session_key is None


@pytest.mark.parametrize(
    "backend", ["gallery.plumbing.sessions.Backend", "django.contrib.auth.backends.ModelBackend"]
)
def test_whoever_is_signed_in_is_known_until_they_are_shut_out(client, backend):
    mina = person()
    client.force_login(mina, backend=backend)
    assert mina.username in client.get("/favourites/").content.decode()
    User.objects.filter(pk=mina.pk).update(is_active=False)
    assert client.get("/favourites/").status_code == 302


def test_a_changed_password_signs_out_everywhere(client):
    mina = person()
    client.force_login(mina)
    mina.set_password("another long password")
    mina.save()
    assert client.get("/favourites/").status_code == 302


def test_what_pages_do_not_ask_is_there_when_it_is_asked_for(client):
    mina = person()
    User.objects.filter(pk=mina.pk).update(email="mina@example.org")
    client.force_login(mina)
    found = client.get("/favourites/").wsgi_request.user
    assert (found.is_staff, found.is_superuser, found.is_active) == (False, False, True)
    assert found.email == "mina@example.org"
    assert found.date_joined == mina.date_joined


def test_people_sign_in_by_name_or_address(client):
    User.objects.create_user("mina", "mina@example.org", "a long password")
    for login in ("mina", "mina@example.org"):
        client.post("/accounts/login/", {"login": login, "password": "a long password"})
        assert client.get("/favourites/").status_code == 200
        client.logout()
    client.post("/accounts/login/", {"login": "mina", "password": "a wrong password"})
    assert client.get("/favourites/").status_code == 302
