"""The import of folders: which files are imported, once, with all their renditions."""

import hashlib
import os
import unicodedata
from pathlib import Path

import pytest

from gallery.catalogue import bulk
from gallery.catalogue.bulk import ImportProgress, read_unchanged, run_import, title_of
from gallery.ingest import store
from gallery.ingest.errors import Refused
from gallery.models import Genre, Image, Keyword, SearchToken
from tests.gallery.ingest.pictures import bad_files, geotagged, jpeg

pytestmark = pytest.mark.django_db


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def files_of(media: Path, image: Image) -> list[Path]:
    shelf = media / "renditions" / image.sha256[:2] / image.sha256
    return [
        media / image.file.name,
        *(shelf / f"{width}.{kind}" for width in image.rendition_widths for kind in ("webp", "jpg")),
    ]


def counts(report: ImportProgress) -> tuple[int, int, int]:
    return report.added, report.known, len(report.refused)


def test_a_picture_comes_in_with_all_of_its_files(media, folder):
    data = jpeg(800, 500, exif=geotagged())
    put(folder / "sea" / "harbour_007.jpg", data)
    assert counts(run_import(folder)) == (1, 0, 0)
    image = Image.objects.get()
    assert (image.title, image.genre.slug, image.width, image.height) == ("Harbour at noon", "sea", 800, 500)
    assert image.rendition_widths == [320, 640, 800]
    assert image.sha256 == hashlib.sha256(data).hexdigest()
    assert (media / image.file.name).read_bytes() == data
    assert all(path.stat().st_size for path in files_of(media, image))
    assert image.taken_at.isoformat() == "2024-05-01T03:30:00+00:00"
    assert image.camera["model"] == "L-1"


def test_genres_and_keywords_have_both_languages(media, folder):
    put(folder / "sea" / "one.jpg", jpeg(seed=1))
    put(folder / "바다" / "two.jpg", jpeg(seed=2))
    table = put(folder / "table.csv", b"path,keywords\nsea/one.jpg,beach;unheard-of\n")
    run_import(folder, metadata=table)
    assert list(Genre.objects.values_list("slug", "name", "name_ko")) == [("sea", "Sea", "바다")]
    assert dict(Keyword.objects.values_list("name", "name_ko")) == {"beach": "해변", "unheard-of": ""}


def test_a_genre_in_another_script_gets_an_address(media, folder):
    put(folder / "海" / "one.jpg", jpeg())
    run_import(folder)
    genre = Genre.objects.get()
    assert genre.name == "海"
    assert genre.slug.isascii()


def test_it_is_found_by_search(media, folder):
    put(folder / "sea" / "one.jpg", jpeg())
    run_import(folder)
    assert SearchToken.objects.filter(token="바다").exists()


def test_the_same_bytes_come_in_once(media, folder):
    put(folder / "sea" / "one.jpg", jpeg())
    put(folder / "sky" / "copy.jpg", jpeg())
    assert counts(run_import(folder, workers=2)) == (1, 1, 0)
    before = sorted(media.rglob("*"))
    assert counts(run_import(folder, workers=2)) == (0, 2, 0)
    assert sorted(media.rglob("*")) == before


def test_two_pictures_whose_names_look_alike_both_come_in(media, folder):
    for seed, form in enumerate(("NFC", "NFD")):
        put(
            folder / unicodedata.normalize(form, "Été") / unicodedata.normalize(form, "Café.jpg"),
            jpeg(seed=seed),
        )
    assert counts(run_import(folder)) == (2, 0, 0)
    assert set(Image.objects.values_list("title", "genre__name")) == {("Café", "Été")}


def test_bad_files_are_told_and_the_good_ones_come_in(media, folder):
    for name, (data, _) in bad_files().items():
        put(folder / name, data)
    for seed in range(12):
        put(folder / f"good-{seed}.jpg", jpeg(64, 48, seed))
    report = run_import(folder, workers=2)
    assert counts(report) == (12, 0, len(bad_files()))
    assert all(refusal.reason.endswith(".") for refusal in report.refused)
    assert report.seen == report.total == 12 + len(bad_files())


def test_a_refused_file_leaves_nothing_behind(media, folder):
    put(folder / "cut.jpg", jpeg()[:900])
    run_import(folder)
    assert not [path for path in media.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "name", ["evil\n\x1b[31m.jpg", "\u202egpj.exe.jpg", "a" * 200 + ".jpg", "-rf.jpg", "<b>.jpg"]
)
def test_a_name_is_only_a_name(media, folder, name):
    put(folder / "sea" / name, jpeg())
    assert counts(run_import(folder)) == (1, 0, 0)
    image = Image.objects.get()
    assert not any(letter in image.title for letter in "\n\x1b\u202e")
    assert image.file.name == f"originals/{image.sha256[:2]}/{image.sha256}.jpg"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("sea/rocky-shore_007.jpg", "Rocky shore 7"),
        ("바다.png", "바다"),
        ("IMG_20240501.jpg", "IMG 20240501"),
        ("...jpg", "Untitled"),
        ("2024.jpg", "2024"),
    ],
)
def test_a_title_is_made_of_the_name(name, title):
    assert title_of(name) == title


def test_a_file_that_changes_once_is_read_again(folder, monkeypatch):
    path = put(folder / "growing.jpg", b"first")
    states = iter([os.stat(path)])
    real = os.fstat

    def grow(descriptor):
        if next(states, None):
            with path.open("ab") as handle:
                handle.write(b", then more")
        return real(descriptor)

    monkeypatch.setattr(bulk.os, "fstat", grow)
    assert read_unchanged(path) == b"first, then more"


def test_a_file_that_goes_on_changing_is_refused(folder, monkeypatch):
    path = put(folder / "growing.jpg", b"first")
    real = os.fstat

    def grow(descriptor):
        with path.open("ab") as handle:
            handle.write(b".")
        return real(descriptor)

    monkeypatch.setattr(bulk.os, "fstat", grow)
    with pytest.raises(Refused, match="changed"):
        read_unchanged(path)


def test_a_full_disk_refuses_the_picture_and_leaves_no_draft(media, folder, monkeypatch):
    put(folder / "one.jpg", jpeg())

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    report = run_import(folder)
    assert [refusal.reason for refusal in report.refused] == [
        "The picture cannot be stored: No space left on device."
    ]
    assert not Image.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]


def test_stopped_in_the_middle_it_keeps_what_was_done(media, folder):
    for seed in range(6):
        put(folder / f"{seed}.jpg", jpeg(64, 48, seed))

    def stop(report: ImportProgress) -> None:
        if report.seen == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_import(folder, progress=stop)
    assert Image.objects.count() == 3
    assert counts(run_import(folder)) == (3, 3, 0)


def test_rows_are_written_in_batches(media, folder, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(bulk.adding, "MAX_ARRIVALS", 4)
    for seed in range(10):
        put(folder / f"{seed}.jpg", jpeg(32, 32, seed))
    with django_assert_max_num_queries(80):
        assert counts(run_import(folder)) == (10, 0, 0)
