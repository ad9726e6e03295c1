"""When a picture was taken: which field is used, in which formats, and on which day."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.ingest.dates import day_and_instant, stamp
from gallery.ingest.decode import decode
from tests.gallery.ingest.blocks import KINDS, described, exif, photoshop, record, text, xmp

DAY = "2017:06:05 10:11:12"


def taken(kind="JPEG", **blocks):
    return decode(described(kind, **blocks)).metadata.taken


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("2017:06:05 10:11:12", "2017-06-05T10:11:12"),
        ("2017-06-05 10:11:12", "2017-06-05T10:11:12"),
        ("2017-06-05T10:11:12", "2017-06-05T10:11:12"),
        ("2017/06/05 10:11:12", "2017-06-05T10:11:12"),
        ("2017.06.05 10:11:12", "2017-06-05T10:11:12"),
        ("2017: 6: 5 10:11:12", "2017-06-05T10:11:12"),
        ("2017:06:05  9:11:12", "2017-06-05T09:11:12"),
        (" 2017:06:05 10:11:12 ", "2017-06-05T10:11:12"),
        ("2017:06:05 10:11:12.345", "2017-06-05T10:11:12.345000"),
        ("2017-06-05T10:11:12,5Z", "2017-06-05T10:11:12.500000+00:00"),
        ("2017-06-05T10:11:12+09:00", "2017-06-05T10:11:12+09:00"),
        ("2017-06-05T10:11:12-0330", "2017-06-05T10:11:12-03:30"),
        ("2017-06-05T10:11:12 +09:00", "2017-06-05T10:11:12+09:00"),
        ("2017-06-05T10:11+09:00", "2017-06-05T10:11:00+09:00"),
        ("20170605 101112+0900", "2017-06-05T10:11:12+09:00"),
        ("20170605T101112", "2017-06-05T10:11:12"),
        ("2017:06:05 24:00:00", "2017-06-05"),
        ("2017:06:05 10:11:60", "2017-06-05"),
        ("2017:06:05   :  :  ", "2017-06-05"),
        ("2017:06:05", "2017-06-05"),
        ("2017-06-05", "2017-06-05"),
        ("20170605", "2017-06-05"),
        ("2017-06-05T10:11:12+99:00", "2017-06-05T10:11:12"),
        ("2016:02:29 00:00:00", "2016-02-29T00:00:00"),
        ("2017:02:29 00:00:00", ""),
        ("0000:00:00 00:00:00", ""),
        ("    :  :     :  :  ", ""),
        ("2017:00:00 00:00:00", ""),
        ("2017:13:05 10:11:12", ""),
        ("1700:01:01 00:00:00", ""),
        ("2017-06", ""),
        ("2017", ""),
        ("20170600", ""),
        ("201706055", ""),
        ("yesterday", ""),
        ("٢٠١٧:٠٦:٠٥", ""),
        ("", ""),
    ],
)
def test_spellings(spelling, expected):
    assert stamp(spelling) == expected


def test_offset_and_fraction_in_fields_of_their_own():
    assert stamp(DAY, "+09:00", "345") == "2017-06-05T10:11:12.345000+09:00"
    assert stamp(DAY, "-08:00 ", "5 ") == "2017-06-05T10:11:12.500000-08:00"
    assert stamp(DAY, "   :  ", "  ") == stamp(DAY, "nonsense", "-1") == "2017-06-05T10:11:12"
    assert stamp("2017-06-05T10:11:12Z", "+09:00") == "2017-06-05T10:11:12+00:00"


@given(st.text(), st.text(), st.text())
def test_no_text_is_too_strange(text, offset, fraction):
    day_and_instant(stamp(text, offset, fraction))
    day_and_instant(stamp(DAY + text, offset, fraction))


@pytest.mark.parametrize(
    ("stamped", "day", "instant"),
    [
        ("2024-05-01T08:15:00+09:00", date(2024, 5, 1), datetime(2024, 4, 30, 23, 15, tzinfo=UTC)),
        ("2023-12-31T20:30:00-08:00", date(2023, 12, 31), datetime(2024, 1, 1, 4, 30, tzinfo=UTC)),
        ("2024-05-01T08:15:00", date(2024, 5, 1), datetime(2024, 5, 1, 8, 15, tzinfo=UTC)),
        ("2024-05-01", date(2024, 5, 1), None),
        ("", None, None),
    ],
)
def test_the_day_is_that_of_the_camera_whatever_the_offset(stamped, day, instant):
    assert day_and_instant(stamped) == (day, instant)


FALL_BACKS = [
    ("original", {"exif": exif(shot=[text(0x9003, DAY)])}),
    ("digitised", {"exif": exif(shot=[text(0x9004, DAY)])}),
    ("modified", {"exif": exif(text(0x0132, DAY))}),
    ("xmp original", {"xmp": xmp("<exif:DateTimeOriginal>2017-06-05T10:11:12</exif:DateTimeOriginal>")}),
    ("xmp day", {"xmp": xmp("<photoshop:DateCreated>2017-06-05</photoshop:DateCreated>")}),
    (
        "xmp made",
        {"xmp": xmp("").replace(b"rdf:about=''", b'xmp:CreateDate="2017-06-05T10:11:12.345+09:00"')},
    ),
    ("iptc", {"app13": photoshop(record(55, "20170605") + record(60, "101112+0900"))}),
    ("iptc day", {"app13": photoshop(record(55, "20170605"))}),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blocks", [blocks for _, blocks in FALL_BACKS], ids=[name for name, _ in FALL_BACKS])
def test_each_field_says_the_day_where_it_is_alone(kind, blocks):
    if "app13" in blocks and kind != "JPEG":
        return
    assert taken(kind, **blocks).startswith("2017-06-05")


def test_the_fields_are_believed_in_this_order():
    shot = [text(0x9003, "2001:01:01 10:00:00"), text(0x9004, "2002:02:02 10:00:00")]
    modified = text(0x0132, "2003:03:03 10:00:00")
    earlier = "<exif:DateTimeOriginal>2004-04-04T10:00:00</exif:DateTimeOriginal>"
    packet = xmp(earlier + "<xmp:CreateDate>2005-05-05</xmp:CreateDate>")
    later = photoshop(record(55, "20060606"))
    assert taken(exif=exif(modified, shot=shot), xmp=packet, app13=later)[:4] == "2001"
    assert taken(exif=exif(modified, shot=shot[1:]), xmp=packet, app13=later)[:4] == "2002"
    assert taken(exif=exif(modified), xmp=packet, app13=later)[:4] == "2003"
    assert taken(xmp=packet, app13=later)[:4] == "2004"
    assert taken(xmp=packet.replace(b"2004-04-04", b"0000-00-00"), app13=later)[:4] == "2005"
    assert taken(app13=later)[:4] == "2006"


@pytest.mark.parametrize(
    "nothing", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2017:02:30 10:00:00", "", "?"]
)
def test_a_date_that_makes_no_sense_gives_way_to_the_next(nothing):
    block = exif(text(0x0132, "2003:03:03 10:00:00"), shot=[text(0x9003, nothing), text(0x9004, nothing)])
    assert taken(exif=block) == "2003-03-03T10:00:00"


def test_each_stamp_has_an_offset_and_a_fraction_of_its_own():
    offsets = [text(0x9010, "+01:00"), text(0x9011, "+02:00"), text(0x9012, "+03:00"), text(0x9292, "25")]
    assert taken(exif=exif(shot=[*offsets, text(0x9003, DAY)])) == "2017-06-05T10:11:12+02:00"
    assert taken(exif=exif(shot=[*offsets, text(0x9004, DAY)])) == "2017-06-05T10:11:12.250000+03:00"
    assert taken(exif=exif(text(0x0132, DAY), shot=offsets)) == "2017-06-05T10:11:12+01:00"
