"""Celery's tasks: each calls one service. A message only says "look now"; the truth is a job row.

The services load numba and scikit-learn, some 200 MB: only workers that run them do, not `upkeep`,
and not beat.
"""

from celery import shared_task
from celery.signals import worker_init
from celery.worker import WorkController
from django.utils import timezone

from recommender.services import job_requests

WARM = {"learn", "night"}  # queues whose workers load everything before their first job


@worker_init.connect
def warm_up(sender: WorkController, **_: object) -> None:
    if not WARM.isdisjoint(sender.app.amqp.queues.consume_from):
        from recommender.services import learn, nightly  # noqa: F401  the children of `night` share them
        from recommender.sources import neighbours

        neighbours.compile_kernels()


@shared_task
def learn(key: str) -> bool:
    from recommender.services import learn as learning

    return learning.learn_user(int(key))


@shared_task
def nightly(key: str | None = None) -> bool:
    """Runs a night: the one asked for, or tonight's, once however often it is called."""
    from recommender.services import nightly as night

    return night.run_night(key or job_requests.request_tonight(timezone.now()))


@shared_task
def train(key: str | None = None) -> bool:
    """Teaches the network of metadata: the training asked for, or tonight's."""
    from recommender.services import demographics_training as training

    return training.run_training(key or job_requests.request_training(timezone.now()))
