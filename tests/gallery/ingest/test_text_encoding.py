"""The encoding of the texts of a file, whatever the file declares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.ingest import iptc, text_encoding
from gallery.ingest.decode import decode
from gallery.ingest.metadata import clean
from tests.gallery.ingest.blocks import KINDS, described, exif, photoshop, record, text, titled, turn, xmp

LIGHTHOUSE, CAFE = "겨울 바다의 등대", "Café Zürich"


def told(kind="JPEG", **blocks):
    return decode(described(kind, **blocks)).metadata


@pytest.mark.parametrize("kind", KINDS)
def test_utf_8_in_the_fields_of_exif(kind):
    lens = [text(0xA434, "Ø 35")]
    block = exif(text(0x010E, LIGHTHOUSE), text(0x010F, "Müller Optik"), text(0x0110, "Größe 1"), shot=lens)
    found = told(kind, exif=block)
    assert found.title == LIGHTHOUSE
    assert found.camera == {"make": "Müller Optik", "model": "Größe 1", "lens": "Ø 35"}


@pytest.mark.parametrize("letters", ["utf-8", "cp1252", "latin-1"])
def test_western_text_in_exif(letters):
    assert told(exif=exif(text(0x010E, CAFE.encode(letters)))).title == CAFE


def test_the_quotation_marks_of_windows_in_exif():
    assert told(exif=exif(text(0x010E, b"Zo\xeb\x92s caf\xe9 \x93now\x94"))).title == "Zoë’s café “now”"


def test_korean_of_windows_in_exif_and_iptc():
    block = exif(text(0x010E, LIGHTHOUSE.encode("cp949")), text(0x010F, "Lumen"))
    assert told(exif=block).title == LIGHTHOUSE
    records = record(5, LIGHTHOUSE.encode("cp949")) + record(25, "산".encode("cp949")) + record(25, "sea")
    assert told(app13=photoshop(records)).keywords == ["산", "sea"]


@pytest.mark.parametrize(
    "word",
    [
        "Ärger",
        "Äänekoski",
        "Åse Ærø",
        "Äpfel, Öl",
        "ÀÉÎ",
        "Müller",
        "São Paulo",
        "É",
        "«Été»",
        "Ångström ±5°",
    ],
)
def test_western_text_is_not_taken_for_korean(word):
    for neighbour in (b"Lumen", word.encode("cp1252")):
        found = told(exif=exif(text(0x010E, word.encode("cp1252")), text(0x010F, neighbour)))
        assert found.title == word


def test_western_text_beside_korean_stays_western():
    found = told(
        exif=exif(text(0x010E, LIGHTHOUSE.encode("cp949")), text(0x010F, "Müller Ärger".encode("cp1252")))
    )
    assert (found.title, found.camera["make"]) == (LIGHTHOUSE, "Müller Ärger")


@pytest.mark.parametrize(
    ("announced", "letters", "word"),
    [
        (b"\x1b%G", "utf-8", LIGHTHOUSE),
        (b"\x1b%G", "cp1252", CAFE),
        (b"\x1b.A", "latin-1", CAFE),
        (b"\x1b.A", "utf-8", LIGHTHOUSE),
        (b"\x1b-B", "iso8859-2", "Łódź wieczorem"),
        (b"\x1b-L", "iso8859-5", "Вечер"),
        (b"\x1b$)C", "euc_kr", "산"),
        (b"\x1b%/@", "utf-8", CAFE),
        (b"", "utf-8", LIGHTHOUSE),
        (b"", "cp1252", CAFE),
    ],
)
def test_iptc_says_its_letters_and_utf_8_is_utf_8(announced, letters, word):
    records = (record(90, announced, number=1) if announced else b"") + record(5, word.encode(letters))
    assert told(app13=photoshop(records + record(25, word.encode(letters)))).title == word


def test_a_field_that_was_cut_within_a_letter():
    assert told(app13=photoshop(record(5, LIGHTHOUSE.encode()[:-1]))).title == "겨울 바다의 등"
    assert told(exif=exif(text(0x010F, ("é" * 20).encode()[:-1]))).camera["make"] == "é" * 19


def test_a_wrong_byte_in_utf_8_does_not_spoil_the_rest():
    raw = LIGHTHOUSE.encode().replace(b" ", b" \xff", 1)
    assert told(exif=exif(text(0x010E, raw))).title == LIGHTHOUSE


@pytest.mark.parametrize("word", ["바다", CAFE, "中", "A", "Ω", "바다 a", "😀 sea"])
@pytest.mark.parametrize("letters", ["utf-16-le", "utf-16", "utf-16-le without an end", "utf-8"])
def test_the_fields_of_windows(word, letters):
    if letters == "utf-16-le without an end" and word == "中":
        return  # the bytes of "-N": this is ambiguous
    raw = word.encode(letters.split()[0]) + (
        b"" if "without" in letters else b"\0\0" if "16" in letters else b""
    )
    found = told(exif=exif((0x9C9B, 1, raw), (0x9C9E, 1, raw)))
    assert (found.title, found.keywords) == (word, [word.lower()])


@pytest.mark.parametrize("announced", sorted(iptc.ENCODINGS))
def test_the_limited_process_has_every_letter_set_at_hand(gate, announced):
    letters = iptc.ENCODINGS[announced]
    word = {"iso8859-5": "Вечер", "iso8859-7": "Νύχτα", "gb2312": "海", "euc_jp": "海", "cp949": "산"}.get(
        letters, "Été"
    )
    if letters == "iso8859-2":
        word = "Łódź"
    records = record(90, announced, number=1) + record(5, word.encode(letters))
    korean = exif(text(0x010F, "겨울 바다".encode("cp949")))
    found = gate.admit(described("JPEG", korean, app13=photoshop(records))).metadata
    assert (found.title, found.camera["make"]) == (word, "겨울 바다")


def test_what_stands_behind_the_end_of_a_field_is_not_told():
    assert told(exif=exif(text(0x010F, b"Lumen\0garbage \xff\xfe"))).camera["make"] == "Lumen"


@pytest.mark.parametrize("letters", ["utf-8", "utf-16", "utf-16-be", "utf-16-le", "cp1252"])
def test_xmp_in_other_letters(letters):
    assert told(xmp=titled(CAFE).decode().encode(letters)).title == CAFE


def test_xmp_written_in_other_ways():
    assert told(xmp=xmp("<dc:title>Pier</dc:title>")).title == "Pier"
    assert (
        told(xmp=titled("").replace(b"</rdf:Alt>", b"<rdf:li xml:lang='ko'>Pier</rdf:li></rdf:Alt>")).title
        == "Pier"
    )


def test_a_comment_is_never_told():
    comment = (0x9286, 7, b"UNICODE\0" + "secret".encode("utf-16-le"))
    block = exif(turn(), (0x9C9C, 1, "secret".encode("utf-16-le")), text(0x013B, "secret"), shot=[comment])
    assert "secret" not in str(told(exif=block))


@given(st.binary(max_size=80), st.sampled_from(text_encoding.CODECS), st.booleans())
def test_any_bytes_become_text_without_replacement_characters(raw, declared, among_korean):
    for found in (
        text_encoding.read(raw, declared, among_korean),
        text_encoding.read_windows(raw, among_korean),
    ):
        assert "\ufffd" not in clean(found, 100)
        assert "\ufffd" not in found or any(
            sign in raw for sign in (b"\xef\xbf\xbd", b"\xff\xfd", b"\xfd\xff")
        )


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs")), min_size=1))
def test_utf_8_comes_back_as_it_was(word):
    assert text_encoding.read(word.encode()) == word
