"""HTML that is made once and kept in memory: a card, the bar of a page,
whatever looks the same when it is shown again.

A key names all that the HTML depends on. What differs each time is the token of the forms: it is kept as a
mark. With CHECK_FRAGMENTS, as the tests run, every hit is rendered again and compared:
a key that leaves something out fails.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from itertools import zip_longest
from threading import Lock

from django.conf import settings
from django.template import Context

MOST = 8192  # pieces: mostly of 4,000 characters, so about 35 MB a process
# characters of a piece and its key: longer ones are not kept, so that no address fills the memory
LONGEST = 6_000
TOKEN = secrets.token_hex(16)  # the mark; nobody can write it into a title or a search

_kept: OrderedDict[tuple[object, ...], str] = OrderedDict()  # what was asked for last stands last
_lock = Lock()


class WrongKey(Exception):
    """The HTML in the cache differs from what is rendered now:
    its key does not name all that it depends on."""


def kept(key: tuple[object, ...]) -> str | None:
    """With the mark in place of the token; None for what was not made yet.
    The language belongs into the key."""
    with _lock:
        if key not in _kept:
            return None
        _kept.move_to_end(key)
        return _kept[key]


def made(context: Context, key: tuple[object, ...], make: Callable[[Context], str]) -> str:
    """What is kept under the key; made, and kept, where there is nothing.
    With CHECK_FRAGMENTS raises WrongKey."""
    html = kept(key)
    if html is not None:
        if settings.CHECK_FRAGMENTS:
            _compare(key, html, _fresh(context, make))
        return html
    html = _fresh(context, make)
    if len(html) + sum(len(part) for part in key if isinstance(part, str)) <= LONGEST:
        with _lock:
            _kept[key] = html
            if len(_kept) > MOST:
                _kept.popitem(last=False)
    return html


def _fresh(context: Context, make: Callable[[Context], str]) -> str:
    with context.push(csrf_token=TOKEN):
        return str(make(context))


def _compare(key: tuple[object, ...], html: str, now: str) -> None:
    if html != now:
        place = next(place for place, (one, other) in enumerate(zip_longest(html, now)) if one != other)
        was, is_ = (repr(text[max(place - 40, 0) : place + 40]) for text in (html, now))
        raise WrongKey(f"Kept under {key}, and another now. At character {place} it was {was}, and is {is_}.")


def shown(context: Context, html: str) -> str:
    """With the token of whoever looks at it; for the `render` of a template's node."""
    return html.replace(TOKEN, str(context.get("csrf_token", "")))
