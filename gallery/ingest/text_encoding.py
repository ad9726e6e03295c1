"""Bytes of a file -> text for people. In which letters they were written a file seldom says,
and often says wrongly.

UTF-8 where it is that, else what is declared, else Korean where it can be nothing else,
else that of western Windows.
"""

import re

#: What the texts may be read as. The process that reads them cannot open files any more: it loads these
#: before.
CODECS = (
    "utf-8", "utf-16-le", "utf-16-be", "latin-1", "ascii", "cp1252", "cp949", "gb2312", "euc_jp",
    "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-9", "iso8859-15",
)  # fmt: skip
BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
#: Two syllables of the Korean standard one after the other; four accented letters in a row are in no western
#: word.
SYLLABLES = re.compile(rb"[\xb0-\xc8][\xa1-\xfe][\xb0-\xc8][\xa1-\xfe]")
_KOREAN = re.compile(r"[\0-\x7f가-힣ㄱ-ㆎ\u3000-\u303f\uff00-\uffef·…‘’“”]*")
GLUED = re.compile(r"[가-힣][A-Za-z]")  # as no Korean writes, but a western text read as Korean looks


def read(raw: bytes, declared: str = "", among_korean: bool = False) -> str:
    """The text of a field up to its end, a zero. `among_korean`: other texts of the file are."""
    if wide := BOMS.get(raw[:2]):
        return raw[2:].decode(wide, "ignore").split("\0", 1)[0]
    raw = raw.strip(b"\0 \t\r\n").split(b"\0", 1)[0]
    for guess in (_utf8(raw), _strictly(raw, declared), _korean(raw, among_korean), _mostly_utf8(raw)):
        if guess is not None:
            return guess
    western = _strictly(raw, "cp1252")
    return raw.decode("latin-1") if western is None else western


def read_windows(raw: bytes, among_korean: bool = False) -> str:
    """The text of a field of Windows: UTF-16, little end first,
    unless a program wrote something else into it."""
    if raw[:2] in BOMS:
        return read(raw)
    bare = raw.rstrip(b"\0")
    if len(raw) - len(bare) >= 2 or b"\0" in bare or not (_strictly(bare, "utf-8")):
        return raw.decode("utf-16-le", "ignore").split("\0", 1)[0]
    return read(raw, "", among_korean)


def is_korean(raw: bytes) -> bool:
    """In the letters of Korean Windows, beyond doubt."""
    return _utf8(raw) is None and _korean(raw, among_korean=False) is not None


def _strictly(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec) if codec else None
    except UnicodeDecodeError:
        return None


def _utf8(raw: bytes) -> str | None:
    """Also when it was cut within a letter, as the fields of IPTC are."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        cut = error.reason == "unexpected end of data" and not before.isascii()
        return before.decode() if cut else None


def _mostly_utf8(raw: bytes) -> str | None:
    """Where one byte is wrong among right ones the others are read;
    western text has hardly a letter of UTF-8."""
    text = raw.decode("utf-8", "ignore")
    kept = len(text.encode())
    beyond_ascii = kept - len(text.encode("ascii", "ignore"))
    return text if beyond_ascii > len(raw) - kept else None


def _korean(raw: bytes, among_korean: bool) -> str | None:
    text = _strictly(raw, "cp949")
    if text is None or not _KOREAN.fullmatch(text) or GLUED.search(text):
        return None
    return text if among_korean or SYLLABLES.search(raw) else None
