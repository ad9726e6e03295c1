"""When a picture was taken, as cameras and programs write it: the day on the camera's clock, and the instant
if the file contains the offset of that clock from UTC."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

FIRST_YEAR, LAST_YEAR = 1826, 2200  # the first photograph
STAMP = re.compile(
    r"\s*(\d{4})[:/.-]? ?(\d\d?)[:/.-]? ?(\d\d?)"
    r"(?:[T: ]*(\d\d?):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?|(?!\d))\s*(Z|[+-]\d\d?:?\d\d)?",
    re.ASCII,
)
OFFSET = re.compile(r"\s*(?:Z|([+-])(\d\d?):?(\d\d))\s*", re.ASCII)
FURTHEST = timedelta(hours=15)  # no place on earth is further from UTC


def stamp(text: str, offset: str = "", fraction: str = "") -> str:
    """ISO 8601 from the text of a timestamp, its offset, and the fraction of its second (which the text may
    also contain). Only the day if the time is not valid; empty if the day is not valid."""
    match = STAMP.match(text)
    if not match:
        return ""
    try:
        day = date(*map(int, match.group(1, 2, 3)))
    except ValueError:
        return ""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return ""
    hour, minute, second, part = match.group(4, 5, 6, 7)
    digits = part or fraction.strip()
    micro = int(digits.ljust(6, "0")[:6]) if digits.isascii() and digits.isdigit() else 0
    try:
        clock = time(int(hour), int(minute), int(second or 0), micro)
    except (TypeError, ValueError):  # no time, or 24:00
        return day.isoformat()
    return datetime.combine(day, clock, _zone(match[8] or offset)).isoformat()


def _zone(offset: str) -> timezone | None:
    match = OFFSET.fullmatch(offset)
    if not match:
        return None
    ahead = timedelta(hours=int(match[2] or 0), minutes=int(match[3] or 0))
    if ahead >= FURTHEST:
        return None
    return timezone(-ahead if match[1] == "-" else ahead)


def day_and_instant(taken: str) -> tuple[date | None, datetime | None]:
    """The day on the camera's clock, and the instant, of such a timestamp. Without an offset the clock is
    assumed to show UTC."""
    if not taken:
        return None, None
    day = date.fromisoformat(taken[:10])
    if len(taken) == 10:
        return day, None
    instant = datetime.fromisoformat(taken)
    return day, instant if instant.tzinfo else instant.replace(tzinfo=UTC)
