"""Celery's tasks: each calls one service. A message only says "look now"; the truth is a job row (`gallery.jobs`)."""

from celery import shared_task
from django.utils import timezone

from gallery.tasks import run_import
from recommender.services import learn as learning
from recommender.services import nightly as night

STALE = 10  # seconds after which a reconciler's nudge is void: the next sweep sends another


@shared_task
def learn(user_id: int) -> bool:
    return learning.run(user_id)


@shared_task
def nightly(key: str | None = None) -> bool:
    """Runs a night: the one asked for, or tonight's, once however often it is called."""
    return night.run(key or night.tonight(timezone.now()))


@shared_task
def reconcile() -> int:
    """Nudges a worker for every job that is due and was not started, and asks for a night that was missed."""
    senders = {learning.KIND: learn, night.KIND: nightly, "import": run_import}
    due = night.unstarted(timezone.now())
    for kind, key in due:
        task = senders[kind]
        task.apply_async([int(key) if kind == learning.KIND else key], expires=STALE)
    return len(due)
