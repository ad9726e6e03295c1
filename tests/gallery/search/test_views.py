"""Filters, orders, suggestions, searches by a picture, and saved searches."""

from datetime import date, timedelta
from importlib import import_module

import numpy as np
import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.dispatch import Signal
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gallery.acts import events
from gallery.ingest.descriptor import DIMENSIONS
from gallery.models import Image, Listing, SavedSearch
from gallery.search import by_picture, colours, index
from gallery.search import query as search
from gallery.search.forms import Query
from gallery.search.suggestions import suggestions
from tests.factories import NOON, image, person
from tests.gallery.ingest.pictures import jpeg

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


def indexed(title, **more):
    picture = image(title, **more)
    index.index_images([picture.pk])
    return picture


def titles(user=NOBODY, **query):
    found = search.find_images(Query(**query), user).ids(0, 50)
    held = Image.objects.in_bulk(found)
    return [held[pk].title for pk in found]


def look(*places):
    row = np.zeros(DIMENSIONS, np.float16)
    row[list(places)] = 1 / np.sqrt(len(places))
    return row.tobytes()


def test_a_listing_follows_its_image():
    picture = image(rating_count=4, rating_sum=18)
    assert Listing.objects.get(pk=picture.pk).mean == 4.5
    Image.objects.filter(pk=picture.pk).update(visibility="hidden")
    index.index_images([picture.pk])
    assert Listing.objects.get(pk=picture.pk).visibility == "hidden"


def test_a_listing_that_is_out_of_date_shows_nothing_that_may_not_be_seen(client):
    picture = indexed("secret boat")
    Image.objects.filter(pk=picture.pk).update(visibility="private")
    assert b"secret boat" not in client.get("/search/?q=boat").content.split(b"<main")[1]


def test_a_rating_moves_the_order_at_once():
    image("one"), image("two")
    events.rate(person(), Image.objects.get(title="two").public_id, 5, "search", NOON)
    assert titles(sort="best") == ["two", "one"]


def test_a_search_by_stars_finds_what_three_people_rated():
    """With fewer raters, a user could find another user's rating by trying one star after the other."""
    picture, written = image("two"), image("in bulk", rating_count=2, rating_sum=10)
    index.index_images([written.pk])
    for _ in range(3):
        assert titles(stars=1) == titles(stars=5) == []
        events.rate(person(), picture.public_id, 5, "search", NOON)
    assert titles(stars=5) == ["two"]


def test_an_update_takes_back_what_was_kept_of_fewer_than_three():
    few, enough = image(rating_count=2, rating_sum=9), image(rating_count=3, rating_sum=12)
    Listing.objects.filter(pk=few.pk).update(mean=4.5)
    import_module("gallery.migrations.0009_means_of_three").forget(apps, None)
    assert dict(Listing.objects.values_list("pk", "mean")) == {few.pk: 0.0, enough.pk: 4.0}


def test_days_are_those_taken_or_else_published():
    image("old", taken_at=NOON - timedelta(days=400))
    image("new")
    assert titles(since=date(2026, 1, 1)) == ["new"]
    assert titles(until=date(2026, 1, 1)) == ["old"]


def test_what_i_saw_or_rated_is_left_out_or_kept():
    mina, seen = person(), image("seen")
    image("fresh")
    events.record_view(mina, seen.public_id, "search", NOON)
    events.rate(mina, seen.public_id, 4, "search", NOON)
    assert titles(mina, unseen=True) == titles(mina, unrated=True) == ["fresh"]
    assert titles(mina, rated=True) == ["seen"]


def test_ones_own_private_pictures_are_found_among_the_others():
    owner = person()
    image("mine", visibility="private", uploaded_by=owner)
    image("public")
    assert set(titles(owner)) == {"mine", "public"}
    assert titles(person()) == ["public"]


def test_the_nearest_colour_comes_first():
    indexed("blue", palette=["#2b4c9b"])
    indexed("nearly", palette=["#ffffff", "#2f53a5"])
    indexed("red", palette=["#c62828"])
    assert titles(colour="2b4c9b") == ["blue", "nearly"]


@given(st.tuples(*[st.integers(0, 255)] * 3), st.tuples(*[st.integers(-6, 6)] * 3))
def test_what_looks_alike_lies_in_the_cells_around(colour, step):
    other = [min(max(c + s, 0), 255) for c, s in zip(colour, step, strict=True)]
    ours, theirs = (colours.lab_of("{:02x}{:02x}{:02x}".format(*one)) for one in (colour, other))
    if np.linalg.norm(np.subtract(ours, theirs)) <= colours.COLOUR_RADIUS:
        assert colours.cell(theirs) in colours.cells_near(ours, colours.COLOUR_RADIUS)


def test_more_like_this_one_leaves_it_out(client):
    first = image("first", descriptor=look(0, 1))
    image("far", descriptor=look(0, 1, 2, 3, 4))
    image("near", descriptor=look(0))
    image("quite another", descriptor=look(9))
    html = client.get(f"/search/?like={first.public_id}").content.decode().split("<main")[1]
    assert html.index("near") < html.index("far")
    assert f"/i/{first.public_id}/" not in html
    assert "quite another" not in html
    hidden = image("hidden", visibility="hidden", descriptor=look(0))
    assert client.get(f"/search/?like={hidden.public_id}").status_code == 404


@settings(max_examples=20)
@given(arrays(np.float32, DIMENSIONS, elements=st.floats(-1, 1, width=32)))
def test_a_look_survives_its_address(row):
    if np.linalg.norm(row) < 0.1:
        return
    row = row / np.linalg.norm(row)
    back = np.frombuffer(
        by_picture.from_address(by_picture.to_address(row.astype(np.float16).tobytes())), np.float16
    )
    assert float(back @ row) / float(np.linalg.norm(row) * np.linalg.norm(back)) > 0.99


@pytest.mark.parametrize(
    "query", ["look=x", "look=" + "A" * 216, "like=nothing", "colour=red", "stars=6", "since=soon"]
)
def test_what_cannot_be_is_said_in_words(client, query):
    assert client.get(f"/search/?{query}").status_code in {400, 404}


@pytest.mark.parametrize("text", ["sea", "바다", "Sea", "se"])
def test_suggestions_name_genre_keyword_and_title(text):
    picture = indexed("Seal on a rock", genre_slug="sea", keywords=("seaweed",))
    picture.genre.name_ko = "바다"
    picture.genre.save()
    assert suggestions(text, NOBODY)[0].kind == "genre"
    assert {one.kind for one in suggestions("sea", NOBODY)} >= {"genre", "title"}


def test_words_of_private_pictures_are_not_suggested():
    indexed("sealed letter", keywords=("seaside",), visibility="private")
    assert suggestions("sea", NOBODY) == []
    assert suggestions("", NOBODY) == suggestions("%", NOBODY) == []


def test_suggestions_are_a_list_for_the_box(client):
    indexed("Seal", keywords=("<b>",))
    html = client.get("/search/suggest/?q=sea").content.decode()
    assert html.count('role="option"') == 2
    assert "<b>" not in client.get("/search/suggest/?q=%3Cb").content.decode()


def test_a_search_is_kept_found_again_and_deleted(client):
    mina = person()
    client.force_login(mina)
    kept = client.post(
        "/search/save/", {"name": "Blue seas", "query": "q=sea&colour=2b4c9b&page=3"}, follow=True
    )
    assert "The search is kept as “Blue seas”." in kept.content.decode()
    assert SavedSearch.objects.get().query == "q=sea&colour=2b4c9b"
    assert client.post("/search/save/", {"name": "Blue seas", "query": "q=x"}).status_code == 400
    assert "Blue seas" in client.get("/search/saved/").content.decode()
    number = SavedSearch.objects.get().pk
    client.force_login(person())
    assert client.post(f"/search/saved/{number}/delete/").status_code == 404
    client.force_login(mina)
    deleted = client.post(f"/search/saved/{number}/delete/", follow=True)
    assert "The search is deleted." in deleted.content.decode()
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"name": "", "query": "q=a"},
        {"name": "a", "query": "sort=rank"},
        {"name": "a", "query": "q=" + "a" * 101},
    ],
)
def test_what_is_no_search_is_not_kept(client, said):
    client.force_login(person())
    assert client.post("/search/save/", said).status_code == 400


def test_a_picture_is_compared_and_not_kept(client, media):
    answer = client.post("/search/picture/", {"picture": SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg")})
    assert answer["Location"].startswith("/search/?look=")
    assert not list(media.rglob("*.jpg"))
    assert client.get(answer["Location"]).status_code == 200
    assert not Image.objects.exists()


def test_a_file_that_is_no_picture_is_refused_in_a_sentence(client):
    answer = client.post(
        "/search/picture/", {"picture": SimpleUploadedFile("a.jpg", b"<html>", "image/jpeg")}
    )
    assert "This is not a JPEG, PNG, WebP, GIF or AVIF picture." in answer.content.decode()
    assert client.post("/search/picture/").status_code == 400


def test_too_many_pictures_are_too_many(client, monkeypatch):
    from gallery.search import views

    monkeypatch.setattr(views, "PICTURE_SEARCHES", 0)
    asked = [client.post("/search/picture/", {"picture": SimpleUploadedFile("a.jpg", b"")}) for _ in range(2)]
    assert asked[1].status_code == 429


def test_for_me_is_the_order_that_somebody_offers(monkeypatch):
    first, second = image("first"), image("second", trending=1.0)
    image("other", trending=0.5)
    monkeypatch.setattr(search, "personal_order_requested", Signal())

    def offer(user, **_):
        return [second.pk, first.pk, 999_999]

    search.personal_order_requested.connect(offer)
    mina = person()
    assert titles(mina, sort="for-me") == ["second", "first", "other"]
    found = search.find_images(Query(sort="for-me"), mina)
    assert found.ids(1, 3) == found.ids(0, 3)[1:]
