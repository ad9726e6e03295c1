"""A file -> its picture alone, and the blocks that describe it: EXIF, IPTC and XMP, as raw bytes.

Pillow is given the picture without them: it reads blocks while it opens a file, and one that is broken would
take the picture along. Broken blocks of colour are left out for the same reason.
What is kept on the disk is the file as it was.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

_MOST = 1_000_000  # bytes that one block may have when it is unpacked
_MANY = 20  # blocks of a kind that are looked at
IPTC_RESOURCE = b"8BIM\x04\x04"
TIFF_HEAD = re.compile(rb"II\*\0|MM\0\*")
JPEG_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
PNG_KEPT = {b"tRNS", b"acTL", b"fcTL", b"fdAT"}  # of what may be left out, what changes the pixels
RAW_PROFILE = b"Raw profile type "  # how ImageMagick keeps blocks in a PNG


@dataclass
class Parts:
    """The blocks as they lie in the file, each as often as it is there; none of them has been looked into."""

    picture: bytes
    exif: list[bytes] = field(default_factory=list)
    iptc: list[bytes] = field(default_factory=list)
    xmp: list[bytes] = field(default_factory=list)


def take_apart(data: bytes, kind: str) -> Parts:
    """`kind` as Pillow names it. What cannot be followed stays in the picture, for Pillow to judge."""
    walk: Callable[[bytes, Parts], bytes] | None = {
        "JPEG": _jpeg,
        "PNG": _png,
        "WEBP": _webp,
        "AVIF": _avif,
    }.get(kind)
    parts = Parts(data)
    if walk:
        parts.picture = walk(data, parts)
    return parts


def _jpeg(data: bytes, parts: Parts) -> bytes:
    kept, photoshop, at = [data[:2]], b"", 2
    while (at := data.find(b"\xff", at)) >= 0:
        while data[at + 1 : at + 2] == b"\xff":  # filling
            at += 1
        if at + 4 > len(data):
            break
        marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0 or marker in JPEG_ALONE:
            at += 2
            continue
        if marker in {0xDA, 0xD9} or size < 2 or at + 2 + size > len(data):
            kept.append(data[at:])
            break
        body = data[at + 4 : at + 2 + size]
        if marker == 0xE1 and body.startswith(b"Exif\0"):
            parts.exif.append(body[6:])
        elif marker == 0xE1 and body.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
            parts.xmp.append(body[29:])
        elif marker == 0xED and len(photoshop) < _MOST:
            photoshop += body.removeprefix(b"Photoshop 3.0\0")
        elif _says_how_to_decode(marker, body):
            kept.append(data[at : at + 2 + size])
        at += 2 + size
    parts.iptc = list(_resources(photoshop)) or [photoshop]
    return b"".join(kept)


def _says_how_to_decode(marker: int, body: bytes) -> bool:
    """Of the segments of applications those that Pillow needs, and that are whole; no comment."""
    if marker == 0xE0:
        return body.startswith(b"JFIF\0") and len(body) >= 14
    if marker == 0xE2:
        return body.startswith(b"ICC_PROFILE\0") and len(body) > 14
    if marker == 0xEE:
        return body.startswith(b"Adobe") and len(body) >= 12
    return not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _resources(photoshop: bytes) -> Iterator[bytes]:
    """The IPTC resources of a Photoshop block, found by their name: the length of one before may be wrong."""
    for found in islice(re.finditer(re.escape(IPTC_RESOURCE), photoshop), _MANY):
        name = photoshop[found.end() : found.end() + 1] or b"\0"
        start = found.end() + 1 + name[0] + (name[0] + 1) % 2
        size = int.from_bytes(photoshop[start : start + 4], "big")
        yield photoshop[start + 4 : start + 4 + size]


def _png(data: bytes, parts: Parts) -> bytes:
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + size
        if not name.isalpha() or end > len(data):
            break
        if name[:1].isupper() or name in PNG_KEPT or (name == b"iCCP" and _is_profile(data[at:end])):
            kept.append(data[at:end])
        elif name == b"eXIf":
            parts.exif.append(data[at + 8 : end - 4])
        elif name in {b"tEXt", b"zTXt", b"iTXt"} and _is_sound(data[at:end]):
            _png_text(name, data[at + 8 : end - 4], parts)
        at = end
        if name == b"IEND":
            return b"".join(kept)
    return b"".join([*kept, data[at:]])


def _is_sound(chunk: bytes) -> bool:
    return zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")


def _png_text(name: bytes, body: bytes, parts: Parts) -> None:
    keyword, _, text = body.partition(b"\0")
    packed = name == b"zTXt"
    if name == b"iTXt":
        packed = text[:1] == b"\1"
        text = text[2:].split(b"\0", 2)[-1]
    elif packed:
        text = text[1:]
    many = max(map(len, (parts.exif, parts.iptc, parts.xmp))) >= _MANY
    if many or (keyword != b"XML:com.adobe.xmp" and not keyword.startswith(RAW_PROFILE)):
        return
    text = _unpacked(text) if packed else text
    if not keyword.startswith(RAW_PROFILE):
        parts.xmp.append(text)
        return
    block = _raw_profile(text)
    match keyword.removeprefix(RAW_PROFILE).lower():
        case b"exif":
            parts.exif.append(block)
        case b"xmp":
            parts.xmp.append(block)
        case b"app1":  # either
            (parts.exif if TIFF_HEAD.search(block[:32]) else parts.xmp).append(block)
        case b"iptc":
            parts.iptc += list(_resources(block)) or [block]


def _unpacked(packed: bytes) -> bytes:
    """What comes out, as far as it is sound."""
    inflate, out = zlib.decompressobj(), b""
    try:
        for start in range(0, len(packed), 1024):
            out += inflate.decompress(packed[start : start + 1024], _MOST - len(out))
            if len(out) >= _MOST:
                break
    except zlib.error:
        pass
    return out


def _raw_profile(text: bytes) -> bytes:
    """A line with the kind, one with the length, then hexadecimal digits; as far as they are such."""
    digits = b"".join(text.strip().split(b"\n")[2:]).translate(None, b" \r\t")
    whole = re.match(rb"(?:[0-9a-fA-F]{2})*", digits)
    return bytes.fromhex(whole[0].decode()) if whole else b""


def _is_profile(chunk: bytes) -> bool:
    name, _, packed = chunk[8:-4].partition(b"\0")
    try:
        inflate = zlib.decompressobj()
        inflate.decompress(packed[1:], _MOST)
    except zlib.error:
        return False
    return bool(name) and packed[:1] == b"\0" and not inflate.unconsumed_tail and _is_sound(chunk)


def _webp(data: bytes, parts: Parts) -> bytes:
    kept, at, blocks = bytearray(data[:12]), 12, {b"EXIF": parts.exif, b"XMP ": parts.xmp}
    told = 8 + int.from_bytes(data[4:8], "little")
    while at + 8 <= min(told, len(data)):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        if name in blocks:
            blocks[name].append(data[at + 8 : at + 8 + size])
        elif end - size % 2 > len(data):
            break
        else:
            kept += data[at:end]
        at = end
    if not parts.exif and not parts.xmp:
        return data
    kept += data[at:told]
    if kept[12:16] == b"VP8X" and len(kept) > 20:
        kept[20] &= 0xFF ^ 0x0C  # it says no more that there are any
    kept[4:8] = (len(kept) - 8).to_bytes(4, "little")
    return bytes(kept)


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, where its content starts, where it ends) of ISO boxes."""
    while at + 8 <= end:
        size, start = int.from_bytes(data[at : at + 4], "big"), at + 8
        if size == 1:
            size, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        stop = end if size == 0 else at + size
        if stop < start or stop > end:
            return
        yield data[at + 4 : at + 8], start, stop
        at = stop


def _avif(data: bytes, parts: Parts) -> bytes:
    """EXIF is looked into by the very decoder, so its item becomes one that the decoder does not know;
    XMP is not."""
    kept = bytearray(data)
    for name, start, end in _boxes(data, 0, len(data)):
        inside = (
            {name: (at, stop) for name, at, stop in _boxes(data, start + 4, end)} if name == b"meta" else {}
        )
        if not {b"iinf", b"iloc"} <= set(inside):
            continue
        at, stop = inside[b"iinf"]
        items = set()
        for _, entry, _ in _boxes(data, at + (8 if data[at] else 6), stop):
            wide = data[entry : entry + 1] == b"\3"
            kind = entry + (10 if wide else 8)
            if data[kind : kind + 4] == b"Exif":
                items.add(int.from_bytes(data[entry + 4 : entry + (8 if wide else 6)], "big"))
                kept[kind : kind + 4] = b"none"
        parts.exif += _placed(data, *inside[b"iloc"], inside.get(b"idat", (0, 0))[0], items)
    return bytes(kept)


def _placed(data: bytes, at: int, end: int, idat: int, items: set[int]) -> Iterator[bytes]:
    """The bytes of these items, as an "iloc" box says where they are."""

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(data[at - size : at], "big")

    version, _, sizes = number(1), number(3), number(2)
    long_offset, long_length, long_base = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    long_index = sizes & 15 if version else 0
    wide = 4 if version == 2 else 2
    for _ in range(number(wide)):
        item = number(wide)
        origin = idat if version and number(2) & 15 == 1 else 0
        number(2)  # in which file
        base, body = number(long_base), b""
        for _ in range(number(2)):
            number(long_index)
            start, length = origin + base + number(long_offset), number(long_length)
            if item in items and len(body) < _MOST:
                body += data[start : start + min(length, _MOST)]
        if item in items:
            yield body
        if at > end:
            return
