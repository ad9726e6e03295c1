"""The metadata of a file: title, keywords, date, camera and its settings. Never a location or a serial
number.

Read in the limited fork. Only the fields named here are read, so that a new tag cannot leak.
"""

import html
import math
import re
import unicodedata
from dataclasses import dataclass, field

from gallery.ingest import dates, exif, iptc, text_encoding, xmp
from gallery.ingest.containers import Parts

TITLE_LENGTH = 200
WORD_LENGTH = 60
MAX_KEYWORDS = 40
#: Texts that cameras write into the description of every picture.
NOT_A_TITLE = re.compile(
    r"(olympus|sony|minolta|kodak|samsung|digital|camera|dsc|dcim|img|default|untitled|screenshot|\W|\d|_)*",
    re.I,
)
#: Timestamp, offset and fraction of three dates, the most reliable first: taken, digitised, file changed.
EXIF_DATES = ((0x9003, 0x9011, 0x9291), (0x9004, 0x9012, 0x9292), (0x0132, 0x9010, 0x9290))
XMP_DATES = (
    b"exif:DateTimeOriginal", b"photoshop:DateCreated", b"xmp:CreateDate", b"xap:CreateDate",
    b"exif:DateTimeDigitized",
)  # fmt: skip
WINDOWS_TITLE, DESCRIPTION, WINDOWS_KEYWORDS = 0x9C9B, 0x010E, 0x9C9E
EQUIPMENT = (("make", 0x010F), ("model", 0x0110), ("lens", 0xA434))


@dataclass(frozen=True)
class Metadata:
    """`taken` is ISO 8601, or empty: a day alone, or with the time on the camera's clock, or also with its
    offset. `camera` has some of: make, model, lens (text), exposure (seconds as text, "1/250"), aperture
    (f-number), iso, focal_length (mm)."""

    title: str = ""
    keywords: list[str] = field(default_factory=list)
    taken: str = ""
    camera: dict[str, str | float | int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Blocks:
    """The parsed blocks of the three kinds, and the encoding of their texts."""

    exif: dict[int, exif.Value]
    iptc: iptc.Records
    xmp: bytes
    encoding: str
    korean: bool

    def text(self, raw: bytes) -> str:
        return text_encoding.read(raw, "", self.korean)

    def of_exif(self, tag: int) -> str:
        raw = self.exif.get(tag)
        if not isinstance(raw, bytes):
            return ""
        return text_encoding.read_windows(raw, self.korean) if tag >> 8 == 0x9C else self.text(raw)

    def of_iptc(self, dataset: int) -> list[str]:
        return [
            text_encoding.read(raw, self.encoding, self.korean) for raw in self.iptc.get((2, dataset), [])
        ]

    def of_xmp(self, raws: list[bytes]) -> list[str]:
        return [html.unescape(self.text(raw)) for raw in raws]


def clean(text: str, length: int) -> str:
    """Text for display: NFC, without control, format, unassigned and replacement characters, with single
    spaces between words, cut at `length`."""
    cleaned = "".join(
        " " if unicodedata.category(character) in {"Cc", "Zl", "Zp", "Zs"} else character
        for character in unicodedata.normalize("NFC", text[: 8 * length])
        if unicodedata.category(character) not in {"Cf", "Cs", "Co", "Cn"} and character != "\ufffd"
    )
    return " ".join(cleaned.split())[:length].rstrip()


def clean_keywords(words: list[str]) -> list[str]:
    """Cleaned keywords in lower case, without duplicates, at most 40."""
    cleaned = (clean(word, WORD_LENGTH).lower() for word in words)
    return list(dict.fromkeys(word for word in cleaned if word))[:MAX_KEYWORDS]


def read_metadata(parts: Parts) -> Metadata:
    """The metadata of a file; an invalid block or field is left out and does not affect the others."""
    blocks = _blocks(parts)
    titles = [*blocks.of_xmp(xmp.items(blocks.xmp, b"dc:title", 20)), *blocks.of_iptc(5)]
    titles += [blocks.of_exif(WINDOWS_TITLE), blocks.of_exif(DESCRIPTION)]
    words = [*blocks.of_xmp(xmp.items(blocks.xmp, b"dc:subject", MAX_KEYWORDS)), *blocks.of_iptc(25)]
    words += blocks.of_exif(WINDOWS_KEYWORDS).split(";")
    return Metadata(
        title=next((title for text in titles if (title := _title(text))), ""),
        keywords=clean_keywords(words),
        taken=_taken(blocks),
        camera=_camera(blocks),
    )


def read_orientation(parts: Parts) -> int:
    """The orientation, 1 to 8: from EXIF, else from XMP."""
    return read_exif_orientation(parts) or xmp.orientation(xmp.joined(parts.xmp)) or 1


def read_exif_orientation(parts: Parts) -> int | None:
    return exif.orientation(exif.read(parts.exif))


def _blocks(parts: Parts) -> _Blocks:
    fields, records, packet = exif.read(parts.exif), iptc.read(parts.iptc), xmp.joined(parts.xmp)
    raws = [raw for raw in fields.values() if isinstance(raw, bytes)]
    raws += [raw for values in records.values() for raw in values]
    return _Blocks(fields, records, packet, iptc.encoding(records), any(map(text_encoding.is_korean, raws)))


def _title(text: str) -> str:
    title = clean(text, TITLE_LENGTH)
    return "" if NOT_A_TITLE.fullmatch(title) else title


def _taken(blocks: _Blocks) -> str:
    """The first valid timestamp: of EXIF, then of XMP, then of IPTC."""
    stamps = [tuple(map(blocks.of_exif, tags)) for tags in EXIF_DATES]
    stamps += [(blocks.text(xmp.value(blocks.xmp, name)), "", "") for name in XMP_DATES]
    stamps += [(" ".join([*blocks.of_iptc(55)[:1], *blocks.of_iptc(60)[:1]]), "", "")]
    return next((taken for parts in stamps if (taken := dates.stamp(*parts))), "")


def _number(value: exif.Value | None) -> float | None:
    if value is None or isinstance(value, bytes):
        return None
    return float(value) if math.isfinite(value) and 0 < value < 1e7 else None


def _exposure(seconds: float) -> str:
    return f"1/{round(1 / seconds)}" if seconds < 0.4 else f"{seconds:g}"


def _camera(blocks: _Blocks) -> dict[str, str | float | int]:
    camera: dict[str, str | float | int] = {}
    for name, tag in EQUIPMENT:
        if text := clean(blocks.of_exif(tag), WORD_LENGTH):
            camera[name] = text
    if (seconds := _number(blocks.exif.get(0x829A))) is not None and seconds > 1e-6:
        camera["exposure"] = _exposure(seconds)
    if (aperture := _number(blocks.exif.get(0x829D))) is not None:
        camera["aperture"] = round(aperture, 1)
    if (iso := _number(blocks.exif.get(0x8827))) is not None:
        camera["iso"] = round(iso)
    if (focal_length := _number(blocks.exif.get(0x920A))) is not None:
        camera["focal_length"] = round(focal_length, 1)
    return camera
