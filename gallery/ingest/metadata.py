"""What a file tells about its picture: title, keywords, when and with what it was taken. Never where, no serial number.

Read in the limited fork. Only the fields named here are looked at, so that a new tag cannot leak.
"""

import html
import math
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from PIL import ImageFile, IptcImagePlugin

TITLE_LENGTH = 200
WORD_LENGTH = 60
MAX_KEYWORDS = 40
EXIF_SECTION = 0x8769
#: What cameras write into the description of every picture.
NOT_A_TITLE = re.compile(
    r"(olympus|sony|minolta|kodak|samsung|digital|camera|dsc|dcim|img|default|untitled|screenshot|\W|\d|_)*", re.I
)
XMP_TITLE = re.compile(rb"<dc:title>.*?<rdf:li[^>]*>([^<]{1,2000})</rdf:li>", re.S)
XMP_SUBJECT = re.compile(rb"<dc:subject>(.*?)</dc:subject>", re.S)
XMP_ITEM = re.compile(rb"<rdf:li[^>]*>([^<]{1,400})</rdf:li>")


@dataclass(frozen=True)
class Metadata:
    """`taken` is ISO 8601 with an offset, or empty. `camera` has some of: make, model, lens (text),
    exposure (seconds as text, "1/250"), aperture (f-number), iso, focal_length (mm)."""

    title: str = ""
    keywords: list[str] = field(default_factory=list)
    taken: str = ""
    camera: dict[str, str | float | int] = field(default_factory=dict)


def clean(text: str, length: int) -> str:
    """Text for people: NFC, without control, format and unassigned characters, one space between words, cut."""
    kept = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Zl", "Zp", "Zs"} else letter
        for letter in unicodedata.normalize("NFC", text[: 8 * length])
        if unicodedata.category(letter) not in {"Cf", "Cs", "Co", "Cn"}
    )
    return " ".join(kept.split())[:length].rstrip()


def clean_keywords(words: list[str]) -> list[str]:
    """Cleaned, in lower case, each once, at most 40."""
    cleaned = (clean(word, WORD_LENGTH).lower() for word in words)
    return list(dict.fromkeys(word for word in cleaned if word))[:MAX_KEYWORDS]


def read_metadata(picture: ImageFile.ImageFile) -> Metadata:
    """The facts of an opened file; a field that makes no sense is left out."""
    exif = picture.getexif()
    details = exif.get_ifd(EXIF_SECTION)
    iptc = IptcImagePlugin.getiptcinfo(picture) or {}
    xmp = _bytes(picture.info.get("xmp"))
    titles = [*_xmp_titles(xmp), *_texts(iptc.get((2, 5))), *_texts(exif.get(0x9C9B)), *_texts(exif.get(0x010E))]
    words = [*_xmp_keywords(xmp), *_texts(iptc.get((2, 25)))]
    words += [word for text in _texts(exif.get(0x9C9E)) for word in text.split(";")]
    return Metadata(
        title=next((title for text in titles if (title := _title(text))), ""),
        keywords=clean_keywords(words),
        taken=_taken(details.get(0x9003), details.get(0x9011)),
        camera=_camera(dict(exif), dict(details)),
    )


def _title(text: str) -> str:
    title = clean(text, TITLE_LENGTH)
    return "" if NOT_A_TITLE.fullmatch(title) else title


def _bytes(value: Any) -> bytes:
    return value.encode("utf-8", "replace") if isinstance(value, str) else bytes(value or b"")


def _texts(value: Any) -> list[str]:
    """The texts in a tag: UTF-8, or UTF-16 where it ends like it (the XP tags of Windows)."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, tuple) and all(isinstance(item, int) and 0 <= item < 256 for item in value):
        value = bytes(value)
    if not isinstance(value, bytes):
        return []
    wide = len(value) >= 2 and len(value) % 2 == 0 and value.endswith(b"\0\0")
    return [value.decode("utf-16-le" if wide else "utf-8", "replace")]


def _xmp_text(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8", "replace"))


def _xmp_titles(xmp: bytes) -> list[str]:
    return [_xmp_text(raw) for raw in XMP_TITLE.findall(xmp)[:1]]


def _xmp_keywords(xmp: bytes) -> list[str]:
    return [_xmp_text(raw) for bag in XMP_SUBJECT.findall(xmp)[:1] for raw in XMP_ITEM.findall(bag)[:MAX_KEYWORDS]]


def _taken(stamp: Any, offset: Any) -> str:
    """'2024:05:01 12:30:00' and '+09:00' -> ISO 8601; without an offset it is taken to be UTC."""
    for text, pattern in ((f"{stamp}{offset}", "%Y:%m:%d %H:%M:%S%z"), (str(stamp), "%Y:%m:%d %H:%M:%S")):
        try:
            taken = datetime.strptime(text.strip("\0 "), pattern)
        except ValueError:
            continue
        aware = taken if taken.tzinfo else taken.replace(tzinfo=UTC)
        return aware.isoformat() if 1826 <= aware.year <= 2200 else ""
    return ""


def _number(value: Any) -> float | None:
    if isinstance(value, tuple):
        value = value[0] if value else None
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) and 0 < number < 1e7 else None


def _exposure(seconds: float) -> str:
    return f"1/{round(1 / seconds)}" if seconds < 0.4 else f"{seconds:g}"


def _camera(exif: dict[int, Any], details: dict[int, Any]) -> dict[str, str | float | int]:
    camera: dict[str, str | float | int] = {}
    for name, raw in (("make", exif.get(0x010F)), ("model", exif.get(0x0110)), ("lens", details.get(0xA434))):
        text = clean(" ".join(_texts(raw)), WORD_LENGTH)
        if text:
            camera[name] = text
    if (seconds := _number(details.get(0x829A))) is not None and seconds > 1e-6:
        camera["exposure"] = _exposure(seconds)
    if (aperture := _number(details.get(0x829D))) is not None:
        camera["aperture"] = round(aperture, 1)
    if (iso := _number(details.get(0x8827))) is not None:
        camera["iso"] = round(iso)
    if (focal_length := _number(details.get(0x920A))) is not None:
        camera["focal_length"] = round(focal_length, 1)
    return camera
