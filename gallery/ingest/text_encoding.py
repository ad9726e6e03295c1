"""Bytes of metadata -> text. Files seldom declare the encoding, and often declare a wrong one.

UTF-8 if the bytes are valid, else the declared encoding, else Korean if only that is possible, else
Windows-1252.
"""

import re

#: The possible encodings. The process that reads the texts can open no files, so it loads them before.
CODECS = (
    "utf-8", "utf-16-le", "utf-16-be", "latin-1", "ascii", "cp1252", "cp949", "gb2312", "euc_jp",
    "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-9", "iso8859-15",
)  # fmt: skip
BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
#: Two Korean syllables in a row; as Western text they would be four accented letters in a row, which no word
#: contains.
SYLLABLES = re.compile(rb"[\xb0-\xc8][\xa1-\xfe][\xb0-\xc8][\xa1-\xfe]")
_KOREAN = re.compile(r"[\0-\x7f가-힣ㄱ-ㆎ\u3000-\u303f\uff00-\uffef·…‘’“”]*")
GLUED = re.compile(r"[가-힣][A-Za-z]")  # never in Korean, but frequent in Western text that is read as Korean


def read(raw: bytes, declared: str = "", among_korean: bool = False) -> str:
    """The text of a field up to a zero byte. `among_korean`: other texts of the file are Korean."""
    if wide := BOMS.get(raw[:2]):
        return raw[2:].decode(wide, "ignore").split("\0", 1)[0]
    raw = raw.strip(b"\0 \t\r\n").split(b"\0", 1)[0]
    for guess in (_utf8(raw), _strictly(raw, declared), _korean(raw, among_korean), _mostly_utf8(raw)):
        if guess is not None:
            return guess
    western = _strictly(raw, "cp1252")
    return raw.decode("latin-1") if western is None else western


def read_windows(raw: bytes, among_korean: bool = False) -> str:
    """The text of a Windows field: UTF-16 little-endian, unless a program wrote another encoding."""
    if raw[:2] in BOMS:
        return read(raw)
    bare = raw.rstrip(b"\0")
    if len(raw) - len(bare) >= 2 or b"\0" in bare or not (_strictly(bare, "utf-8")):
        return raw.decode("utf-16-le", "ignore").split("\0", 1)[0]
    return read(raw, "", among_korean)


def is_korean(raw: bytes) -> bool:
    """True if the bytes are certainly Korean (cp949)."""
    return _utf8(raw) is None and _korean(raw, among_korean=False) is not None


def _strictly(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec) if codec else None
    except UnicodeDecodeError:
        return None


def _utf8(raw: bytes) -> str | None:
    """Also if the text was cut within a character, as in IPTC fields."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        valid = raw[: error.start]
        cut = error.reason == "unexpected end of data" and not valid.isascii()
        return valid.decode() if cut else None


def _mostly_utf8(raw: bytes) -> str | None:
    """Reads the valid characters if few bytes are wrong; Western text contains almost no valid UTF-8
    characters."""
    text = raw.decode("utf-8", "ignore")
    valid = len(text.encode())
    beyond_ascii = valid - len(text.encode("ascii", "ignore"))
    return text if beyond_ascii > len(raw) - valid else None


def _korean(raw: bytes, among_korean: bool) -> str | None:
    text = _strictly(raw, "cp949")
    if text is None or not _KOREAN.fullmatch(text) or GLUED.search(text):
        return None
    return text if among_korean or SYLLABLES.search(raw) else None
