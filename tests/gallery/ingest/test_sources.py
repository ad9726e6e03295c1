"""Finding files to import: folders, links, and the metadata CSV."""

import os
import unicodedata
from pathlib import Path

import pytest

from gallery.ingest.errors import Refused
from gallery.ingest.sources import BadSource, candidates, open_regular, read_metadata_csv
from tests.gallery.ingest.pictures import jpeg

GOOD = b"path,genre,title,keywords,licence,source_repository,source_path\n"


def put(path: Path, data: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data or jpeg(20, 20))
    return path


def found(folder: Path, metadata: Path | None = None, genre: str = "") -> dict[str, str]:
    """Genre, or the reason of the refusal, by name."""
    return {
        one.name: one.refused.reason if one.refused else one.facts.genre
        for one in candidates(folder, metadata, genre)
    }


def passed_over(folder: Path, metadata: Path | None = None) -> dict[str, str]:
    told: dict[str, str] = {}
    candidates(folder, metadata, "", lambda name, refused: told.update({name: refused.reason}))
    return told


def test_the_top_folder_is_the_genre(folder):
    put(folder / "sea" / "one.jpg")
    put(folder / "night_sky" / "2024" / "two.jpg")
    put(folder / "three.jpg")
    assert found(folder) == {
        "sea/one.jpg": "sea",
        "night_sky/2024/two.jpg": "night sky",
        "three.jpg": "pictures",
    }


def test_a_genre_asked_for_is_for_all(folder):
    put(folder / "sea" / "one.jpg")
    assert found(folder, genre="Coast") == {"sea/one.jpg": "Coast"}


def test_the_csv_says_more(folder):
    put(folder / "a" / "one.jpg")
    table = put(
        folder / "metadata.csv", GOOD + b"a/one.jpg,Sea,High tide,sea;Wave;sea,CC0,me/pictures,raw/1.jpg\n"
    )
    (one,) = candidates(folder, table, "")
    assert (one.facts.genre, one.facts.title, one.facts.keywords) == ("Sea", "High tide", ("sea", "wave"))
    assert (one.facts.licence, one.facts.source) == ("CC0", "me/pictures raw/1.jpg")


def test_a_file_that_only_the_csv_knows_is_told(folder):
    table = put(folder / "metadata.csv", GOOD + b"gone.jpg,sea,Gone,,,,\n")
    assert found(folder, table) == {"gone.jpg": "missing"}


def test_what_lies_beside_pictures_is_passed_over_unless_it_is_one(folder):
    put(folder / "README.md", b"read me")
    put(folder / ".hidden.jpg")
    put(folder / "sea" / "notes.txt", b"notes")
    put(folder / "sea" / "really-a-picture.txt")
    put(folder / "sea" / "page.html", b"<html>")
    assert list(found(folder)) == ["sea/page.html", "sea/really-a-picture.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "@eaDir", "@EADIR", "#recycle", "@Recycle", "#snapshot", ".@__thumb", "lost+found", "$RECYCLE.BIN",
        "found.000", "System Volume Information", "__MACOSX", "Thumbs.db", "thumbs.db", ".DS_Store",
        ".thumbnails", ".Trash-1000", ".Trashes", ".picasaoriginals", "SYNOPHOTO_THUMB_XL.jpg", "._A.jpg",
        ".AppleDouble", ".dtrash", "Lightroom Previews.lrdata", ".fseventsd", "desktop.ini",
    ],
)  # fmt: skip
@pytest.mark.parametrize("above", ["", "sea/", "sea/2024/"])
def test_what_a_system_keeps_is_left_out_and_said(folder, above, name):
    put(folder / "sea" / "A.jpg")
    is_file = "." in name[1:] and not name.startswith(("$", "found", "Light", ".T"))
    put(folder / f"{above}{name}" if is_file else folder / f"{above}{name}" / "A.jpg" / "b.jpg")
    assert found(folder) == {"sea/A.jpg": "sea"}
    assert passed_over(folder) == {f"{above}{name}": "system"}


def test_what_only_sounds_like_a_system_comes_in(folder):
    names = [
        "lost+found.jpg",
        "recycle/a.jpg",
        "@home/a.jpg",
        "thumbs/a.jpg",
        "Snapshot/a.jpg",
        "macosx/a.jpg",
        "#1.jpg",
    ]
    for name in names:
        put(folder / name)
    assert (set(found(folder)), passed_over(folder)) == (set(names), {})


def test_hidden_files_and_folders_are_said(folder):
    put(folder / ".hidden.jpg")
    put(folder / ".old" / "a.jpg")
    put(folder / "..\\x.jpg")
    assert found(folder) == {}
    assert passed_over(folder) == {"..\\x.jpg": "hidden", ".hidden.jpg": "hidden", ".old": "hidden"}


def test_a_row_for_what_is_passed_over_says_so(folder):
    put(folder / "@eaDir" / "a.jpg")
    put(folder / ".b.jpg")
    table = put(folder / ".table.csv", b"path,genre\n@eaDir/a.jpg,sea\n.b.jpg,sea\n")
    assert found(folder, table) == {"@eaDir/a.jpg": "system", ".b.jpg": "hidden"}
    assert ".table.csv" not in passed_over(folder, table)


COMPOSED, APART = (unicodedata.normalize(form, "sea/Café.jpg") for form in ("NFC", "NFD"))


def titles(folder: Path, table: Path) -> dict[str, str]:
    return {
        one.name: one.refused.reason if one.refused else one.facts.title
        for one in candidates(folder, table, "")
    }


def test_names_that_look_alike_are_two_files(folder):
    put(folder / COMPOSED), put(folder / APART)
    assert set(found(folder)) == {COMPOSED, APART}


@pytest.mark.parametrize("written", [COMPOSED, APART])
@pytest.mark.parametrize("there", [COMPOSED, APART])
def test_a_row_meets_the_file_whose_name_looks_like_it(folder, written, there):
    put(folder / there)
    assert titles(folder, put(folder / "t.csv", f"path,title\n{written},Pier\n".encode())) == {there: "Pier"}


def test_of_two_that_look_alike_a_row_meets_the_one_of_its_very_name(folder):
    put(folder / COMPOSED), put(folder / APART)
    one = put(folder / "t.csv", f"path,title\n{APART},Apart\n".encode())
    assert titles(folder, one) == {COMPOSED: "", APART: "Apart"}
    both = put(folder / "t.csv", f"path,title\n{APART},Apart\n{COMPOSED},Composed\n".encode())
    assert titles(folder, both) == {COMPOSED: "Composed", APART: "Apart"}


def test_a_row_that_could_mean_either_is_refused_and_both_come_in(folder):
    names = [
        unicodedata.normalize(form, "é") + unicodedata.normalize(other, "é.jpg")
        for form, other in (("NFC", "NFD"), ("NFD", "NFC"))
    ]
    for name in names:
        put(folder / name)
    row = unicodedata.normalize("NFC", "éé.jpg")
    table = put(folder / "t.csv", f"path,title\n{row},Pier\n".encode())
    assert titles(folder, table) == {names[0]: "", names[1]: "", row: "ambiguous"}


def test_links_are_not_followed(folder, tmp_path):
    outside = put(tmp_path / "outside" / "secret.jpg")
    (folder / "file").symlink_to(outside)
    (folder / "etc").symlink_to("/etc")
    (folder / "loop").symlink_to(folder)
    assert set(found(folder).values()) == {"link"}


def test_a_fifo_is_refused_and_not_waited_for(folder):
    os.mkfifo(folder / "pipe.jpg")
    assert found(folder) == {"pipe.jpg": "special"}
    with pytest.raises(Refused, match="regular"):
        open_regular(folder / "pipe.jpg")


def test_a_device_is_no_regular_file():
    with pytest.raises(Refused, match="regular"):
        open_regular(Path("/dev/zero"))


def test_a_link_put_there_meanwhile_is_not_opened(folder, tmp_path):
    (folder / "late.jpg").symlink_to(put(tmp_path / "secret.jpg"))
    with pytest.raises(Refused, match="cannot be read"):
        open_regular(folder / "late.jpg")


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (b"", "line 1: there is no column named path"),
        (b"file,genre\na,b\n", "line 1: there is no column named path"),
        (b"path,genre\na.jpg,sea\nb.jpg\n", "line 3: 1 fields where the first line has 2"),
        (b"path,genre\n../a.jpg,sea\n", "line 2: '../a.jpg' is not a path inside"),
        (b"path,genre\n/etc/passwd,sea\n", "line 2: '/etc/passwd' is not a path inside"),
        (b"path,genre\n,sea\n", "line 2: '' is not a path inside"),
        (b"path,genre\na.jpg,sea\na.jpg,sky\n", "line 3: a.jpg was already on line 2"),
        (b'path,genre\na.jpg,"sea\n', "line 2: unexpected end of data"),
        (b"path,genre\n\xff\xfe.jpg,sea\n", "is not in UTF-8"),
    ],
)
def test_a_bad_csv_is_one_sentence_with_its_line(folder, table, sentence):
    with pytest.raises(BadSource) as caught:
        read_metadata_csv(put(folder / "table.csv", table or b"\n"))
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_csv_from_a_spreadsheet_is_read(folder):
    table = put(folder / "table.csv", b"\xef\xbb\xbfPath, Genre\r\nsea.jpg,Sea\r\n\r\n")
    assert read_metadata_csv(table)["sea.jpg"].genre == "Sea"


@pytest.mark.parametrize("name", ["nowhere", "file.jpg"])
def test_without_a_folder_nothing_can_be_done(folder, name):
    put(folder / "file.jpg")
    with pytest.raises(BadSource, match="There is no folder"):
        candidates(folder / name, None, "")
