"""Several images at once: one request, one undo, one learn job."""

import re

import pytest

from gallery.acts import events
from gallery.collections import services as collections
from gallery.models import Collection, Favourite, Hide, Image, Job, Rating, RatingChange
from tests.factories import NOON, image, person
from tests.html import squeezed

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/search/?q=sea"}


@pytest.fixture
def mina(client):
    mina = person("mina")
    client.force_login(mina)
    return mina


def pictures(count=3):
    return [image(f"wave {number}") for number in range(count)]


def words(images):
    return " ".join(picture.public_id for picture in images)


def say(client, what, images, **data):
    return client.post(f"/selection/{what}/", {"images": images, **data}, headers=HTMX)


def undo_of(answer):
    """The address of the undo in the message, and its data."""
    html = answer.content.decode()
    *_cards, (action, form) = re.findall(
        r'<form method="post" action="(\S+)" data-selection>(.*?)</form>', html, re.DOTALL
    )
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    return action, {**fields, "undo": "1"}


def undo(client, answer):
    address, fields = undo_of(answer)
    return client.post(address, fields, headers=HTMX)


def values():
    return dict(Rating.objects.values_list("image__title", "value"))


def sums():
    return list(Image.objects.order_by("title").values_list("rating_count", "rating_sum"))


def test_all_are_rated_and_one_undo_gives_each_what_it_had(client, mina):
    waves = pictures()
    events.rate(mina, waves[1].public_id, 2, "feed", NOON)
    answer = say(client, "rate", words(waves), value="4", **{"from": "search"})
    html = answer.content.decode()
    assert "3 pictures rated 4 of 5." in html
    assert all(f'id="stars-card-{wave.public_id}"' in html for wave in waves)
    assert values() == {"wave 0": 4, "wave 1": 4, "wave 2": 4}
    assert RatingChange.objects.latest("pk").source == "search"
    assert sums() == [(1, 4)] * 3
    undo(client, answer)
    assert values() == {"wave 1": 2}
    assert sums() == [(0, 0), (1, 2), (0, 0)]
    assert RatingChange.objects.count() == 7


def test_there_is_one_thing_to_learn_however_many_were_rated(
    client, mina, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as after:
        say(client, "rate", words(pictures(5)), value="5")
    assert len(after) == 1
    assert Job.objects.get(kind="learn", key=str(mina.pk)).generation == 1


def test_rating_many_asks_the_database_no_more_often_than_rating_few(
    client, mina, django_assert_max_num_queries
):
    many = words(pictures(40))
    with django_assert_max_num_queries(25):
        assert say(client, "rate", many, value="3").status_code == 200


def test_favourites_come_and_go_together(client, mina):
    waves = pictures()
    events.set_favourite(mina, waves[0].public_id, True, NOON)
    answer = say(client, "favourite", words(waves), on="1")
    assert "2 pictures added to your favourites." in answer.content.decode()
    assert undo_of(answer)[1]["images"].split() == [wave.public_id for wave in waves[1:]]
    assert "2 pictures taken out" in undo(client, answer).content.decode()
    assert Favourite.objects.get().image == waves[0]
    assert list(Image.objects.order_by("pk").values_list("favourite_count", flat=True)) == [1, 0, 0]


def test_what_is_hidden_goes_in_place_and_comes_back_together(client, mina):
    waves = pictures()
    events.hide(mina, waves[0].public_id, "quality", NOON)
    answer = say(client, "hide", words(waves))
    html = answer.content.decode()
    assert html.count('class="gone"') == 2
    assert f'<li class="card r-150" id="card-{waves[1].public_id}">' in html
    assert Hide.objects.count() == 3
    assert Hide.objects.get(image=waves[0]).reason == "quality"
    back = undo(client, answer).content.decode()
    assert back.count('class="card-link"') == 2
    assert "Back again." in back
    assert Hide.objects.get().image == waves[0]


def test_a_selection_goes_into_a_collection_in_its_order_and_out_again(client, mina):
    waves = pictures()
    shelf = collections.create(mina, "Seas", NOON)
    collections.add_to_collection(mina, shelf.token, waves[0].public_id, NOON)
    assert "Seas" in client.get("/selection/collections/", headers=HTMX).content.decode()
    answer = say(client, "collect", words(reversed(waves)), collection=shelf.token)
    assert "2 pictures added to “Seas”." in answer.content.decode()
    assert [one.title for one in collections.images_of(shelf, mina)] == ["wave 0", "wave 2", "wave 1"]
    undo(client, answer)
    assert [one.title for one in collections.images_of(shelf, mina)] == ["wave 0"]


def test_a_collection_made_for_a_selection_goes_with_its_undo(client, mina):
    answer = say(client, "collect", words(pictures()), name="Dunes")
    assert Collection.objects.get().items.count() == 3
    undo(client, answer)
    assert not Collection.objects.exists()


def test_no_collection_is_left_of_pictures_that_are_not_there(client, mina):
    assert say(client, "collect", "22222222222", name="Dunes").status_code == 404
    assert not Collection.objects.exists()


def shelf_of(owner, images):
    shelf = collections.create(owner, "Seas", NOON)
    collections.add_each_to_collection(owner, shelf.token, [picture.public_id for picture in images], NOON)
    return shelf


def titles(shelf, person):
    return [one.title for one in collections.images_of(shelf, person)]


def test_a_selection_is_taken_out_of_its_collection_and_put_back_where_it_was(client, mina):
    waves = pictures(5)
    shelf = shelf_of(mina, waves)
    collections.set_cover(mina, shelf.token, waves[1].public_id)
    answer = say(client, "take-out", words([waves[3], waves[1]]), collection=shelf.token)
    html = answer.content.decode()
    assert "2 pictures taken out of “Seas”." in html
    assert html.count('class="gone"') == 2
    assert titles(shelf, mina) == ["wave 0", "wave 2", "wave 4"]
    back = undo(client, answer).content.decode()
    assert back.count('class="card-link"') == 2
    assert "Back in the collection." in back
    assert titles(shelf, mina) == [f"wave {number}" for number in range(5)]


def test_each_picture_that_was_taken_out_can_be_put_back_alone(client, mina):
    waves = pictures(4)
    shelf = shelf_of(mina, waves)
    html = say(client, "take-out", words(waves[:3]), collection=shelf.token).content.decode()
    assert f'name="images" value="{waves[1].public_id}:2"' in html
    say(client, "put-back", f"{waves[1].public_id}:2", collection=shelf.token)
    say(client, "put-back", f"{waves[1].public_id}:2", collection=shelf.token)
    assert titles(shelf, mina) == ["wave 1", "wave 3"]


def test_what_was_not_in_the_collection_is_not_taken_out(client, mina):
    waves = pictures(2)
    shelf = shelf_of(mina, waves[:1])
    html = say(client, "take-out", words(waves[1:]), collection=shelf.token).content.decode()
    assert "Nothing changed" in html
    assert "data-undo" not in html
    assert titles(shelf, mina) == ["wave 0"]


def test_only_the_owner_is_offered_to_take_pictures_out(client, mina):
    shelf = shelf_of(mina, pictures())
    collections.edit(mina, shelf.token, "Seas", "", "public", NOON)
    assert "/selection/take-out/" in client.get(f"/c/{shelf.token}/").content.decode()
    assert "/selection/take-out/" not in client.get("/").content.decode()
    client.force_login(person())
    assert "/selection/take-out/" not in client.get(f"/c/{shelf.token}/").content.decode()


def test_nobody_puts_anything_into_another_persons_collection(client, mina):
    theirs = collections.create(person(), "Theirs", NOON)
    wave = image("wave").public_id
    for what in ("collect", "uncollect", "take-out", "put-back"):
        asked = f"{wave}:1" if what == "put-back" else wave
        assert say(client, what, asked, collection=theirs.token).status_code == 404


@pytest.mark.parametrize(
    ("what", "more"), [("rate", {"value": "4"}), ("favourite", {"on": "1"}), ("hide", {})]
)
def test_what_is_not_there_or_anothers_is_left_out(client, mina, what, more):
    wave, hers = image("wave"), image("hers", visibility="private", uploaded_by=person())
    answer = say(client, what, f"22222222222 {hers.public_id} {wave.public_id}", **more)
    assert answer.status_code == 200
    assert hers.public_id not in answer.content.decode()
    assert say(client, what, f"22222222222 {hers.public_id}", **more).status_code == 404


@pytest.mark.parametrize(
    ("what", "data", "sentence"),
    [
        ("rate", {"images": "a", "value": "6"}, "A rating is a whole number from 1 to 5."),
        ("rate", {"images": "a:9", "value": "4"}, "A rating is a whole number from 1 to 5."),
        ("rate", {"images": "a"}, "A rating is a whole number from 1 to 5."),
        ("rate", {"images": " ", "value": "4"}, "Choose from 1 to 200 pictures at a time."),
        ("hide", {"images": " ".join(map(str, range(201)))}, "Choose from 1 to 200 pictures at a time."),
        ("favourite", {"images": "a", "on": "2"}, "on (1) or off (0)"),
        ("collect", {"images": "a", "name": " "}, "A collection has a name of 1 to 80 characters."),
        ("put-back", {"images": "a:x", "collection": "b"}, "A place in a collection is a whole number."),
        ("put-back", {"images": "a:-1", "collection": "b"}, "A place in a collection is a whole number."),
    ],
)
def test_a_bad_value_is_refused_in_words(client, mina, what, data, sentence):
    answer = client.post(f"/selection/{what}/", data, headers=HTMX)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_a_private_session_records_nothing_and_a_stranger_signs_in_first(client, mina):
    wave = image("wave")
    client.post("/taste/private/", {"on": "1"})
    assert "private session" in say(client, "rate", wave.public_id, value="4").content.decode()
    client.logout()
    answer = say(client, "rate", wave.public_id, value="4")
    assert (answer.status_code, answer["HX-Redirect"]) == (
        401,
        "/accounts/login/?next=%2Fsearch%2F%3Fq%3Dsea",
    )
    assert not Rating.objects.exists()


def test_where_there_is_no_collection_yet_its_name_can_be_typed_at_once(client, mina):
    html = client.get("/selection/collections/", headers=HTMX).content.decode()
    assert "required autofocus" in squeezed(html)
    collections.create(mina, "Seas", NOON)
    assert "autofocus" not in client.get("/selection/collections/", headers=HTMX).content.decode()
