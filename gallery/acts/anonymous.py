"""What somebody without an account says about pictures: it waits in their session, and is theirs once they
sign up or in (decision 32).

Django keeps a stranger's session, under another key, when they sign in, and empties it when anybody signs
out: nobody is given what another person said, unless they sign in within the hour at a browser that a
stranger has just left.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gallery.acts import events
from gallery.models import Image

SESSION_KEY = (
    "said_as_a_stranger"  # the session's key: [what, public id, value, source, when], the oldest first
)
RATING, FAVOURITE = "rating", "favourite"
MAX_MARKS, LIFETIME = 20, timedelta(hours=1)

Session = MutableMapping[str, Any]


@dataclass(frozen=True)
class PendingMarks:
    """The last thing that was said, and how many there are."""

    what: str
    value: int
    title: str
    count: int


def _waiting(session: Session, now: datetime) -> list[list[Any]]:
    since = (now - LIFETIME).timestamp()
    return [row for row in session.get(SESSION_KEY, []) if row[-1] > since]


def add_mark(
    session: Session, what: str, public_id: str, value: int | None, source: str, now: datetime
) -> None:
    """A picture's last word counts; no value takes it back.
    Raises Image.DoesNotExist for what strangers do not see."""
    Image.objects.visible(AnonymousUser()).only("pk").get(public_id=public_id)
    others = [row for row in _waiting(session, now) if row[:2] != [what, public_id]]
    said = [[what, public_id, value, source, now.timestamp()]] if value else []
    session[SESSION_KEY] = (others + said)[-MAX_MARKS:]


def pending_marks(session: Session, now: datetime) -> PendingMarks | None:
    waiting = _waiting(session, now)
    for what, public_id, value, _source, _at in waiting[-1:]:
        image = Image.objects.visible(AnonymousUser()).filter(public_id=public_id).only("title").first()
        return PendingMarks(what, value, image.title, len(waiting)) if image else None
    return None


def discard_marks(session: Session) -> None:
    session.pop(SESSION_KEY, None)


@receiver(user_logged_in)
def save_marks(request: HttpRequest | None, user: User, **_more: Any) -> None:
    """As if they said it now; what is not there any more is left out."""
    session: Any = getattr(request, "session", None)
    if not session or SESSION_KEY not in session:
        return
    now, written = timezone.now(), []
    for what, public_id, value, source, _at in _waiting(session, now):
        try:
            if what == RATING:
                events.rate(user, public_id, value, source, now)
            else:
                events.set_favourite(user, public_id, True, now)
        except Image.DoesNotExist:
            continue
        written.append((what, public_id))
    discard_marks(session)
    if written and request is not None:
        messages.success(request, _message(written), fail_silently=True)


def _message(written: list[tuple[str, str]]) -> str:
    if len(written) > 1:
        n = len({public_id for _what, public_id in written})
        said = ngettext(
            "What you said about %(n)d picture is kept.", "What you said about %(n)d pictures is kept.", n
        )
        return said % {"n": n}
    what, public_id = written[0]
    one = (
        _("Your rating of “%(title)s” is kept.")
        if what == RATING
        else _("“%(title)s” is among your favourites now.")
    )
    return one % {"title": Image.objects.only("title").get(public_id=public_id).title}
