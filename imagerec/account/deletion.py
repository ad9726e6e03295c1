"""Deleting an account: the person, what they did, their sessions, and, as they choose, what they uploaded."""

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q

from gallery.acts import events
from gallery.catalogue import editing
from gallery.models import Image, Job
from imagerec.account import export
from recommender.services.schedule import LEARN


def uploads_of(user: User) -> int:
    return Image.objects.filter(uploaded_by=user).count()


def is_last_keeper(user: User) -> bool:
    """Nobody else could hand out rights any more."""
    keepers = User.objects.filter(is_superuser=True, is_active=True)
    return user.is_superuser and not keepers.exclude(pk=user.pk).exists()


def delete(user: User, *, uploads: bool) -> None:
    """Nothing of the person is left, and the next night learns without them. Public uploads stay without a name unless
    `uploads`; private ones, which nobody could see any more, go with the person."""
    number = user.pk
    which = Q() if uploads else Q(visibility=Image.Visibility.PRIVATE)
    editing.delete(Image.objects.filter(which, uploaded_by=user))
    with transaction.atomic():
        events.erase(user)
        Job.objects.filter(kind__in=[LEARN, export.EXPORT], key=str(number)).delete()
        _end_sessions(number)
    export.path_of(number).unlink(missing_ok=True)


def _end_sessions(number: int) -> None:
    """On every device. A session names its person inside its data alone."""
    theirs = (row.pk for row in Session.objects.iterator(500) if row.get_decoded().get(SESSION_KEY) == str(number))
    Session.objects.filter(pk__in=list(theirs)).delete()
