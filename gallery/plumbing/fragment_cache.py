"""A cache of rendered HTML in memory: cards, parts of the page header, and other parts that look the same
again.

A key names everything that the HTML depends on. Only the CSRF token of the forms differs each time: the
cached HTML contains a marker in its place. With CHECK_FRAGMENTS, as in the tests, every hit is rendered again
and compared, so that an incomplete key fails.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from itertools import zip_longest
from threading import Lock

from django.conf import settings
from django.template import Context

MAX_ENTRIES = 8192  # mostly of 4,000 characters, so about 35 MB in each process
# characters of the HTML and its key: longer ones are not cached, so that no address can fill the memory
MAX_CACHED_LENGTH = 6_000
TOKEN = secrets.token_hex(16)  # the marker; no user can guess it, and write it into a title or a search

_cache: OrderedDict[tuple[object, ...], str] = OrderedDict()  # the last used entry is the last
_lock = Lock()


class WrongKey(Exception):
    """The cached HTML differs from what is rendered now: its key does not name everything that it depends
    on."""


def get(key: tuple[object, ...]) -> str | None:
    """The cached HTML, with the marker in place of the token; None if it is not cached. The key must contain
    the language."""
    with _lock:
        if key not in _cache:
            return None
        _cache.move_to_end(key)
        return _cache[key]


def cached(context: Context, key: tuple[object, ...], render: Callable[[Context], str]) -> str:
    """The HTML of this key, from the cache or else from `render`, which is then cached. With CHECK_FRAGMENTS
    raises WrongKey."""
    html = get(key)
    if html is not None:
        if settings.CHECK_FRAGMENTS:
            _compare(key, html, _render(context, render))
        return html
    html = _render(context, render)
    if len(html) + sum(len(part) for part in key if isinstance(part, str)) <= MAX_CACHED_LENGTH:
        with _lock:
            _cache[key] = html
            if len(_cache) > MAX_ENTRIES:
                _cache.popitem(last=False)
    return html


def _render(context: Context, render: Callable[[Context], str]) -> str:
    with context.push(csrf_token=TOKEN):
        return str(render(context))


def _compare(key: tuple[object, ...], html: str, rendered: str) -> None:
    if html != rendered:
        index = next(index for index, (old, new) in enumerate(zip_longest(html, rendered)) if old != new)
        was, is_ = (repr(text[max(index - 40, 0) : index + 40]) for text in (html, rendered))
        raise WrongKey(
            f"Cached under {key}, and different now. At character {index} it was {was}, and is {is_}."
        )


def with_token(context: Context, html: str) -> str:
    """The HTML with the visitor's token in place of the marker; for the `render` of a template's node."""
    return html.replace(TOKEN, str(context.get("csrf_token", "")))
