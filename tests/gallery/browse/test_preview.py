"""What other sites, crawlers and browsers get from the address of a page alone."""

import io
import re
from datetime import timedelta
from html import unescape
from urllib.robotparser import RobotFileParser

import pytest
from django.utils import timezone
from PIL import Image as Pillow

from gallery.collections import services as collections
from gallery.ingest.renditions import sizes
from gallery.models import Image
from tests.factories import NOON, image, person, staff
from tests.gallery.admin_people import client_of

pytestmark = pytest.mark.django_db
TAG = re.compile(r'<meta (?:property|name)="((?:og|twitter):[a-z:_]+)" content="([^"]*)">')
SITE = "https://photos.example"


@pytest.fixture(autouse=True)
def site_url(settings):
    settings.SITE_URL = SITE


def tags(client, address):
    head = client.get(address).content.decode().split("</head>")[0]
    said = {name: unescape(content) for name, content in TAG.findall(head)}
    canonical = re.search(r'<link rel="canonical" href="([^"]*)">', head)
    return said | ({"canonical": canonical[1]} if canonical else {})


def picture_of(width, height, **more):
    widths = [size[0] for size in sizes(width, height)]
    return image("“Dune” & <sea>", width=width, height=height, rendition_widths=widths, **more)


def test_a_public_picture_is_shown_where_its_address_is_passed_on(client):
    dune = picture_of(3000, 2000, credit="Mina", alt_text="A dune by the sea")
    said = tags(client, f"/i/{dune.public_id}/?from=search")
    assert said["canonical"] == said["og:url"] == f"{SITE}/i/{dune.public_id}/"
    assert said["og:title"] == said["twitter:title"] == "“Dune” & <sea>"
    assert said["og:description"] == "A dune by the sea · Sea · Mina"
    assert said["og:image"] == said["twitter:image"] == f"{SITE}/media/{dune.public_id}/1280.jpg"
    assert (said["og:image:width"], said["og:image:height"]) == ("1280", "853")
    assert said["twitter:card"] == "summary_large_image"


@pytest.mark.parametrize(
    "size", [(3000, 2000), (2000, 3000), (100, 60), (800, 12000), (8000, 1000), (1281, 1281)]
)
def test_the_size_told_is_that_of_the_file(client, size):
    public_id = picture_of(*size).public_id
    said = tags(client, f"/i/{public_id}/")
    told = int(said["og:image:width"]), int(said["og:image:height"])
    assert told in sizes(*size)
    assert f"/{told[0]}.jpg" in said["og:image"]
    assert max(told) <= 1280 or told == sizes(*size)[0]


def test_the_picture_can_be_fetched_by_a_stranger(client, media):
    """As a site that shows the preview does, with a stored file."""
    dune = picture_of(640, 400)
    path = media / "renditions" / dune.sha256[:2] / dune.sha256 / "640.jpg"
    path.parent.mkdir(parents=True)
    Pillow.new("RGB", (640, 400)).save(path)
    answer = client.get(tags(client, dune.get_absolute_url())["og:image"].removeprefix(SITE))
    assert Pillow.open(io.BytesIO(answer.content), formats=["JPEG"]).size == (640, 400)
    assert "public" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "more",
    [
        {"visibility": "hidden"},
        {"visibility": "private"},
        {"published_at": timezone.now() + timedelta(days=9)},
    ],
)
def test_what_is_not_for_everybody_is_not_passed_on(client, more):
    mina = person()
    hidden = image("Gossip", uploaded_by=mina, **more)
    for who in (staff(), mina):
        answer = client_of(who).get(hidden.get_absolute_url())
        assert answer.status_code == 404 or not tags(client_of(who), hidden.get_absolute_url())
    assert client.get(hidden.get_absolute_url()).status_code == 404


def test_a_picture_without_files_is_named_without_them(client):
    said = tags(client, image("Dune", rendition_widths=[]).get_absolute_url())
    assert said["og:title"] == "Dune"
    assert "og:image" not in said


def test_a_picture_that_was_made_in_other_sizes_is_told_by_its_shape(client):
    said = tags(client, image("Dune", width=600, height=900, rendition_widths=[200, 333]).get_absolute_url())
    assert (said["og:image:width"], said["og:image:height"]) == ("333", "500")


@pytest.fixture
def shelf():
    """A collection with a cover that only its owner may see, and with a public image."""
    mina = person("mina")
    found = collections.create(mina, "By the sea", NOON)
    secret, dune = picture_of(900, 600, visibility="private", uploaded_by=mina), picture_of(800, 600)
    collections.add_each_to_collection(mina, found.token, [secret.public_id, dune.public_id], NOON)
    collections.set_cover(mina, found.token, secret.public_id)
    return found, secret, dune


def share(shelf, sharing, description=""):
    return collections.edit(shelf.owner, shelf.token, shelf.name, description, sharing, NOON)


@pytest.mark.parametrize("sharing", ["link", "public"])
def test_a_shared_collection_shows_what_a_stranger_sees_of_it(client, shelf, sharing):
    found, secret, dune = share(shelf[0], sharing), *shelf[1:]
    for who in (client, client_of(found.owner)):
        said = tags(who, found.get_absolute_url())
        assert said["canonical"] == said["og:url"] == f"{SITE}{found.get_absolute_url()}"
        assert said["og:title"] == "By the sea"
        assert said["og:description"] == "by mina · 1 picture"
        assert said["og:image"] == f"{SITE}/media/{dune.public_id}/800.jpg"
        assert secret.public_id not in str(said)
    share(found, sharing, "Dunes\nand waves")
    assert tags(client, found.get_absolute_url())["og:description"] == "Dunes and waves"


def test_a_collection_of_ones_own_is_not_passed_on(shelf):
    assert not tags(client_of(shelf[0].owner), shelf[0].get_absolute_url())


def test_a_collection_in_which_a_stranger_sees_nothing_has_no_picture(client, shelf):
    Image.objects.filter(pk=shelf[2].pk).update(visibility="hidden")
    said = tags(client, share(shelf[0], "public").get_absolute_url())
    assert said["og:description"] == "by mina · 0 pictures"
    assert "og:image" not in said


def test_robots_are_shown_the_pictures_and_not_what_is_somebodys_own(client):
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    rules = RobotFileParser()
    rules.parse(answer.content.decode().splitlines())
    for path in (
        "/",
        "/genre/sea/",
        "/i/abc/",
        "/c/token/",
        "/collections/",
        "/media/abc/640.jpg",
        "/static/x.css",
    ):
        assert rules.can_fetch("*", path), path
    for path in (
        *(
            "/admin/",
            "/accounts/login/",
            "/accounts/signup/",
            "/for-you/",
            "/taste/",
            "/taste/reset/",
            "/rate/",
        ),
        *(
            "/favourites/",
            "/history/",
            "/history/ratings/",
            "/welcome/",
            "/account/download/",
            "/search/?q=sea",
        ),
    ):
        assert not rules.can_fetch("*", path), path


def test_the_icon_lies_where_everybody_looks_for_it(client):
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/x-icon")
    icon = Pillow.open(io.BytesIO(answer.content), formats=["ICO"])
    assert {(16, 16), (32, 32), (48, 48)} <= icon.info["sizes"]
    head = client.get("/").content.decode().split("</head>")[0]
    assert 'rel="icon" href="/favicon.ico"' in head
    assert "favicon.svg" in head
