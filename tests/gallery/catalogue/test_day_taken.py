"""The day of a picture is that of the camera: on its page, in the search, in the admin, after an update."""

from datetime import UTC, date, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse

from gallery.catalogue.bulk import run_import
from gallery.models import Image, Listing
from gallery.search.forms import Query
from gallery.search.query import find_images
from tests.factories import image, person, staff
from tests.gallery.admin_people import client_of
from tests.gallery.ingest.blocks import described, exif, text, xmp
from tests.gallery.ingest.pictures import jpeg

pytestmark = pytest.mark.django_db
fill = import_module("gallery.migrations.0006_day_taken").fill
DAYS = [
    ("2024:05:01 08:15:00", "+09:00", date(2024, 5, 1)),
    ("2023:12:31 20:30:00", "-08:00", date(2023, 12, 31)),
    ("2024:05:01 08:15:00", "", date(2024, 5, 1)),
    ("2024:05:01 23:59:59", "+14:00", date(2024, 5, 1)),
]


def photograph(stamp, offset):
    shot = [text(0x9003, stamp), text(0x9011, offset)] if offset else [text(0x9003, stamp)]
    return described("JPEG", exif(shot=shot), picture=jpeg(64, 48))


@pytest.fixture
def imported(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"

    def bring(data: bytes) -> Image:
        (tmp_path / "sea").mkdir(exist_ok=True)
        (tmp_path / "sea" / "one.jpg").write_bytes(data)
        run_import(tmp_path / "sea")
        return Image.objects.get()

    return bring


def found(day):
    return find_images(Query(since=day, until=day), person()).count()


@pytest.mark.parametrize(("stamp", "offset", "day"), DAYS)
def test_the_day_of_the_camera_is_shown_and_found(imported, client, stamp, offset, day):
    picture = imported(photograph(stamp, offset))
    assert (picture.taken_on, found(day)) == (day, 1)
    assert f'<time datetime="{day}">' in client.get(picture.get_absolute_url()).text
    assert found(date(2024, 4, 30)) == found(date(2024, 1, 1)) == 0


def test_the_instant_is_kept_beside_it(imported):
    picture = imported(photograph(*DAYS[0][:2]))
    assert picture.taken_at == datetime(2024, 4, 30, 23, 15, tzinfo=UTC)


def test_a_day_without_a_time_is_a_day_without_an_instant(imported, client):
    packet = xmp("<photoshop:DateCreated>2017-06-05</photoshop:DateCreated>")
    picture = imported(described("JPEG", xmp=packet, picture=jpeg(64, 48)))
    assert (picture.taken_on, picture.taken_at, found(date(2017, 6, 5))) == (date(2017, 6, 5), None, 1)
    assert '<time datetime="2017-06-05">' in client.get(picture.get_absolute_url()).text


def as_before(picture, taken_at):
    """The rows as before the migration that added the day."""
    Image.objects.filter(pk=picture.pk).update(taken_on=None, taken_at=taken_at)
    Listing.objects.filter(pk=picture.pk).update(day=(taken_at or picture.published_at).date())


@pytest.mark.parametrize(("stamp", "offset", "day"), DAYS)
def test_an_update_asks_the_original_for_the_day(imported, stamp, offset, day):
    picture = imported(photograph(stamp, offset))
    as_before(picture, picture.taken_at)
    fill(apps, None)
    assert Image.objects.get().taken_on == Listing.objects.get().day == day


def test_an_update_finds_days_that_were_passed_over(imported):
    picture = imported(described("JPEG", exif(text(0x0132, "2017:06:05 10:11:12")), picture=jpeg(64, 48)))
    as_before(picture, None)
    fill(apps, None)
    assert Image.objects.get().taken_on == Listing.objects.get().day == date(2017, 6, 5)


def test_an_update_lets_a_curators_time_stand(imported):
    picture = imported(photograph(*DAYS[0][:2]))
    as_before(picture, datetime(1999, 1, 2, 3, tzinfo=UTC))
    fill(apps, None)
    assert Image.objects.get().taken_on == Listing.objects.get().day == date(1999, 1, 2)


def test_an_update_does_without_originals(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    image("dated", taken_at=datetime(2020, 5, 6, 7, tzinfo=UTC))
    image("undated")
    fill(apps, None)
    assert dict(Image.objects.values_list("title", "taken_on")) == {
        "dated": date(2020, 5, 6),
        "undated": None,
    }


def test_a_curator_corrects_the_day(imported, client):
    picture = imported(photograph(*DAYS[0][:2]))
    chief, page = client_of(staff()), reverse("admin:gallery_image_change", args=[picture.pk])
    form = chief.get(page).context["adminform"].form
    sent = {name: value for name, value in form.initial.items() if value is not None}
    sent |= {
        "taken_on": "2001-02-03",
        "published_at_0": "2024-06-01",
        "published_at_1": "12:00:00",
        "keywords": [],
    }
    answer = chief.post(page, sent)
    assert answer.status_code == 302, answer.context["errors"]
    picture.refresh_from_db()
    assert (picture.taken_on, picture.taken_at, found(date(2001, 2, 3))) == (date(2001, 2, 3), None, 1)
