"""An IPTC block -> the texts of its records, as bytes, and in which letters it says that they are."""

# what is looked at: letters, title, keyword, day, time
RECORDS = {(1, 90), (2, 5), (2, 25), (2, 55), (2, 60)}
_LONGEST = 4096  # bytes of one that are read
#: ISO 2022: which letters a block announces, by the name that Python has for them.
LETTERS = {
    b"\x1b%G": "utf-8", b"\x1b.A": "latin-1", b"\x1b-A": "latin-1", b"\x1b.B": "iso8859-2",
    b"\x1b-B": "iso8859-2", b"\x1b-L": "iso8859-5", b"\x1b-F": "iso8859-7", b"\x1b-M": "iso8859-9",
    b"\x1b-b": "iso8859-15", b"\x1b$)A": "gb2312", b"\x1b$)B": "euc_jp", b"\x1b$)C": "cp949",
}  # fmt: skip

Records = dict[tuple[int, int], list[bytes]]


def read(blocks: list[bytes]) -> Records:
    """The records by number. One of a wrong length ends where the next one begins;
    what is between them is skipped."""
    found: Records = {}
    for block in blocks:
        at = 0
        while (at := block.find(b"\x1c", at)) >= 0 and at + 5 <= len(block):
            record, size = (block[at + 1], block[at + 2]), int.from_bytes(block[at + 3 : at + 5], "big")
            start = at + 5
            if size & 0x8000:  # extended: so many bytes hold the length
                width = min(size & 0x7FFF, 4)
                start, size = start + width, int.from_bytes(block[start : start + width], "big")
            if record in RECORDS:
                value = block[start : start + min(size, _LONGEST)].split(b"\x1c\x02", 1)[0]
                found.setdefault(record, []).append(value)
                at = start + len(value)
            else:
                at = start + size if 1 <= record[0] <= 9 and start + size <= len(block) else at + 1
    return found


def letters(records: Records) -> str:
    """The declared letters by the name that Python has for them; empty where none, or unknown ones, are."""
    return LETTERS.get(next(iter(records.get((1, 90), [])), b"").strip(), "")
