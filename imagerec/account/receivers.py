"""Deletes data of deleted users, and old downloads when the night cleans up.

`AccountConfig.ready` connects these receivers.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.dispatch import receiver

from gallery.acts.erasing import erased
from gallery.models import Job
from imagerec.account import export
from imagerec.account.kinds import EXPORT
from recommender.kinds import LEARN
from recommender.services.night.cleanup import cleaned_up


@receiver(cleaned_up)
def remove_old_downloads(now: datetime, **_: Any) -> int:
    return export.remove_old_downloads(now)


@receiver(erased)
def delete_account_rows(people: list[int], **_: Any) -> None:
    """Deletes the jobs, the sessions on all devices, and the downloads of deleted users."""
    keys = {str(number) for number in people}
    Job.objects.filter(kind__in=[LEARN, EXPORT], key__in=keys).delete()
    # The user of a session is stored only inside its encoded data.
    theirs = (row.pk for row in Session.objects.iterator(500) if row.get_decoded().get(SESSION_KEY) in keys)
    Session.objects.filter(pk__in=list(theirs)).delete()
    transaction.on_commit(lambda: export.remove_downloads(people))
