"""A user with ten thousand favourites, views and ratings: no page is longer, slower or needs more queries."""

import io
import secrets
import zipfile
from datetime import timedelta
from time import monotonic

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery.browse.paging import LAST_PAGE
from gallery.models import Favourite, Image, Rating, View
from tests.factories import NOON, genre, image, person

pytestmark = pytest.mark.django_db
MANY = 10_000
SOON = 1.0  # seconds for a page, the fastest of a few: a shared machine may stop for a while
KEPT = {"favourites": 40, "history": 60, "history/ratings": 60}  # things on a page


@pytest.fixture
def collector(client, settings, tmp_path):
    """Each image is a favourite, viewed and rated, a minute after the previous one."""
    settings.DATA_DIR = tmp_path
    one, sea, who = image("Pattern"), genre("sea"), person("collector")
    fields = {
        field.attname: getattr(one, field.attname)
        for field in Image._meta.concrete_fields
        if not field.primary_key
    }
    made = [
        Image(**fields | {"genre_id": sea.pk, "public_id": f"p{number}", "sha256": secrets.token_hex(32)})
        for number in range(MANY)
    ]
    images = Image.objects.bulk_create(made)
    times = [NOON + timedelta(minutes=number) for number in range(MANY)]
    both = list(zip(images, times, strict=True))
    Favourite.objects.bulk_create(Favourite(user=who, image=each, at=at) for each, at in both)
    View.objects.bulk_create(View(user=who, image=each, at=at, source="feed") for each, at in both)
    Rating.objects.bulk_create(
        Rating(user=who, image=each, value=4, created_at=at, updated_at=at) for each, at in both
    )
    with connection.cursor() as cursor:
        # PostgreSQL does so by itself within a minute of such a growth, and guesses before
        cursor.execute("ANALYZE")
    client.force_login(who)
    return who


def asked(client, path):
    """The HTML of a page, the number of its queries, and its time in seconds."""
    began = monotonic()
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode(), len(queries), monotonic() - began


def test_ten_thousand_of_everything(client, collector):
    for kept, length in KEPT.items():
        asked(client, f"/{kept}/")  # what is made once is made
        first, few, _ = asked(client, f"/{kept}/")
        last = [asked(client, f"/{kept}/?page={MANY // length}") for _ in range(3)]
        deep, queries, _ = last[0]
        assert queries <= few
        assert min(seconds for _, _, seconds in last) < SOON
        assert "/i/p9999/" in first
        assert "/i/p9999/" not in deep
        assert deep.count('href="/i/p') == first.count('href="/i/p')
    assert client.get(f"/favourites/?page={LAST_PAGE + 1}").status_code == 400

    packed = b"".join(client.post("/account/download/").streaming_content)
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        for table in ("favourite", "view", "rating"):
            assert len(files.read(f"imagerec/{table}.csv").splitlines()) == MANY + 1
