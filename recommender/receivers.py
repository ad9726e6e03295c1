"""What the recommender does when the gallery records something; connected by `RecommenderConfig.ready`.

The job row is written with the rating or view; the nudge follows the commit.
"""

from typing import Any

from django.dispatch import receiver

from gallery import jobs
from django.contrib.auth.models import User
from django.utils import timezone

from gallery.events import taste_changed
from gallery.search import personal_order
from recommender.services import recommend, schedule, steer


@receiver(taste_changed)
def learn_from_it(user_id: int, kind: str, **_: Any) -> None:
    if kind == "forgotten":
        steer.forgotten(user_id, timezone.now())
    if kind in {"rating", "view", "forgotten"}:
        jobs.nudge_on_commit(schedule.LEARN, schedule.learning(user_id))


@receiver(personal_order)
def order_for(user: User, **_: Any) -> list[int]:
    return recommend.personal_order(user, timezone.now())
