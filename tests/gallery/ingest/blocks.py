"""Blocks of metadata written byte by byte: the writer of a library would not write broken blocks."""

import struct
import zlib

from PIL import Image

from tests.gallery.ingest.pictures import chunk, encoded, jpeg, painting

TEXT, SHORT, LONG, RAW = 2, 3, 4, 7
KINDS = ("JPEG", "PNG", "WEBP", "AVIF")
Field = tuple[int, int, bytes]  # tag, type, value


def text(tag: int, value: bytes | str) -> Field:
    return tag, TEXT, (value.encode() if isinstance(value, str) else value) + b"\0"


def turn(number: int = 6) -> Field:
    return 0x0112, SHORT, struct.pack("<H", number)


def _section(fields: list[Field], at: int, size_of: dict[int, int]) -> bytes:
    """A section that begins at `at`, with its long values behind it."""
    table, values = b"", b""
    for tag, kind, value in sorted(fields):
        count = len(value) // size_of.get(kind, 1)
        if len(value) > 4:
            place = at + 2 + 12 * len(fields) + 4 + len(values)
            values += value + b"\0" * (len(value) % 2)
            value = struct.pack("<I", place)
        table += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
    return struct.pack("<H", len(fields)) + table + bytes(4) + values


def exif(*picture: Field, shot: list[Field] | None = None) -> bytes:
    """A TIFF block of these fields; `shot` are those of the camera's own section."""
    size_of, fields = {SHORT: 2, LONG: 4, 13: 4}, list(picture)
    if shot:
        length = len(_section([*fields, (0x8769, LONG, bytes(4))], 8, size_of))
        fields.append((0x8769, LONG, struct.pack("<I", 8 + length)))
    main = _section(fields, 8, size_of)
    return b"II*\0" + struct.pack("<I", 8) + main + (_section(shot, 8 + len(main), size_of) if shot else b"")


def record(dataset: int, value: bytes | str, number: int = 2) -> bytes:
    value = value.encode() if isinstance(value, str) else value
    return b"\x1c" + bytes([number, dataset]) + len(value).to_bytes(2, "big") + value


def photoshop(records: bytes) -> bytes:
    return (
        b"Photoshop 3.0\0"
        + b"8BIM\x04\x04\0\0"
        + len(records).to_bytes(4, "big")
        + records
        + b"\0" * (len(records) % 2)
    )


def xmp(inside: str | bytes) -> bytes:
    """A packet with these elements."""
    inside = inside.encode() if isinstance(inside, str) else inside
    return (
        b"<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><rdf:Description rdf:about=''>"
        + inside
        + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def titled(title: str, keyword: str = "") -> bytes:
    words = f"<dc:subject><rdf:Bag><rdf:li>{keyword}</rdf:li></rdf:Bag></dc:subject>" if keyword else ""
    return xmp(
        f"<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>{title}</rdf:li></rdf:Alt></dc:title>{words}"
    )


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def described(
    kind: str, exif: bytes = b"", xmp: bytes = b"", app13: bytes = b"", picture: bytes = b""
) -> bytes:
    """A picture, 480 by 320 unless another file is given, with these blocks. AVIF: one that its container
    turns by 6 if the EXIF block is there."""
    made = painting(480, 320)
    if kind == "JPEG":
        picture = picture or jpeg(480, 320)
        blocks = segment(0xE1, b"Exif\0\0" + exif) if exif else b""
        blocks += segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp) if xmp else b""
        return picture[:2] + blocks + (segment(0xED, app13) if app13 else b"") + picture[2:]
    if kind == "PNG":
        picture = picture or encoded(made, "PNG")
        blocks = chunk(b"eXIf", exif) if exif else b""
        blocks += chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp) if xmp else b""
        return picture[:33] + blocks + picture[33:]
    if kind == "WEBP":
        return _webp(picture or encoded(made, "WEBP"), exif, xmp)
    return _avif(made, exif, xmp)


def _webp(picture: bytes, exif: bytes, xmp: bytes) -> bytes:
    body = b"VP8X" + struct.pack("<I", 10) + bytes([8 * bool(exif) + 4 * bool(xmp), 0, 0, 0])
    body += (479).to_bytes(3, "little") + (319).to_bytes(3, "little") + picture[12:]
    for name, block in ((b"EXIF", exif), (b"XMP ", xmp)):
        if block:
            body += name + struct.pack("<I", len(block)) + block + b"\0" * (len(block) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _avif(made: Image.Image, exif: bytes, xmp: bytes) -> bytes:
    """Pillow writes a block of the same length, which is then written over."""
    options = {"xmp": xmp} if xmp else {}
    if not exif:
        return encoded(made, "AVIF", **options)
    place = Image.Exif()
    place[0x010E], place[0x0112] = "@" * len(exif), 6
    data = encoded(made, "AVIF", exif=place, **options)
    at = max(data.find(b"MM\0*"), data.find(b"II*\0"))
    return data[:at] + exif + data[at + len(exif) :]


def packed(keyword: bytes, body: bytes) -> bytes:
    """A zTXt chunk."""
    return chunk(b"zTXt", keyword + b"\0\0" + zlib.compress(body))


def raw_profile(kind: bytes, block: bytes) -> bytes:
    """How ImageMagick keeps a block in a PNG."""
    lines = b"\n".join(block.hex().encode()[at : at + 72] for at in range(0, 2 * len(block), 72))
    return packed(b"Raw profile type " + kind, b"\n" + kind + b"\n%8d\n" % len(block) + lines + b"\n")
