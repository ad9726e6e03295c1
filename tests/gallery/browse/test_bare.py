"""A site without images: users who may import get a link to the import, other visitors a plain sentence."""

import pytest
from django.urls import reverse

from tests.factories import genre, image, person, staff
from tests.gallery.admin_people import client_of, staff_with

pytestmark = pytest.mark.django_db
PAGES = ("/", "/search/", "/search/?q=sea", "/genre/sea/", "/for-you/", "/rate/", "/welcome/")
IMPORT = reverse("admin:gallery_image_import_folder")


def main_of(client, address):
    """The main part of the page, without menu and dialogs, which have many links."""
    return client.get(address, follow=True).content.decode().split("<main")[1].split("</main")[0]


@pytest.fixture(autouse=True)
def a_genre():
    genre()


@pytest.mark.parametrize("address", PAGES)
def test_a_curator_is_led_to_the_import(address):
    main = main_of(client_of(staff()), address)
    assert f'href="{IMPORT}"' in main
    assert "Import photographs" in main
    assert "seen everything" not in main


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("who", [person, staff_with])
def test_who_may_not_import_gets_a_plain_sentence(address, who):
    main = main_of(client_of(who()), address)
    assert "As soon as a curator imports pictures, they appear here." in main
    assert "/admin/" not in main
    assert address == "/rate/" or "seen everything" not in main


@pytest.mark.parametrize("address", PAGES[:4])
def test_so_does_a_stranger(client, address):
    main = main_of(client, address)
    assert "As soon as a curator imports pictures, they appear here." in main
    assert "/admin/" not in main


def test_the_dashboard_leads_there_too():
    page = client_of(staff()).get(reverse("admin:index")).content.decode()
    assert page.count("Import photographs") == 1
    image()
    assert (
        "Import photographs" not in client_of(staff("another")).get(reverse("admin:index")).content.decode()
    )


def test_the_strip_of_the_feed_has_not_been_seen_whole(client):
    client.force_login(person())
    strip = client.get("/for-you/?rail=1", headers={"HX-Request": "true"}).content.decode()
    assert "seen everything" not in strip


def test_with_pictures_an_empty_list_says_what_it_said():
    image()
    client = client_of(staff())
    assert "Nothing found" in main_of(client, "/search/?q=zeppelin")
    for address in PAGES:
        assert IMPORT not in main_of(client, address)
