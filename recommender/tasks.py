"""Celery's tasks: each calls one service. A message only says "look now"; the truth is a job row.

The services load numba and scikit-learn, some 200 MB: only workers that run them do, not `upkeep`,
and not beat.
"""

from celery import shared_task
from celery.signals import worker_init
from celery.worker import WorkController
from django.utils import timezone

from gallery.plumbing import jobs
from recommender.services import schedule

STALE = 10.0  # seconds after which a reconciler's nudge is void: the next sweep sends another
WARM = {"learn", "night"}  # queues whose workers load everything before their first job


@worker_init.connect
def warm_up(sender: WorkController, **_: object) -> None:
    if not WARM.isdisjoint(sender.app.amqp.queues.consume_from):
        from recommender.services import learn, nightly  # noqa: F401  the children of `night` share them
        from recommender.sources import neighbours

        neighbours.warm_up()


@shared_task
def learn(key: str) -> bool:
    from recommender.services import learn as learning

    return learning.run(int(key))


@shared_task
def nightly(key: str | None = None) -> bool:
    """Runs a night: the one asked for, or tonight's, once however often it is called."""
    from recommender.services import nightly as night

    return night.run(key or schedule.tonight(timezone.now()))


@shared_task
def train(key: str | None = None) -> bool:
    """Teaches the network of metadata: the training asked for, or tonight's."""
    from recommender.services import train as training

    return training.run(key or schedule.training(timezone.now()))


@shared_task
def reconcile() -> int:
    """Nudges a worker for every job that is due and was not started, and asks for a night that is overdue."""
    now = timezone.now()
    schedule.overdue(now)
    due = jobs.unstarted(now)
    for kind, key in due:
        jobs.nudge(kind, key, expires=STALE)
    return len(due)
