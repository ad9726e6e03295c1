"""Splits a file into the picture, and the blocks with its metadata: EXIF, IPTC and XMP, as raw bytes.

Pillow gets the picture without the blocks: it reads blocks while it opens a file, so a broken block would
make the picture unreadable. Broken colour profiles are removed for the same reason. The stored original is
the unchanged file.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

_MOST = 1_000_000  # largest size of an unpacked block, in bytes
_MANY = 20  # blocks of a kind that are read
IPTC_RESOURCE = b"8BIM\x04\x04"
TIFF_HEAD = re.compile(rb"II\*\0|MM\0\*")
JPEG_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
PNG_KEPT = {b"tRNS", b"acTL", b"fcTL", b"fdAT"}  # ancillary chunks that change the pixels
RAW_PROFILE = b"Raw profile type "  # how ImageMagick stores blocks in a PNG


@dataclass
class Parts:
    """The blocks as they are in the file, which may contain several of a kind; they are not parsed yet."""

    picture: bytes
    exif: list[bytes] = field(default_factory=list)
    iptc: list[bytes] = field(default_factory=list)
    xmp: list[bytes] = field(default_factory=list)


def take_apart(data: bytes, kind: str) -> Parts:
    """`kind` is Pillow's name of the format. Content that this module does not understand stays in the
    picture, for Pillow to judge."""
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
    kept, photoshop, position = [data[:2]], b"", 2
    while (position := data.find(b"\xff", position)) >= 0:
        while data[position + 1 : position + 2] == b"\xff":  # fill bytes
            position += 1
        if position + 4 > len(data):
            break
        marker, size = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == 0 or marker in JPEG_ALONE:
            position += 2
            continue
        if marker in {0xDA, 0xD9} or size < 2 or position + 2 + size > len(data):
            kept.append(data[position:])
            break
        body = data[position + 4 : position + 2 + size]
        if marker == 0xE1 and body.startswith(b"Exif\0"):
            parts.exif.append(body[6:])
        elif marker == 0xE1 and body.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
            parts.xmp.append(body[29:])
        elif marker == 0xED and len(photoshop) < _MOST:
            photoshop += body.removeprefix(b"Photoshop 3.0\0")
        elif _is_needed_to_decode(marker, body):
            kept.append(data[position : position + 2 + size])
        position += 2 + size
    parts.iptc = list(_resources(photoshop)) or [photoshop]
    return b"".join(kept)


def _is_needed_to_decode(marker: int, body: bytes) -> bool:
    """True for the application segments that Pillow needs, if they are complete; False for comments."""
    if marker == 0xE0:
        return body.startswith(b"JFIF\0") and len(body) >= 14
    if marker == 0xE2:
        return body.startswith(b"ICC_PROFILE\0") and len(body) > 14
    if marker == 0xEE:
        return body.startswith(b"Adobe") and len(body) >= 12
    return not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _resources(photoshop: bytes) -> Iterator[bytes]:
    """The IPTC resources of a Photoshop block, found by their signature: the length of a resource before them
    may be wrong."""
    for found in islice(re.finditer(re.escape(IPTC_RESOURCE), photoshop), _MANY):
        name = photoshop[found.end() : found.end() + 1] or b"\0"
        start = found.end() + 1 + name[0] + (name[0] + 1) % 2
        size = int.from_bytes(photoshop[start : start + 4], "big")
        yield photoshop[start + 4 : start + 4 + size]


def _png(data: bytes, parts: Parts) -> bytes:
    kept, position = [data[:8]], 8
    while position + 12 <= len(data):
        size, name = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        end = position + 12 + size
        if not name.isalpha() or end > len(data):
            break
        if name[:1].isupper() or name in PNG_KEPT or (name == b"iCCP" and _is_profile(data[position:end])):
            kept.append(data[position:end])
        elif name == b"eXIf":
            parts.exif.append(data[position + 8 : end - 4])
        elif name in {b"tEXt", b"zTXt", b"iTXt"} and _is_sound(data[position:end]):
            _png_text(name, data[position + 8 : end - 4], parts)
        position = end
        if name == b"IEND":
            return b"".join(kept)
    return b"".join([*kept, data[position:]])


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
    """The uncompressed bytes, up to the first error."""
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
    """The block: a line with the kind, a line with the length, then hexadecimal digits, up to the first other
    character."""
    digits = b"".join(text.strip().split(b"\n")[2:]).translate(None, b" \r\t")
    pairs = re.match(rb"(?:[0-9a-fA-F]{2})*", digits)
    return bytes.fromhex(pairs[0].decode()) if pairs else b""


def _is_profile(chunk: bytes) -> bool:
    name, _, packed = chunk[8:-4].partition(b"\0")
    try:
        inflate = zlib.decompressobj()
        inflate.decompress(packed[1:], _MOST)
    except zlib.error:
        return False
    return bool(name) and packed[:1] == b"\0" and not inflate.unconsumed_tail and _is_sound(chunk)


def _webp(data: bytes, parts: Parts) -> bytes:
    kept, position, blocks = bytearray(data[:12]), 12, {b"EXIF": parts.exif, b"XMP ": parts.xmp}
    declared_end = 8 + int.from_bytes(data[4:8], "little")
    while position + 8 <= min(declared_end, len(data)):
        name, size = (
            data[position : position + 4],
            int.from_bytes(data[position + 4 : position + 8], "little"),
        )
        end = position + 8 + size + size % 2
        if name in blocks:
            blocks[name].append(data[position + 8 : position + 8 + size])
        elif end - size % 2 > len(data):
            break
        else:
            kept += data[position:end]
        position = end
    if not parts.exif and not parts.xmp:
        return data
    kept += data[position:declared_end]
    if kept[12:16] == b"VP8X" and len(kept) > 20:
        kept[20] &= 0xFF ^ 0x0C  # the header no longer announces EXIF and XMP
    kept[4:8] = (len(kept) - 8).to_bytes(4, "little")
    return bytes(kept)


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, start and end of the content) of ISO boxes."""
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
    """The decoder itself parses EXIF, so the type of its item is changed to an unknown one; the decoder does
    not parse XMP."""
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
    """The bytes of these items, at the positions that an "iloc" box gives."""

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
        number(2)  # data reference index, ignored
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
