"""Ratings and favourites of anonymous visitors: they wait in the session, and are saved when the visitor
signs up or signs in (decision 32).

Django keeps an anonymous session, under another key, when its visitor signs in, and empties a session at
sign-out. So a user gets the marks of another visitor only by signing in, within an hour, at a browser that an
anonymous visitor has just left.
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

SESSION_KEY = "said_as_a_stranger"  # [kind, public id, value, source, time], the oldest first
RATING, FAVOURITE = "rating", "favourite"
MAX_MARKS, LIFETIME = 20, timedelta(hours=1)

Session = MutableMapping[str, Any]


@dataclass(frozen=True)
class PendingMarks:
    """The newest mark, and the number of all."""

    what: str
    value: int
    title: str
    count: int


def _unexpired(session: Session, now: datetime) -> list[list[Any]]:
    since = (now - LIFETIME).timestamp()
    return [row for row in session.get(SESSION_KEY, []) if row[-1] > since]


def add_mark(
    session: Session, what: str, public_id: str, value: int | None, source: str, now: datetime
) -> None:
    """Adds a rating or favourite in place of an earlier one of the same image; without a value it only
    removes the earlier one. Raises Image.DoesNotExist if anonymous visitors may not see the image."""
    Image.objects.visible(AnonymousUser()).only("pk").get(public_id=public_id)
    others = [row for row in _unexpired(session, now) if row[:2] != [what, public_id]]
    new = [[what, public_id, value, source, now.timestamp()]] if value else []
    session[SESSION_KEY] = (others + new)[-MAX_MARKS:]


def pending_marks(session: Session, now: datetime) -> PendingMarks | None:
    marks = _unexpired(session, now)
    for what, public_id, value, _source, _at in marks[-1:]:
        image = Image.objects.visible(AnonymousUser()).filter(public_id=public_id).only("title").first()
        return PendingMarks(what, value, image.title, len(marks)) if image else None
    return None


def discard_marks(session: Session) -> None:
    session.pop(SESSION_KEY, None)


@receiver(user_logged_in)
def save_marks(request: HttpRequest | None, user: User, **_more: Any) -> None:
    """Saves the marks as if the user made them now; images that no longer exist are skipped."""
    session: Any = getattr(request, "session", None)
    if not session or SESSION_KEY not in session:
        return
    now, saved = timezone.now(), []
    for what, public_id, value, source, _at in _unexpired(session, now):
        try:
            if what == RATING:
                events.rate(user, public_id, value, source, now)
            else:
                events.set_favourite(user, public_id, True, now)
        except Image.DoesNotExist:
            continue
        saved.append((what, public_id))
    discard_marks(session)
    if saved and request is not None:
        messages.success(request, _message(saved), fail_silently=True)


def _message(saved: list[tuple[str, str]]) -> str:
    if len(saved) > 1:
        n = len({public_id for _what, public_id in saved})
        sentence = ngettext(
            "What you said about %(n)d picture is kept.", "What you said about %(n)d pictures is kept.", n
        )
        return sentence % {"n": n}
    what, public_id = saved[0]
    sentence = (
        _("Your rating of “%(title)s” is kept.")
        if what == RATING
        else _("“%(title)s” is among your favourites now.")
    )
    return sentence % {"title": Image.objects.only("title").get(public_id=public_id).title}
