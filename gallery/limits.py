"""How often somebody may ask for what costs the machine much."""

from django.core.cache import cache

from gallery.access import Request


def allowed(request: Request, what: str, most: int, seconds: int) -> bool:
    """Counts one more; False when this person, or this address of a stranger, asked more than `most` times."""
    who = f"u{request.user.pk}" if request.user.is_authenticated else f"a{request.META.get('REMOTE_ADDR', '')}"
    key = f"limit:{what}:{who}"
    if cache.add(key, 1, timeout=seconds):
        return True
    try:
        return cache.incr(key) <= most
    except ValueError:  # it ran out between the two
        return True
