"""Parses an EXIF block. Each field fails alone: a field outside the block, or of an unknown type, is left
out, and so are the fields of a section that cannot be found. Text stays bytes, because EXIF does not define
its encoding."""

import struct

from gallery.ingest.containers import TIFF_HEAD

SECTION = 0x8769  # offset of the section with the settings of the camera
ORIENTATION = 0x0112
#: Only these tags are read, so that a new tag cannot leak: never a location, a serial number or a comment.
OF_PICTURE = {SECTION, ORIENTATION, 0x010E, 0x010F, 0x0110, 0x0132, 0x9C9B, 0x9C9E}
OF_SHOT = {
    0x829A, 0x829D, 0x8827, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x920A, 0x9290, 0x9291, 0x9292, 0xA434,
}  # fmt: skip
_LONGEST = 65_536  # bytes of one field that are read
BYTES = {1, 2, 7, 129}  # also text, in various encodings
NUMBERS = {3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I"}
FRACTIONS = {5: "II", 10: "ii"}

Value = bytes | int | float


def read(blocks: list[bytes]) -> dict[int, Value]:
    """The fields of the first valid block, by tag; the blocks after it continue it. Of a list of numbers the
    first one counts."""
    for index, block in enumerate(blocks):
        # Its name may come first or, in AVIF, its offset.
        if head := TIFF_HEAD.search(block, 0, 64):
            return _read(b"".join([block[head.start() :], *blocks[index + 1 :]]))
    return {}


def orientation(exif: dict[int, Value]) -> int | None:
    """The orientation, 1 to 8."""
    value = exif.get(ORIENTATION)
    number = value[0] if isinstance(value, bytes) else value
    return int(number) if number is not None and number in range(1, 9) else None


def _read(data: bytes) -> dict[int, Value]:
    order = "<" if data.startswith(b"II") else ">"
    (first,) = struct.unpack_from(order + "I", data.ljust(8, b"\0"), 4)
    fields = _section(data, order, first, OF_PICTURE)
    at = fields.get(SECTION)
    return fields | (_section(data, order, at, OF_SHOT) if isinstance(at, int) else {})


def _section(data: bytes, order: str, at: int, wanted: set[int]) -> dict[int, Value]:
    fields: dict[int, Value] = {}
    if not 8 <= at <= len(data) - 2:
        return fields
    (count,) = struct.unpack_from(order + "H", data, at)
    for entry in range(at + 2, min(at + 2 + 12 * count, len(data) - 11), 12):
        tag, kind, number = struct.unpack_from(order + "HHI", data, entry)
        if tag in wanted and tag not in fields:
            value = _value(data, order, entry + 8, kind, number)
            if value is not None:
                fields[tag] = value
    return fields


def _value(data: bytes, order: str, offset: int, kind: int, count: int) -> Value | None:
    """The value of a field: in the field itself or, if it is longer than four bytes, at the offset in the
    field."""
    form = "s" if kind in BYTES else NUMBERS.get(kind) or FRACTIONS.get(kind)
    if form is None or count == 0:
        return None
    size = struct.calcsize(order + form)
    if size * count > 4:
        (offset,) = struct.unpack_from(order + "I", data, offset)
    if kind in BYTES:
        return data[offset : offset + min(count, _LONGEST)] or None
    if offset + size > len(data):
        return None
    numbers = struct.unpack_from(order + form, data, offset)
    if len(numbers) == 2:
        return numbers[0] / numbers[1] if numbers[1] else None
    return float(numbers[0]) if kind in {11, 12} else int(numbers[0])
