from pathlib import Path

import pytest

from gallery.ingest import store
from gallery.models import Image
from tests.factories import image, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def stored(**more) -> Image:
    picture = image(**more)
    for extension in ("webp", "jpg"):
        path = store.rendition_folder(picture.sha256) / f"320.{extension}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(extension.encode())
    return picture


def test_a_public_picture_is_kept_by_every_cache(client, django_assert_num_queries):
    picture = stored()
    with django_assert_num_queries(1):
        answer = client.get(f"/media/{picture.public_id}/320.webp")
    assert answer.content == b"webp"
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]
    assert "Cookie" not in answer.get("Vary", "")


def test_a_picture_runs_nothing(client):
    answer = client.get(f"/media/{stored().public_id}/320.jpg")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("inline")


def test_a_private_picture_is_for_its_owner_and_no_cache(client):
    owner = person()
    address = f"/media/{stored(visibility=Image.Visibility.PRIVATE, uploaded_by=owner).public_id}/320.webp"
    assert client.get(address).status_code == 404
    client.force_login(owner)
    assert client.get(address)["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("name", ["321.webp", "320.gif", "0.webp", "640.webp", "320.webp/x", "..%2f320.webp"])
def test_what_is_not_there_is_not_found(client, name):
    assert client.get(f"/media/{stored().public_id}/{name}").status_code == 404


def test_the_path_stays_below_the_media_root(settings):
    assert Path(settings.MEDIA_ROOT) in store.rendition_folder("ab" * 32).parents
