"""Celery's tasks: each calls one service. A message only says "look now"; the truth is a job row (`gallery.jobs`)."""

from celery import shared_task
from celery.signals import worker_init
from django.utils import timezone

from gallery import jobs
from recommender.services import collaborative, export, schedule
from recommender.services import learn as learning
from recommender.services import nightly as night
from recommender.services import train as training

STALE = 10.0  # seconds after which a reconciler's nudge is void: the next sweep sends another


@worker_init.connect
def warm_up(**_: object) -> None:
    collaborative.warm_up(timezone.now())


@shared_task
def learn(key: str) -> bool:
    return learning.run(int(key))


@shared_task
def nightly(key: str | None = None) -> bool:
    """Runs a night: the one asked for, or tonight's, once however often it is called."""
    return night.run(key or schedule.tonight(timezone.now()))


@shared_task
def train(key: str | None = None) -> bool:
    """Teaches the network of metadata: the training asked for, or tonight's."""
    return training.run(key or schedule.training(timezone.now()))


@shared_task
def pack_export(key: str) -> bool:
    return export.run(int(key))


@shared_task
def reconcile() -> int:
    """Nudges a worker for every job that is due and was not started, and asks for a night that is overdue."""
    now = timezone.now()
    schedule.overdue(now)
    due = jobs.unstarted(now)
    for kind, key in due:
        jobs.nudge(kind, key, expires=STALE)
    return len(due)
