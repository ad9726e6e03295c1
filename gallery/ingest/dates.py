"""When a picture was taken, as the files of cameras and programs write it: the day on the camera's clock, and
the instant where the file says how far that clock was from UTC."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

FIRST_YEAR, LAST_YEAR = 1826, 2200  # of photography
STAMP = re.compile(
    r"\s*(\d{4})[:/.-]? ?(\d\d?)[:/.-]? ?(\d\d?)"
    r"(?:[T: ]*(\d\d?):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?|(?!\d))\s*(Z|[+-]\d\d?:?\d\d)?",
    re.ASCII,
)
OFFSET = re.compile(r"\s*(?:Z|([+-])(\d\d?):?(\d\d))\s*", re.ASCII)
FURTHEST = timedelta(hours=15)  # no place on earth is further from UTC


def stamp(text: str, offset: str = "", fraction: str = "") -> str:
    """ISO 8601 of a stamp, its offset and the fraction of its second, which may also stand in the text. The
    day alone where the time makes no sense; empty where the day makes none."""
    found = STAMP.match(text)
    if not found:
        return ""
    try:
        day = date(*map(int, found.group(1, 2, 3)))
    except ValueError:
        return ""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return ""
    hour, minute, second, part = found.group(4, 5, 6, 7)
    digits = part or fraction.strip()
    micro = int(digits.ljust(6, "0")[:6]) if digits.isascii() and digits.isdigit() else 0
    try:
        clock = time(int(hour), int(minute), int(second or 0), micro)
    except (TypeError, ValueError):  # none is said, or 24 o'clock
        return day.isoformat()
    return datetime.combine(day, clock, _zone(found[8] or offset)).isoformat()


def _zone(offset: str) -> timezone | None:
    found = OFFSET.fullmatch(offset)
    if not found:
        return None
    ahead = timedelta(hours=int(found[2] or 0), minutes=int(found[3] or 0))
    if ahead >= FURTHEST:
        return None
    return timezone(-ahead if found[1] == "-" else ahead)


def day_and_instant(taken: str) -> tuple[date | None, datetime | None]:
    """Of a stamp: the day on the camera's clock, and the instant.
    A clock of unknown offset is taken to show UTC."""
    if not taken:
        return None, None
    day = date.fromisoformat(taken[:10])
    if len(taken) == 10:
        return day, None
    instant = datetime.fromisoformat(taken)
    return day, instant if instant.tzinfo else instant.replace(tzinfo=UTC)
