"""An invalid block of metadata fails alone: it affects neither the picture, nor its orientation, nor valid
blocks."""

import random
import time
import warnings
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gallery.ingest.containers import Parts, take_apart
from gallery.ingest.decode import Decoded, decode
from gallery.ingest.metadata import read_metadata, read_orientation
from tests.gallery.ingest.blocks import (
    KINDS,
    RAW,
    described,
    exif,
    packed,
    photoshop,
    raw_profile,
    record,
    segment,
    text,
    titled,
    turn,
    xmp,
)
from tests.gallery.ingest.pictures import chunk, encoded, jpeg, painting

DAY = "2024:05:01 08:15:00"
CAMERA = exif(text(0x010F, "Lumen"), turn(), shot=[text(0x9003, DAY)])
GOOD = {
    "exif": CAMERA,
    "xmp": titled("Pier", "evening"),
    "app13": photoshop(record(5, "T") + record(25, "wave")),
}
UPRIGHT = (320, 480)
SMOKE = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def size(told: Decoded) -> tuple[int, int]:
    return told.width, told.height


def all_told(data: bytes) -> tuple[tuple[int, int], str, str, str]:
    told = decode(data)
    return size(told), told.metadata.title, told.metadata.taken, str(told.metadata.camera.get("make"))


@pytest.mark.parametrize(
    "records",
    [
        record(5, "T") + b"    ",
        b"\x1c\x02\x05\x80\x04\0\0\0\x01T",
        b"\x1c\x02\x05\x80\xffT",
        b"\x1c\x02\x05\xff\xff",
        record(5, "T")[:-1],
        b"\x1c\xff\xff\xff\xff\xff",
        b"",
        b"\x1c" * 9,
        random.Random(1).randbytes(500),
    ],
)
def test_a_broken_iptc_block_takes_nothing_along(records):
    data = described("JPEG", **GOOD | {"app13": photoshop(records)})
    assert all_told(data) == (UPRIGHT, "Pier", "2024-05-01T08:15:00", "Lumen")


@pytest.mark.parametrize(
    "app13", [b"Photoshop 3.0\0" + rest for rest in (b"", b"8BIM", b"8BIM\x04", b"8BIM\x04\x04")]
)
def test_a_photoshop_block_that_breaks_off_takes_nothing_along(app13):
    assert all_told(described("JPEG", **GOOD | {"app13": app13}))[0] == UPRIGHT


def test_a_broken_resource_before_it_does_not_hide_iptc():
    bad = b"8BIM\x03\xed\0\0\xff\xff\xff\xff1234"
    app13 = b"Photoshop 3.0\0" + bad + photoshop(record(25, "wave"))[14:]
    assert decode(described("JPEG", app13=app13)).metadata.keywords == ["wave"]


def test_an_iptc_record_of_a_wrong_length_ends_where_the_next_begins():
    records = b"\x1c\x02\x05\x00\x40Pier" + record(25, "wave")
    told = decode(described("JPEG", app13=photoshop(records))).metadata
    assert (told.title, told.keywords) == ("Pier", ["wave"])


def test_an_iptc_record_of_extended_length_is_read():
    records = b"\x1c\x02\x05\x80\x04\0\0\0\x04Pier" + record(25, "wave")
    told = decode(described("JPEG", app13=photoshop(records))).metadata
    assert (told.title, told.keywords) == ("Pier", ["wave"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "packet",
    [b"<x:xmp", b"\xff\xfe\xff", b"<dc:title>" * 3000, xmp(b"<dc:title><rdf:li>\xff</rdf:li>"), b"\0" * 50],
)
def test_a_broken_xmp_block_takes_nothing_along(kind, packet):
    told = decode(described(kind, CAMERA, packet))
    assert (size(told), told.metadata.taken, told.metadata.camera) == (
        UPRIGHT,
        "2024-05-01T08:15:00",
        {"make": "Lumen"},
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "block", [b"\xff" * 60, b"II*\0\xff\xff\xff\xff" + bytes(60), b"II*\0", b"garbage" * 9]
)
def test_a_broken_exif_block_takes_nothing_along(kind, block):
    told = decode(described(kind, block, titled("Pier", "evening")))
    assert (told.metadata.title, told.metadata.keywords, told.metadata.camera) == ("Pier", ["evening"], {})


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_exif_is_broken_xmp_says_the_orientation(kind):
    packet = xmp("<tiff:Orientation>6</tiff:Orientation>")
    assert size(decode(described(kind, b"II*\0\xff\xff\xff\xff", packet))) == UPRIGHT


@pytest.mark.parametrize("place", [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x08\0\0\0"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_section_that_is_not_there_does_not_hide_the_others(kind, place):
    for pointer in (0x8769, 0x8825):
        told = decode(described(kind, exif(turn(), text(0x010F, "Lumen"), (pointer, 4, place))))
        assert (size(told), told.metadata.camera.get("make")) == (UPRIGHT, "Lumen")


def test_a_field_that_is_not_there_does_not_hide_the_others():
    block = bytearray(exif(text(0x010E, "A long description"), text(0x010F, "Lumen Optics"), turn()))
    block[10 + 8 : 10 + 12] = b"\xff\xff\xff\x7f"  # where the description lies
    told = decode(described("JPEG", bytes(block)))
    assert (size(told), told.metadata.camera, told.metadata.title) == (UPRIGHT, {"make": "Lumen Optics"}, "")


def test_an_orientation_of_an_unusual_type_counts():
    for kind, value in ((4, b"\6\0\0\0"), (1, b"\6"), (RAW, b"\6"), (13, b"\6\0\0\0")):
        assert size(decode(described("JPEG", exif((0x0112, kind, value))))) == UPRIGHT


def test_the_first_exif_block_that_is_one_counts():
    after = segment(0xE1, b"Exif\0\0" + CAMERA)
    data = described("JPEG", b"\xff" * 30)
    at = data.index(b"\xff\xdb")
    assert size(decode(data[:at] + after + data[at:])) == UPRIGHT


@pytest.mark.parametrize(
    "body",
    [b"", b"A", b"ICC_PROFILE\0", b"ICC_PROFILE\0\1\1", b"ICC_PROFILE\0\1\1garbage", b"MPF\0", b"MPF\0II*\0"],
)
@pytest.mark.parametrize("marker", [0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF, 0xFE])
def test_no_segment_of_an_application_takes_the_picture_along(marker, body):
    plain = described("JPEG", CAMERA)
    told = decode(plain[:2] + segment(marker, body) + plain[2:])
    assert size(told) == UPRIGHT
    assert told.picture.tobytes() == decode(plain).picture.tobytes()


def test_a_wrong_profile_in_a_png_takes_nothing_along():
    png = encoded(painting(480, 320), "PNG")
    for body in (b"", b"x", b"x\0\1", b"x\0\0garbage", b"x\0\0" + zlib.compress(bytes(2_000_000))):
        told = decode(described("PNG", CAMERA, picture=png[:33] + chunk(b"iCCP", body) + png[33:]))
        assert size(told) == UPRIGHT


@pytest.mark.parametrize(
    "name", [b"tEXt", b"zTXt", b"iTXt", b"gAMA", b"pHYs", b"tIME", b"sRGB", b"cHRM", b"prVt"]
)
def test_a_wrong_chunk_beside_the_pixels_of_a_png_takes_nothing_along(name):
    png = encoded(painting(480, 320), "PNG")
    bad = chunk(name, b"Comment\0\1")[:-4] + b"\1\2\3\4"
    told = decode(
        described("PNG", CAMERA, titled("Pier"), picture=png[:33] + bad + chunk(name, b"") + png[33:])
    )
    assert (size(told), told.metadata.title) == (UPRIGHT, "Pier")


def test_the_blocks_of_imagemagick_in_a_png_are_read():
    png = encoded(painting(480, 320), "PNG")
    blocks = raw_profile(b"exif", b"Exif\0\0" + CAMERA) + raw_profile(b"xmp", titled("Pier"))
    blocks += raw_profile(b"iptc", photoshop(record(25, "wave"))[14:])
    told = decode(png[:33] + blocks + png[33:])
    assert (size(told), told.metadata.title, told.metadata.keywords) == (UPRIGHT, "Pier", ["wave"])


def test_a_webp_whose_exif_is_cut_short_comes_in():
    told = decode(described("WEBP", CAMERA)[:-20])
    assert size(told) == UPRIGHT


def test_pixels_are_the_same_with_and_without_blocks():
    for kind in ("JPEG", "PNG", "WEBP"):
        plain = decode(encoded(painting(480, 320), kind)).picture
        assert (
            decode(described(kind, exif(text(0x010F, "L")), titled("Pier"))).picture.tobytes()
            == plain.tobytes()
        )


@st.composite
def broken(draw: st.DrawFn, block: bytes) -> bytes:
    """A block with bytes changed, cut or put in between; or none of it left."""
    data = bytearray(block)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(["byte", "cut", "between", "out"])):
            case "byte" if data:
                data[at] = draw(st.sampled_from([0, 0x1C, 0x7F, 0x80, 0xFF, draw(st.integers(0, 255))]))
            case "cut":
                del data[at:]
            case "between":
                data[at:at] = draw(st.binary(max_size=12))
            case "out":
                del data[at : at + draw(st.integers(1, 12))]
    return draw(st.sampled_from([bytes(data), bytes(data), draw(st.binary(max_size=60))]))


@SMOKE
@given(kind=st.sampled_from(KINDS), packet=broken(GOOD["xmp"]), app13=broken(GOOD["app13"]))
def test_however_xmp_and_iptc_are_broken_exif_counts(kind, packet, app13):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = decode(described(kind, CAMERA, packet, app13))
    assert (size(told), told.metadata.taken, told.metadata.camera) == (
        UPRIGHT,
        "2024-05-01T08:15:00",
        {"make": "Lumen"},
    )


@SMOKE
@given(kind=st.sampled_from(KINDS), block=broken(CAMERA))
def test_however_exif_is_broken_the_others_count(kind, block):
    told = decode(described(kind, block, titled("Pier", "evening"), photoshop(record(25, "wave")))).metadata
    assert told.title == "Pier"
    assert told.keywords == (["evening", "wave"] if kind == "JPEG" else ["evening"])


@settings(max_examples=300, deadline=None)
@given(st.lists(broken(CAMERA), max_size=2), st.lists(broken(GOOD["app13"]), max_size=2), broken(GOOD["xmp"]))
def test_the_readers_raise_nothing(exif, iptc, xmp):
    parts = Parts(b"", exif, iptc, [xmp])
    assert 1 <= read_orientation(parts) <= 8
    assert "\ufffd" not in str(read_metadata(parts))


def test_very_many_blocks_are_not_all_looked_at():
    app13 = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\xff\xff\xff" * 4_000
    plain, png = described("JPEG", CAMERA), encoded(painting(480, 320), "PNG")
    jpeg_of_many = plain[:2] + segment(0xED, app13) * 300 + plain[2:]
    png_of_many = png[:33] + packed(b"XML:com.adobe.xmp", bytes(900_000)) * 3_000 + png[33:]
    records = described("JPEG", CAMERA, app13=photoshop(b"\x1c\x02\x19\x7f\xff" * 12_000))
    before = time.process_time()
    assert [size(decode(data)) for data in (jpeg_of_many, png_of_many, records)] == [
        UPRIGHT,
        (480, 320),
        UPRIGHT,
    ]
    assert time.process_time() - before < 4


WHOLE = {kind: described(kind, **GOOD) for kind in KINDS}


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(KINDS), data=st.data())
def test_taking_a_file_apart_raises_nothing(kind, data):
    mutant = data.draw(broken(WHOLE[kind]))
    assert len(take_apart(mutant, kind).picture) <= len(mutant)


def test_a_plain_file_is_left_as_it_is():
    for kind in ("PNG", "WEBP", "AVIF"):
        plain = encoded(painting(480, 320), kind)
        assert take_apart(plain, kind).picture == plain
    assert take_apart(jpeg(), "JPEG").picture == jpeg()
