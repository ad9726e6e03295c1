"""Deletion from the history, removing the rating of an image that was hidden meanwhile, and private
sessions."""

from datetime import timedelta

import pytest

from gallery.acts import events
from gallery.models import Favourite, Hide, Image, Rating, RatingChange, View
from tests.factories import NOON, image, person, staff

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def mina(client):
    mina = person("mina")
    client.force_login(mina)
    return mina


def viewed(user, *days):
    for day in days:
        events.record_view(user, image(f"day {day}").public_id, "feed", NOON - timedelta(days=day))


def left(user):
    return sorted(view.image.title for view in View.objects.filter(user=user).select_related("image"))


def test_a_rating_is_taken_back_of_what_was_hidden_since(client, mina):
    picture = image("wave")
    events.rate(mina, picture.public_id, 5, "feed", NOON)
    Image.objects.filter(pk=picture.pk).update(visibility="hidden")
    answer = client.post(f"/i/{picture.public_id}/rate/", {"value": ""}, headers=HTMX)
    assert "Rating taken back." in answer.content.decode()
    assert not Rating.objects.exists()
    picture.refresh_from_db()
    assert (picture.rating_count, picture.rating_sum) == (0, 0)


def test_what_is_hidden_is_not_rated_anew_nor_by_others(client, mina):
    picture = image("wave")
    events.rate(mina, picture.public_id, 5, "feed", NOON)
    Image.objects.filter(pk=picture.pk).update(visibility="hidden")
    assert client.post(f"/i/{picture.public_id}/rate/", {"value": "1"}).status_code == 404
    client.force_login(person("neighbour"))
    assert client.post(f"/i/{picture.public_id}/rate/", {"value": ""}).status_code == 404


def test_the_history_names_what_may_be_seen(client, mina):
    viewed(mina, 0)
    events.record_view(mina, image("gone").public_id, "feed", NOON)
    Image.objects.filter(title="gone").update(visibility="hidden")
    html = client.get("/history/").content.decode()
    assert "day 0" in html
    assert "gone" not in html.split("<main")[1].replace('class="gone"', "")
    assert "not shown any more" in html


def test_one_entry_a_day_or_everything_is_removed(client, mina):
    viewed(mina, 0, 1, 2, 3)
    one = View.objects.get(image__title="day 3")
    assert client.post("/history/forget/", {"view": one.pk}, headers=HTMX).status_code == 200
    assert left(mina) == ["day 0", "day 1", "day 2"]
    client.post("/history/forget/", {"day": "2026-05-31"})
    assert left(mina) == ["day 0", "day 2"]
    client.post("/history/forget/", {"everything": "1"})
    assert left(mina) == []
    assert set(Image.objects.values_list("view_count", flat=True)) == {0}


def test_only_ones_own_history_is_removed(client, mina):
    other = person("other")
    viewed(other, 0)
    client.post("/history/forget/", {"view": View.objects.get().pk})
    client.post("/history/forget/", {"everything": "1"})
    client.force_login(staff())
    client.post("/history/forget/", {"day": "2026-06-01"})
    assert left(other) == ["day 0"]


@pytest.mark.parametrize(
    "said", [{}, {"day": "yesterday"}, {"view": "x"}, {"view": "٣"}, {"everything": "yes"}]
)
def test_what_says_nothing_removes_nothing(client, mina, said):
    viewed(mina, 0)
    assert client.post("/history/forget/", said).status_code == 400
    assert left(mina) == ["day 0"]


def test_removal_is_posted_by_those_who_are_signed_in(client):
    assert client.get("/history/")["Location"].startswith("/accounts/login/")
    client.force_login(person())
    assert client.get("/history/forget/").status_code == 405


def test_a_taste_is_forgotten_of_some_images_and_the_sums_follow(mina):
    sea, city = image("sea"), image("city", genre_slug="city")
    for picture in (sea, city):
        events.record_view(mina, picture.public_id, "feed", NOON)
        events.rate(mina, picture.public_id, 4, "feed", NOON)
        events.set_favourite(mina, picture.public_id, True, NOON)
        events.hide(mina, picture.public_id, "taste", NOON)
    events.forget_taste(mina, Image.objects.filter(genre=sea.genre))
    for model in (View, Rating, RatingChange, Hide):
        assert model.objects.get().image == city
    sea.refresh_from_db()
    assert (sea.view_count, sea.rating_count, sea.favourite_count) == (0, 0, 1)
    assert Favourite.objects.count() == 2


def test_in_a_private_session_nothing_is_recorded(client, mina):
    picture = image("wave")
    client.post("/taste/private/", {"on": "1"})
    assert "nothing is recorded" in client.get(f"/i/{picture.public_id}/").content.decode()
    refused = client.post(f"/i/{picture.public_id}/rate/", {"value": "5"}, headers=HTMX)
    assert "private session" in refused.content.decode()
    for what, said in (("favourite", {"on": "1"}), ("hide", {"reason": ""}), ("unhide", {})):
        assert client.post(f"/i/{picture.public_id}/{what}/", said).status_code == 400
    assert not any(model.objects.exists() for model in (View, Rating, Favourite, Hide))
    client.post("/taste/private/", {"on": "0"})
    client.get(f"/i/{picture.public_id}/")
    assert View.objects.count() == 1


def test_what_was_removed_is_said(client, mina):
    viewed(mina, 0, 1, 2)
    for said in ({"view": View.objects.first().pk}, {"day": "2026-05-31"}, {"everything": "1"}):
        assert (
            "Removed from the history." in client.post("/history/forget/", said, follow=True).content.decode()
        )
    viewed(mina, 3)
    answer = client.post("/history/forget/", {"view": View.objects.get().pk}, headers=HTMX).content.decode()
    assert "Removed from the history." in answer
    assert 'id="toast" hx-swap-oob' in answer
    assert "Removed from the history." not in client.get("/history/").content.decode()
