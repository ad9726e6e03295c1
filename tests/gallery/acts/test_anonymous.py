"""Ratings and favourites of anonymous visitors are kept until they have an account, and for no other user."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from gallery.acts import anonymous
from gallery.models import Favourite, Image, Rating, RatingChange
from gallery.plumbing import rate_limits
from tests.factories import image, person

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/search/?q=sea"}
NEWCOMER = {"username": "mina", "password1": "grey-heron-at-dusk"}


def say(client, picture, action="rate", **data):
    return client.post(
        f"/i/{picture.public_id}/{action}/", {"value": "4", "on": "1", "from": "search"} | data
    )


def sign_up(client, **data):
    return client.post("/accounts/signup/", NEWCOMER | data, follow=True)


def sign_in(client, name="mina", **data):
    return client.post(
        "/accounts/login/", {"login": name, "password": f"{name}-password"} | data, follow=True
    )


def ratings():
    return list(Rating.objects.order_by("pk").values_list("user__username", "image__title", "value"))


def test_a_rating_leads_to_an_account_and_back_to_the_picture(client):
    picture = image("Lighthouse")
    answer = say(client, picture)
    address = urlsplit(answer["Location"])
    back = f"/i/{picture.public_id}/?from=search"
    assert (answer.status_code, address.path, parse_qs(address.query)["next"]) == (
        302,
        "/accounts/signup/",
        [back],
    )
    assert not Rating.objects.exists()
    page = client.get(answer["Location"]).content.decode()
    assert "Create an account to keep this rating" in page
    assert "You gave “Lighthouse” 4 of 5." in page
    before = client.session.session_key
    answer = sign_up(client, next=back)
    assert answer.redirect_chain[-1][0] == back
    assert client.session.session_key != before
    assert "Your rating of “Lighthouse” is kept." in answer.content.decode()
    assert ratings() == [("mina", "Lighthouse", 4)]
    assert RatingChange.objects.get().source == "search"


def test_so_it_does_with_script(client):
    picture = image()
    answer = client.post(f"/i/{picture.public_id}/rate/", {"value": "4"}, headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"].split("?")[0]) == (401, "/accounts/signup/")
    sign_up(client)
    assert Rating.objects.get().value == 4


def test_who_has_an_account_signs_in_instead(client):
    person("mina")
    page = client.get(say(client, image("Lighthouse"))["Location"]).content.decode()
    assert 'href="/accounts/login/?next=' in page
    assert "Sign in to keep this rating" in client.get("/accounts/login/").content.decode()
    sign_in(client)
    assert ratings() == [("mina", "Lighthouse", 4)]


def test_a_heart_is_kept_too(client):
    picture = image("Lighthouse")
    page = client.get(say(client, picture, "favourite")["Location"]).content.decode()
    assert "Create an account to keep this favourite" in page
    answer = sign_up(client, next=picture.get_absolute_url())
    assert "“Lighthouse” is among your favourites now." in answer.content.decode()
    assert Favourite.objects.get().image == picture
    assert Image.objects.get().favourite_count == 1


def test_a_picture_that_was_not_spoken_about_says_nothing(client):
    assert "to keep this" not in client.get("/accounts/signup/").content.decode()
    assert "to keep this" not in client.get("/accounts/login/").content.decode()


def test_the_last_word_about_a_picture_counts(client):
    first, second = image("first"), image("second")
    for picture, value in ((first, "1"), (second, "3"), (first, "5"), (second, "")):
        say(client, picture, value=value)
    sign_up(client)
    assert ratings() == [("mina", "first", 5)]


def test_a_heart_that_was_taken_back_is_not_written(client):
    picture = image()
    say(client, picture, "favourite")
    say(client, picture, "favourite", on="0")
    sign_up(client)
    assert not Favourite.objects.exists()


def test_several_are_told_in_one_sentence(client):
    for _ in range(3):
        say(client, image())
    assert "3 things are kept" in client.get("/accounts/signup/").content.decode()
    answer = sign_up(client, next="/")
    assert "What you said about 3 pictures is kept." in answer.content.decode()


def test_a_session_holds_no_more_than_the_last(client, monkeypatch):
    monkeypatch.setattr(anonymous, "MAX_MARKS", 2)
    for number in range(3):
        say(client, image(f"number {number}"))
    assert len(client.session[anonymous.SESSION_KEY]) == 2
    sign_up(client)
    assert [title for _, title, _ in ratings()] == ["number 1", "number 2"]


@pytest.mark.parametrize(
    ("action", "data"), [("rate", {"value": "6"}), ("rate", {"value": "x"}), ("favourite", {"on": "2"})]
)
def test_nonsense_is_refused_and_not_kept(client, action, data):
    assert say(client, image(), action, **data).status_code == 400
    assert anonymous.SESSION_KEY not in client.session


@pytest.mark.parametrize("action", ["rate", "favourite"])
def test_what_strangers_do_not_see_is_not_kept(client, action):
    hidden = image(visibility="hidden")
    assert say(client, hidden, action).status_code == 404
    assert client.post(f"/i/22222222222/{action}/", {"value": "4", "on": "1"}).status_code == 404
    assert anonymous.SESSION_KEY not in client.session


def test_what_was_hidden_meanwhile_is_left_out(client):
    gone, there = image("gone"), image("there")
    say(client, there), say(client, gone)
    Image.objects.filter(pk=gone.pk).update(visibility="hidden")
    assert "gone" not in client.get("/accounts/signup/").content.decode()
    sign_up(client)
    assert ratings() == [("mina", "there", 4)]


def test_an_hour_later_it_is_forgotten(client, monkeypatch):
    say(client, image())
    monkeypatch.setattr(anonymous, "LIFETIME", timedelta(0))
    assert "to keep this" not in client.get("/accounts/signup/").content.decode()
    sign_up(client)
    assert not Rating.objects.exists()


def test_it_is_written_once_and_for_one_person(client):
    person("mina"), person("theo")
    picture = image()
    say(client, picture)
    sign_in(client)
    say(client, picture, value="2")  # signed in by now
    client.post("/accounts/logout/")
    sign_in(client, "theo")
    assert [row[::2] for row in ratings()] == [("mina", 2)]


def test_another_browser_knows_nothing_of_it(client):
    person("mina")
    say(client, image())
    sign_in(Client())
    assert not Rating.objects.exists()


def test_somebody_else_at_the_browser_can_have_it_forgotten(client):
    person("theo")
    say(client, image())
    answer = client.post("/said/forget/", headers={"referer": "http://testserver/accounts/login/?next=/"})
    assert answer["Location"] == "/accounts/login/?next=/"
    sign_in(client, "theo")
    assert not Rating.objects.exists()


def test_a_wrong_password_does_not_lose_it(client):
    person("mina")
    say(client, image())
    client.post("/accounts/login/", {"login": "mina", "password": "wrong"})
    sign_in(client)
    assert Rating.objects.count() == 1


def test_an_earlier_rating_of_ones_own_is_changed_and_remembered(client):
    mina, picture = person("mina"), image()
    own = Client()
    own.force_login(mina)
    say(own, picture, value="1")
    say(client, picture, value="5")
    sign_in(client)
    assert [row[::2] for row in ratings()] == [("mina", 5)]
    assert list(RatingChange.objects.order_by("pk").values_list("old", "new")) == [(None, 1), (1, 5)]


def test_without_its_token_nothing_is_kept():
    strict = Client(enforce_csrf_checks=True)
    assert say(strict, image()).status_code == 403
    assert strict.post("/said/forget/").status_code == 403
    assert anonymous.SESSION_KEY not in strict.session


def test_no_stranger_fills_the_table_of_sessions(client, monkeypatch):
    monkeypatch.setattr(rate_limits, "allowed", lambda *_: False)
    assert say(client, image()).status_code == 429
    assert anonymous.SESSION_KEY not in client.session
