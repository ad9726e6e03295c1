"""What the recommender does when the gallery records something; connected by `RecommenderConfig.ready`."""

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from gallery.events import taste_changed
from recommender.services import learn as learning
from recommender.tasks import learn


@receiver(taste_changed)
def learn_from_it(user_id: int, kind: str, **_: Any) -> None:
    """The job row is written with the rating or view; the nudge follows the commit. A broker that is down costs nothing
    but time (`robust`): the reconciler finds the row."""
    if kind in {"rating", "view"}:
        learning.request(user_id)
        transaction.on_commit(partial(learn.delay, user_id), robust=True)
