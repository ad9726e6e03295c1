"""HTML that is made once and kept in memory: a card, the bar of a page, whatever looks the same when it is shown again.

A key names all that the HTML depends on. What differs each time is the token of the forms: it is kept as a mark.
"""

from collections.abc import Callable
from threading import Lock

from django.template import Context

MOST = 4096  # pieces: about 20 MB a process
TOKEN = "\N{SYMBOL FOR NULL}token"  # noqa: S105  the mark

_kept: dict[tuple[object, ...], str] = {}
_lock = Lock()


def kept(key: tuple[object, ...]) -> str | None:
    """With the mark in place of the token; None for what was not made yet. The language belongs into the key."""
    return _kept.get(key)


def made(context: Context, key: tuple[object, ...], make: Callable[[Context], str], **more: object) -> str:
    """Makes it with `more` in the context, and keeps it."""
    with context.push(csrf_token=TOKEN, **more):
        html = str(make(context))
    with _lock:
        _kept[key] = html
        while len(_kept) > MOST:
            del _kept[next(iter(_kept))]
    return html


def shown(context: Context, html: str) -> str:
    """With the token of whoever looks at it; for the `render` of a template's node."""
    return html.replace(TOKEN, str(context.get("csrf_token", "")))
