import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from gallery.collections import services as collections
from gallery.models import Collection, Follow, Image
from tests.factories import NOON, image, person, staff
from tests.gallery.admin_people import client_of, staff_with

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def owner():
    return person("owner")


@pytest.fixture
def shelf(owner):
    """A private collection of three images: wave, dune, and a private image of the owner."""
    made = collections.create(owner, "Winter seas", NOON)
    for picture in (image("wave"), image("dune"), image("secret", visibility="private", uploaded_by=owner)):
        collections.add_to_collection(owner, made.token, picture.public_id, NOON)
    return made


def shared(shelf, sharing):
    return collections.edit(shelf.owner, shelf.token, shelf.name, "", sharing, NOON)


def titles(shelf, user):
    return [found.title for found in collections.images_of(shelf, user)]


def address(shelf, what=""):
    return f"/c/{shelf.token}/{what}"


def test_the_owner_makes_one_from_a_picture(client, owner):
    picture = image("wave")
    client.force_login(owner)
    answer = client.post("/collections/new/", {"name": "Seas", "image": picture.public_id}, headers=HTMX)
    assert 'aria-pressed="true"' in answer.content.decode()
    assert titles(Collection.objects.get(), owner) == ["wave"]


def test_twice_is_once(owner, shelf):
    wave = Image.objects.get(title="wave")
    assert not collections.add_to_collection(owner, shelf.token, wave.public_id, NOON)
    assert titles(shelf, owner) == ["wave", "dune", "secret"]


@pytest.mark.parametrize(
    ("sharing", "neighbour", "stranger"), [("private", 404, 404), ("link", 200, 200), ("public", 200, 200)]
)
def test_who_may_open_it(client, shelf, sharing, neighbour, stranger):
    shelf = shared(shelf, sharing)
    assert client.get(address(shelf)).status_code == stranger
    for other in (person("neighbour"), staff()):
        client.force_login(other)
        assert client.get(address(shelf)).status_code == neighbour
    client.force_login(shelf.owner)
    assert client.get(address(shelf)).status_code == 200


def test_a_private_picture_of_a_shared_collection_is_shown_to_those_who_may_see_it(client, shelf):
    shelf = shared(shelf, "public")
    assert "secret" not in client.get(address(shelf)).content.decode()
    assert titles(shelf, person("neighbour")) == ["wave", "dune"]
    assert titles(shelf, shelf.owner) == titles(shelf, staff()) == ["wave", "dune", "secret"]


def test_a_private_cover_is_shown_to_nobody_else(shelf):
    secret = Image.objects.get(title="secret")
    collections.set_cover(shelf.owner, shelf.token, secret.public_id)
    shelf.refresh_from_db()
    assert collections.covers([shelf], shelf.owner)[shelf.pk] == (secret, 3)
    cover, count = collections.covers([shelf], person("neighbour"))[shelf.pk]
    assert (cover.title, count) == ("wave", 2)


def test_only_public_ones_are_listed(client, shelf):
    for sharing, listed in (("link", False), ("public", True)):
        shared(shelf, sharing)
        assert ("Winter seas" in client.get("/collections/").content.decode()) is listed


def test_an_ended_sharing_ends_the_link_and_its_followers(client, shelf):
    old, neighbour = shared(shelf, "link"), person("neighbour")
    collections.follow(neighbour, old.token, True, NOON)
    shared(old, "private")
    again = shared(Collection.objects.get(), "link")
    assert client.get(f"/c/{old.token}/").status_code == 404 or again.token == old.token
    assert again.token != shelf.token
    assert not Follow.objects.exists()


def test_its_owner_finds_it_where_it_was_before(client, shelf):
    """In another tab, or after going back."""
    client.force_login(shelf.owner)
    old = shared(shelf, "link").token
    client.post(f"/c/{old}/edit/", {"name": "Private", "sharing": "private"})
    assert "Private" in client.get(f"/c/{old}/arrange/").content.decode()
    answer = client.post(f"/c/{old}/edit/", {"name": "From the other tab", "sharing": "private"})
    assert answer.status_code == 302
    shelf.refresh_from_db()
    assert shelf.name == "From the other tab"


def test_all_of_ones_own_are_listed(client, owner):
    for number in range(70):
        collections.create(owner, f"Shelf {number}", NOON)
    client.force_login(owner)
    html = client.get("/collections/").content.decode()
    assert all(f"Shelf {number}" in html for number in range(70))


def test_followed_ones_stand_with_ones_own(client, shelf):
    neighbour = person("neighbour")
    client.force_login(neighbour)
    shelf = shared(shelf, "link")
    assert client.post(address(shelf, "follow/"), {"on": "1"}).status_code == 302
    assert "I follow" in client.get("/collections/").content.decode()
    client.post(address(shelf, "follow/"), {"on": "0"})
    assert "I follow" not in client.get("/collections/").content.decode()


@pytest.mark.parametrize("what", ["edit/", "order/", "cover/", "put/", "delete/", "follow/"])
def test_what_changes_is_posted_by_those_who_may(client, shelf, what):
    said = {"name": "Mine", "sharing": "public", "on": "1", "image": Image.objects.first().public_id}
    assert client.get(address(shelf, what)).status_code == 405
    assert "/login/" in client.post(address(shelf, what), said)["Location"]
    for other in (person("neighbour"), staff()):
        client.force_login(other)
        assert client.post(address(shelf, what), said).status_code == 404
    assert Collection.objects.get().name == "Winter seas"


def test_a_picture_moves_with_the_arrows(client, shelf):
    client.force_login(shelf.owner)
    dune = Image.objects.get(title="dune")
    client.post(address(shelf, "order/"), {"move": f"up:{dune.public_id}"})
    assert titles(shelf, shelf.owner) == ["dune", "wave", "secret"]
    client.post(address(shelf, "order/"), {"move": f"up:{dune.public_id}"})
    assert titles(shelf, shelf.owner) == ["dune", "wave", "secret"]


def test_a_new_order_keeps_what_it_does_not_name(shelf):
    order = {found.title: found.public_id for found in Image.objects.all()}
    collections.arrange(shelf.owner, shelf.token, [order["dune"], "nothing", order["wave"], order["dune"]])
    assert sorted(titles(shelf, shelf.owner)) == ["dune", "secret", "wave"]
    assert titles(shelf, shelf.owner)[-1] == "secret"


def test_what_is_not_visible_any_more_can_be_taken_out(client, shelf):
    wave = Image.objects.get(title="wave")
    Image.objects.filter(pk=wave.pk).update(visibility="hidden")
    client.force_login(shelf.owner)
    client.post(address(shelf, "put/"), {"image": wave.public_id, "on": "0", "place": "arrange"})
    assert shelf.items.count() == 2


def test_a_picture_that_one_may_not_see_does_not_go_in(client, owner, shelf):
    hidden = image("hidden", visibility="hidden")
    client.force_login(owner)
    assert client.post(address(shelf, "put/"), {"image": hidden.public_id, "on": "1"}).status_code == 404


@pytest.mark.parametrize("name", ["", "  ", "a" * 81, "a\0b"])
def test_a_name_that_is_none_is_refused(client, owner, name):
    client.force_login(owner)
    assert client.post("/collections/new/", {"name": name}).status_code == 400


def test_deleted_the_pictures_stay(client, shelf):
    client.force_login(shelf.owner)
    assert (
        "The collection is deleted." in client.post(address(shelf, "delete/"), follow=True).content.decode()
    )
    assert (Collection.objects.count(), Image.objects.count()) == (0, 3)


def test_a_curator_sees_what_is_shared_and_can_close_it(shelf):
    curator = client_of(staff_with("gallery.view_collection", "gallery.change_image"))
    listed = reverse("admin:gallery_collection_changelist")
    assert "Winter seas" not in curator.get(listed).text
    token = shared(shelf, "public").token
    assert "Winter seas" in curator.get(listed).text
    curator.post(listed, {"action": "make_private", "_selected_action": [shelf.pk]})
    shelf.refresh_from_db()
    assert shelf.sharing == Collection.Sharing.PRIVATE
    assert shelf.token != token
    assert LogEntry.objects.get().object_repr == "Winter seas"


def test_a_cover_is_chosen_without_losing_ones_place(client, shelf):
    client.force_login(shelf.owner)
    dune = Image.objects.get(title="dune").public_id
    assert client.post(address(shelf, "cover/"), {"image": dune})["Location"] == address(
        shelf, f"arrange/#item-{dune}"
    )


def test_taken_out_of_a_long_list_the_neighbour_is_shown(client, shelf):
    client.force_login(shelf.owner)
    ids = dict(Image.objects.values_list("title", "public_id"))

    def place(title):
        said = {"image": ids[title], "on": "0", "place": "arrange"}
        return client.post(address(shelf, "put/"), said)["Location"].removeprefix(address(shelf, "arrange/"))

    assert place("wave") == f"#item-{ids['dune']}"
    assert place("wave") == "#order-title"
    assert place("secret") == f"#item-{ids['dune']}"
    assert place("dune") == "#order-title"


@pytest.mark.parametrize(
    ("what", "said", "sentence"),
    [
        ("edit/", {"name": "Seas", "sharing": "private"}, "The collection is saved."),
        ("put/", {"on": "0", "place": "arrange"}, "Taken out of the collection."),
    ],
)
def test_what_was_done_on_the_page_of_a_collection_is_said_once(client, shelf, what, said, sentence):
    client.force_login(shelf.owner)
    said = {"image": Image.objects.get(title="dune").public_id, **said}
    assert sentence in client.post(address(shelf, what), said, follow=True).content.decode()
    assert sentence not in client.get(address(shelf, "arrange/")).content.decode()
