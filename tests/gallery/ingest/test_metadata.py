"""Which metadata of a file are read, and which must not be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from gallery.ingest.metadata import Metadata, clean, clean_keywords
from tests.gallery.ingest.pictures import encoded, geotagged, jpeg, painting

XMP = """<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'>
<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Sea &amp; sky</rdf:li></rdf:Alt></dc:title>
<dc:subject><rdf:Bag><rdf:li>Sea</rdf:li><rdf:li>바다</rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>""".encode()


def iptc(*records: tuple[int, bytes]) -> bytes:
    """A JPEG with IPTC records of dataset 2."""
    body = b"".join(b"\x1c\x02" + bytes([tag]) + len(text).to_bytes(2, "big") + text for tag, text in records)
    block = b"8BIM\x04\x04\0\0" + len(body).to_bytes(4, "big") + body + b"\0" * (len(body) % 2)
    segment = b"Photoshop 3.0\0" + block
    plain = jpeg()
    return plain[:2] + b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment + plain[2:]


def exif(**tags: object) -> Image.Exif:
    made = Image.Exif()
    for name, value in tags.items():
        made[int(name[1:], 16)] = value
    return made


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_camera_and_time_are_told(gate, kind):
    told = gate.admit(encoded(painting(), kind, exif=geotagged())).metadata
    assert told.title == "Harbour at noon"
    assert told.taken == "2024-05-01T12:30:00+09:00"
    assert told.camera == {
        "make": "Lumen", "model": "L-1", "lens": "35mm F2", "exposure": "1/250", "aperture": 2.8, "iso": 200,
        "focal_length": 35.0,
    }  # fmt: skip


def test_a_place_or_serial_number_is_never_told(gate):
    told = str(gate.admit(jpeg(exif=geotagged())).metadata)
    assert not any(word in told for word in ("37", "126", "SERIAL", "secret"))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_title_and_keywords_of_xmp(gate, kind):
    told = gate.admit(encoded(painting(), kind, xmp=XMP)).metadata
    assert (told.title, told.keywords) == ("Sea & sky", ["sea", "바다"])


def test_title_and_keywords_of_iptc(gate):
    told = gate.admit(iptc((5, b"Rocky shore"), (25, b"Rock"), (25, "등대".encode()))).metadata
    assert (told.title, told.keywords) == ("Rocky shore", ["rock", "등대"])


def test_title_and_keywords_of_windows(gate):
    tags = exif(x9C9B="바다".encode("utf-16-le") + b"\0\0", x9C9E="sea;wave".encode("utf-16-le") + b"\0\0")
    told = gate.admit(jpeg(exif=tags)).metadata
    assert (told.title, told.keywords) == ("바다", ["sea", "wave"])


@pytest.mark.parametrize(
    "filler", ["OLYMPUS DIGITAL CAMERA", "SONY DSC", "DSC_0042", "  ", "1234", "Untitled"]
)
def test_what_a_camera_fills_in_is_no_title(gate, filler):
    assert gate.admit(jpeg(exif=exif(x010E=filler))).metadata.title == ""


@pytest.mark.parametrize(
    "stamp", ["0000:00:00 00:00:00", "yesterday", "2024:13:45 99:99:99", "", "0001:01:01 00:00:00"]
)
def test_a_time_that_makes_no_sense_is_left_out(gate, stamp):
    made = Image.Exif()
    made.get_ifd(0x8769)[0x9003] = stamp
    assert gate.admit(jpeg(exif=made)).metadata.taken == ""


def test_numbers_that_make_no_sense_are_left_out(gate):
    made = Image.Exif()
    details = made.get_ifd(0x8769)
    details[0x829A], details[0x829D], details[0x920A] = IFDRational(1, 0), IFDRational(0, 0), 0.0
    assert gate.admit(jpeg(exif=made)).metadata.camera == {}


def test_broken_exif_does_not_refuse_the_picture(gate):
    assert gate.admit(jpeg(exif=b"Exif\0\0II*\0" + b"\xff" * 60)).metadata == Metadata()


@given(st.text(), st.integers(1, 50))
def test_cleaned_text_is_short_and_has_no_control_characters(text, length):
    cleaned = clean(text, length)
    assert len(cleaned) <= length
    assert cleaned == cleaned.strip()
    assert not any(ord(letter) < 32 or letter in "\u202e\u200b\x7f\u2028" for letter in cleaned)
    assert clean(cleaned, length) == cleaned


def test_keywords_come_once_and_in_lower_case():
    assert clean_keywords(["Sea", " sea ", "", "A\u0301b", "\x1b[31mred"]) == ["sea", "áb", "[31mred"]


def test_there_are_at_most_forty_keywords():
    assert len(clean_keywords([f"word {number}" for number in range(100)])) == 40
