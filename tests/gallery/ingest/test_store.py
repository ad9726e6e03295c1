"""Files under MEDIA_ROOT, and the sweep of those without a row."""

import os
import time
from pathlib import Path

import pytest

from gallery.ingest import store
from gallery.ingest.digest import from_pixels
from gallery.models import Image
from tests.gallery.ingest.pictures import jpeg, painting

pytestmark = pytest.mark.django_db
DIGEST = "ab" + "0" * 62
DAY = 86_400


def files(media: Path) -> set[str]:
    return {path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()}


def age(media: Path, days: float) -> None:
    then = time.time() - days * DAY
    for path in media.rglob("*"):
        os.utime(path, (then, then))


def kept(media: Path) -> set[str]:
    store.store_files(DIGEST, jpeg(), from_pixels(painting()))
    return files(media)


def test_files_have_the_names_that_pages_ask_for(media):
    folder = f"renditions/ab/{DIGEST}"
    names = {f"{folder}/{width}.{kind}" for width in (320, 400) for kind in ("webp", "jpg")}
    assert kept(media) == names | {f"originals/ab/{DIGEST}.jpg"}


def test_what_an_earlier_import_left_is_replaced(media):
    left = media / "renditions" / "ab" / DIGEST
    left.mkdir(parents=True)
    (left / "999.webp").write_bytes(b"old")
    assert not any("999" in name for name in kept(media))


def test_files_without_a_row_are_swept_after_a_day(media):
    kept(media)
    age(media, 1.1)
    assert store.sweep_orphans() == 2
    assert files(media) == set()


def test_young_files_are_left_alone(media):
    before = kept(media)
    age(media, 0.9)
    assert store.sweep_orphans() == 0
    assert files(media) == before


def test_files_with_a_row_are_never_swept(media, folder):
    from gallery.catalogue.bulk import run_import

    (folder / "one.jpg").write_bytes(jpeg())
    run_import(folder)
    before = files(media)
    age(media, 400)
    assert store.sweep_orphans() == 0
    assert files(media) == before
    assert Image.objects.count() == 1


def test_drafts_are_swept_too(media):
    draft = media / "renditions" / "ab" / f"{store.DRAFT}{DIGEST}-1"
    draft.mkdir(parents=True)
    (draft / "320.webp").write_bytes(b"half")
    age(media, 2)
    assert store.sweep_orphans() == 1
    assert files(media) == set()


def test_without_media_there_is_nothing_to_sweep(media):
    assert store.sweep_orphans() == 0
