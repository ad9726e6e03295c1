import re

import pytest

from gallery.models import Favourite, Hide, Image, Rating, RatingChange
from tests.factories import image, person
from tests.html import squeezed

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/search/?q=sea"}
BAD = ["0", "6", "-1", "4.5", "NaN", "inf", "5 ", " 5", "+5", "٣", "５", "five", "9" * 400, "true"]


@pytest.fixture
def mina(client):
    mina = person("mina")
    client.force_login(mina)
    return mina


def rate(client, picture, **data):
    return client.post(
        f"/i/{picture.public_id}/rate/", data, headers={"referer": "http://testserver/search/?q=sea"}
    )


def test_a_rating_is_kept_and_leads_back_to_the_page_it_came_from(client, mina):
    answer = rate(client, image(), value="4", **{"from": "search"})
    assert answer["Location"] == "/search/?q=sea"
    assert Rating.objects.get().value == 4
    assert RatingChange.objects.get().source == "search"


def test_an_empty_value_takes_the_rating_back(client, mina):
    picture = image()
    rate(client, picture, value="4")
    rate(client, picture, value="")
    assert not Rating.objects.exists()


@pytest.mark.parametrize("value", BAD)
def test_a_bad_value_is_refused_in_words_and_changes_nothing(client, mina, value):
    answer = rate(client, image(), value=value)
    assert answer.status_code == 400
    assert "A rating is a whole number from 1 to 5." in answer.content.decode()
    assert not Rating.objects.exists()


def test_a_missing_value_is_refused(client, mina):
    assert rate(client, image()).status_code == 400


def test_a_fragment_says_no_in_place(client, mina):
    answer = client.post(f"/i/{image().public_id}/rate/", {"value": "6"}, headers=HTMX)
    assert (answer.status_code, answer["HX-Reswap"]) == (400, "none")
    assert "hx-swap-oob" in answer.content.decode()


def test_a_fragment_shows_the_stars_and_offers_to_undo(client, mina):
    picture = image()
    client.post(f"/i/{picture.public_id}/rate/", {"value": "2"}, headers=HTMX)
    html = client.post(
        f"/i/{picture.public_id}/rate/", {"value": "5", "place": "card"}, headers=HTMX
    ).content.decode()
    assert f'id="stars-card-{picture.public_id}"' in html
    assert '<input type="hidden" name="value" value="2">' in html


def test_a_private_picture_and_none_answer_alike(client, mina):
    hers = image(visibility=Image.Visibility.PRIVATE, uploaded_by=person())
    token = re.compile(rb'(X-CSRFToken": "|csrfmiddlewaretoken" value=")\w+')
    for action, data in (("rate", {"value": "4"}), ("favourite", {"on": "1"}), ("hide", {}), ("unhide", {})):
        private = client.post(f"/i/{hers.public_id}/{action}/", data)
        missing = client.post(f"/i/22222222222/{action}/", data)
        assert (private.status_code, missing.status_code) == (404, 404)
        same = [
            token.sub(b"", answer.content.replace(hers.public_id.encode(), b"2" * 11))
            for answer in (private, missing)
        ]
        assert same[0] == same[1]


@pytest.mark.parametrize("action", ["hide", "unhide"])
def test_a_stranger_is_asked_to_sign_in_and_comes_back_to_where_they_were(client, action):
    address = f"/i/{image().public_id}/{action}/"
    headers = {"referer": "http://testserver/search/?q=sea"}
    answer = client.post(address, {"value": "4", "on": "1"}, headers=headers)
    assert answer["Location"] == "/accounts/login/?next=%2Fsearch%2F%3Fq%3Dsea"
    answer = client.post(address, {"value": "4", "on": "1"}, headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (
        401,
        "/accounts/login/?next=%2Fsearch%2F%3Fq%3Dsea",
    )
    assert not Rating.objects.exists()


@pytest.mark.parametrize("action", ["rate", "favourite", "hide", "unhide"])
def test_nothing_happens_by_looking(client, mina, action):
    assert client.get(f"/i/{image().public_id}/{action}/?value=4&on=1").status_code == 405


@pytest.mark.parametrize("action", ["rate", "favourite", "hide", "unhide"])
def test_without_its_token_nothing_is_said(mina, action):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(mina)
    assert strict.post(f"/i/{image().public_id}/{action}/", {"value": "4", "on": "1"}).status_code == 403
    assert not Rating.objects.exists()


def test_a_favourite_goes_in_and_out(client, mina):
    picture = image()
    client.post(f"/i/{picture.public_id}/favourite/", {"on": "1"})
    assert Favourite.objects.count() == 1
    client.post(f"/i/{picture.public_id}/favourite/", {"on": "0"})
    assert Favourite.objects.count() == 0


@pytest.mark.parametrize("on", ["", "2", "yes", None])
def test_a_favourite_is_on_or_off(client, mina, on):
    data = {} if on is None else {"on": on}
    assert client.post(f"/i/{image().public_id}/favourite/", data).status_code == 400


def test_hiding_leaves_a_way_back_in_place(client, mina):
    picture = image()
    html = client.post(f"/i/{picture.public_id}/hide/", {"reason": "taste", "place": "card"}, headers=HTMX)
    assert Hide.objects.get().reason == "taste"
    assert f"/i/{picture.public_id}/unhide/" in html.content.decode()
    client.post(f"/i/{picture.public_id}/unhide/", {"place": "card"}, headers=HTMX)
    assert not Hide.objects.exists()


@pytest.mark.parametrize(("place", "target"), [("card", "#card-{}"), ("page", "#hide-{}")])
def test_the_message_of_a_hide_offers_to_undo_it_where_it_was_said(client, mina, place, target):
    public_id = image().public_id
    html = squeezed(client.post(f"/i/{public_id}/hide/", {"place": place}, headers=HTMX).content.decode())
    message = html.split('<div id="toast"')[1]
    assert "data-undo" in message
    assert f'hx-post="/i/{public_id}/unhide/" hx-target="{target.format(public_id)}"' in message
    answer = client.post(f"/i/{public_id}/unhide/", {"place": place}, headers=HTMX).content.decode()
    assert "Back again." in answer
    page = client.get(f"/i/{public_id}/").content.decode()
    assert place == "card" or f'id="hide-{public_id}"' in page


def test_an_unknown_reason_is_refused(client, mina):
    assert client.post(f"/i/{image().public_id}/hide/", {"reason": "boring"}).status_code == 400
    assert not Hide.objects.exists()
