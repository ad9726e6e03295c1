"""What happens to people's data when they are deleted and when the night cleans up; connected by
`AccountConfig.ready`."""

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
    return export.remove_old(now)


@receiver(erased)
def forget(people: list[int], **_: Any) -> None:
    """Their jobs, their sessions on every device, and the downloads that were packed for them."""
    keys = {str(number) for number in people}
    Job.objects.filter(kind__in=[LEARN, EXPORT], key__in=keys).delete()
    # A session names its person inside its data alone.
    theirs = (row.pk for row in Session.objects.iterator(500) if row.get_decoded().get(SESSION_KEY) in keys)
    Session.objects.filter(pk__in=list(theirs)).delete()
    transaction.on_commit(lambda: export.remove(people))
