"""Celery tasks. Each calls one service. A message only says "look now"; the job row has the truth.

The services need numba and scikit-learn, about 200 MB of memory. So they are imported inside the tasks: only
workers that run them load them, not `upkeep` and not beat.
"""

from celery import shared_task
from celery.signals import worker_init
from celery.worker import WorkController
from django.utils import timezone

from recommender.services import job_requests

WARM = {"learn", "night"}  # queues whose workers load the services before their first job


@worker_init.connect
def warm_up(sender: WorkController, **_: object) -> None:
    if not WARM.isdisjoint(sender.app.amqp.queues.consume_from):
        from recommender.services import learn, nightly  # noqa: F401  child processes share them
        from recommender.sources import neighbours

        neighbours.compile_kernels()


@shared_task
def learn(key: str) -> bool:
    from recommender.services import learn as learning

    return learning.learn_user(int(key))


@shared_task
def nightly(key: str | None = None) -> bool:
    """Runs the night of this key; without a key the night of today. A night that is done is not run again."""
    from recommender.services import nightly as night

    return night.run_night(key or job_requests.request_tonight(timezone.now()))


@shared_task
def train(key: str | None = None) -> bool:
    """Trains the demographics network: the training of this key, or that of today."""
    from recommender.services import demographics_training as training

    return training.run_training(key or job_requests.request_training(timezone.now()))
