"""Limits on how often a visitor may request expensive work, or try passwords."""

import hashlib

from django.core.cache import cache

from gallery.plumbing.access import Request
from gallery.plumbing.client import client_of


def allowed(request: Request, what: str, most: int, seconds: int, amount: int = 1) -> bool:
    """Counts one request, or the `amount` of work that it asks for. Returns False after more than `most` of
    this user, or of this anonymous visitor's address."""
    who = f"u{request.user.pk}" if request.user.is_authenticated else f"a{client_of(request)}"
    return count(what, who, most, seconds, amount)


def count(what: str, who: str, most: int, seconds: int, amount: int = 1) -> bool:
    """Counts one event, or `amount` of them. Returns False if they are more than `most` within `seconds` of
    the first."""
    key = _key(what, who)
    if cache.add(key, amount, timeout=seconds):
        return amount <= most
    try:
        return cache.incr(key, amount) <= most
    except ValueError:  # it expired between the two calls
        return True


def forgive(what: str, who: str) -> None:
    """Uncounts the last event."""
    try:
        cache.decr(_key(what, who))
    except ValueError:
        return


def reset(what: str, who: str) -> None:
    cache.delete(_key(what, who))


def _key(what: str, who: str) -> str:
    """Hashed, because users can write a text of any length and content into a name field."""
    return f"limit:{what}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
