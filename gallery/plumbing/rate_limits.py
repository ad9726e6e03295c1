"""How often somebody may ask for what costs the machine much, or tries what they should know."""

import hashlib

from django.core.cache import cache

from gallery.plumbing.access import Request
from gallery.plumbing.client import client_of


def allowed(request: Request, what: str, most: int, seconds: int) -> bool:
    """Counts one more; False when this person, or this address of a stranger,
    asked more than `most` times."""
    who = f"u{request.user.pk}" if request.user.is_authenticated else f"a{client_of(request)}"
    return count(what, who, most, seconds)


def count(what: str, who: str, most: int, seconds: int) -> bool:
    """Counts one more; False when it is more than `most` within so many seconds of the first."""
    key = _key(what, who)
    if cache.add(key, 1, timeout=seconds):
        return True
    try:
        return cache.incr(key) <= most
    except ValueError:  # it ran out between the two
        return True


def forgive(what: str, who: str) -> None:
    """Takes the last one back."""
    try:
        cache.decr(_key(what, who))
    except ValueError:
        return


def reset(what: str, who: str) -> None:
    cache.delete(_key(what, who))


def _key(what: str, who: str) -> str:
    """Hashed, since people write what they like, and as much, into a field for a name."""
    return f"limit:{what}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
