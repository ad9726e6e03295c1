"""Parses IPTC blocks: the texts of the records, as bytes, and the encoding that a block declares."""

# the records that are read: encoding, title, keyword, day, time
RECORDS = {(1, 90), (2, 5), (2, 25), (2, 55), (2, 60)}
_LONGEST = 4096  # bytes of a record that are read
#: Encodings by their ISO 2022 escape sequences, with Python's names.
ENCODINGS = {
    b"\x1b%G": "utf-8", b"\x1b.A": "latin-1", b"\x1b-A": "latin-1", b"\x1b.B": "iso8859-2",
    b"\x1b-B": "iso8859-2", b"\x1b-L": "iso8859-5", b"\x1b-F": "iso8859-7", b"\x1b-M": "iso8859-9",
    b"\x1b-b": "iso8859-15", b"\x1b$)A": "gb2312", b"\x1b$)B": "euc_jp", b"\x1b$)C": "cp949",
}  # fmt: skip

Records = dict[tuple[int, int], list[bytes]]


def read(blocks: list[bytes]) -> Records:
    """The records by number. A record of a wrong length ends where the next one begins; bytes between records
    are skipped."""
    records: Records = {}
    for block in blocks:
        position = 0
        while (position := block.find(b"\x1c", position)) >= 0 and position + 5 <= len(block):
            record, size = (
                (block[position + 1], block[position + 2]),
                int.from_bytes(block[position + 3 : position + 5], "big"),
            )
            start = position + 5
            if size & 0x8000:  # extended: the number of bytes of the length
                width = min(size & 0x7FFF, 4)
                start, size = start + width, int.from_bytes(block[start : start + width], "big")
            if record in RECORDS:
                value = block[start : start + min(size, _LONGEST)].split(b"\x1c\x02", 1)[0]
                records.setdefault(record, []).append(value)
                position = start + len(value)
            else:
                position = (
                    start + size if 1 <= record[0] <= 9 and start + size <= len(block) else position + 1
                )
    return records


def encoding(records: Records) -> str:
    """Python's name of the declared encoding; empty if it is missing or unknown."""
    return ENCODINGS.get(next(iter(records.get((1, 90), [])), b"").strip(), "")
