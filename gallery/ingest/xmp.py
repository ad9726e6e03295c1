"""Searches an XMP block for values, as bytes. It is not parsed as XML: an error affects only the values near
it."""

import re

_MOST = 1_000_000  # bytes that are searched
_LONGEST = 100_000  # bytes of one property with its list
ITEM = re.compile(rb"<rdf:li[^>]{0,200}>([^<]{1,2000})</rdf:li>")
WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


def joined(blocks: list[bytes]) -> bytes:
    """All blocks joined, in UTF-8 (or the encoding that they have in its place)."""
    return b"\n".join(map(_narrow, blocks))[:_MOST]


def items(xmp: bytes, name: bytes, most: int) -> list[bytes]:
    """The items of a property's list; its value if it is not a list."""
    start = xmp.find(b"<" + name)
    if start < 0:
        return [value(xmp, name)]
    end = xmp.find(b"</" + name, start)
    inside = xmp[start : min(start + _LONGEST, end if end >= 0 else len(xmp))]
    return [item.strip() for item in ITEM.findall(inside)[:most]] or [value(xmp, name)]


def value(xmp: bytes, name: bytes) -> bytes:
    """The value of a plain property, written as an attribute or as an element; empty without one."""
    pattern = rb"(?<![/\w])" + name + rb"\s{0,9}(?:=\s{0,9}[\"']([^\"'<]{1,2000})[\"']|>([^<]{1,2000})</)"
    match = re.search(pattern, xmp)
    return (match[1] or match[2]).strip() if match else b""


def orientation(xmp: bytes) -> int | None:
    """The orientation, 1 to 8."""
    number = value(xmp, b"tiff:Orientation")
    return int(number) if number in {b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8"} else None


def _narrow(block: bytes) -> bytes:
    wide = WIDE.get(block[:2])
    return block.decode(wide, "ignore").encode() if wide else block
