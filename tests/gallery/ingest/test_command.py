"""manage.py import_images: its output and exit status."""

from pathlib import Path

import pytest
from django.core.management import call_command

from gallery.models import Genre, Image
from tests.gallery.ingest.pictures import jpeg

pytestmark = pytest.mark.django_db


def status(*arguments: str | Path) -> int:
    try:
        call_command("import_images", *map(str, arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_all_in_is_status_0(media, folder, capsys):
    (folder / "one.jpg").write_bytes(jpeg())
    assert status(folder, "--genre", "Sea", "--workers", "1") == 0
    assert "1 imported, 0 already there, 0 refused" in capsys.readouterr().out
    assert Image.objects.get().genre.slug == "sea"


def test_a_refused_file_is_one_line_and_status_1(media, folder, capsys):
    (folder / "one.jpg").write_bytes(jpeg())
    (folder / "page.jpg").write_bytes(b"<html>")
    assert status(folder) == 1
    lines = capsys.readouterr().err.splitlines()
    assert "page.jpg: This is not a JPEG, PNG, WebP, GIF or AVIF picture." in lines
    assert Image.objects.count() == 1


def test_what_is_passed_over_is_said_and_no_refusal(media, folder, capsys):
    for name in ("A.jpg", "@eaDir/A.jpg/SYNOPHOTO_THUMB_XL.jpg", "#recycle/old.jpg", ".hidden.jpg"):
        (folder / "sea" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "sea" / name).write_bytes(jpeg(seed=len(name)))
    assert status(folder) == 0
    said = capsys.readouterr()
    assert "1 imported, 0 already there, 0 refused, 3 passed over" in said.out
    assert "sea/@eaDir: Passed over: a system or a program keeps this for itself." in said.err.splitlines()
    assert "sea/.hidden.jpg: Passed over: what begins with a dot is hidden." in said.err.splitlines()
    assert list(Genre.objects.values_list("slug", flat=True)) == ["sea"]


@pytest.mark.parametrize("table", [b"nothing\n", b"path\n../x\n"])
def test_a_bad_csv_is_status_2_and_nothing_is_done(media, folder, capsys, table):
    (folder / "one.jpg").write_bytes(jpeg())
    (folder / "table.csv").write_bytes(table)
    assert status(folder, "--metadata", folder / "table.csv") == 2
    assert "table.csv, line" in capsys.readouterr().err
    assert not Image.objects.exists()


def test_a_folder_that_is_not_there_is_status_2(media, folder, capsys):
    assert status(folder / "nowhere") == 2
    assert "There is no folder" in capsys.readouterr().err


def test_a_csv_that_is_not_there_is_status_2(media, folder):
    assert status(folder, "--metadata", folder / "nowhere.csv") == 2


def test_no_workers_is_status_2(media, folder, capsys):
    assert status(folder, "--workers", "0") == 2
    assert "at least 1" in capsys.readouterr().err
