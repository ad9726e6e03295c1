"""What the recommender does when the gallery records something; connected by `RecommenderConfig.ready`.

The job row is written with the rating or view; the nudge follows the commit.
"""

from typing import Any

from django.dispatch import receiver

from gallery import jobs
from gallery.events import taste_changed
from recommender.services import schedule


@receiver(taste_changed)
def learn_from_it(user_id: int, kind: str, **_: Any) -> None:
    if kind in {"rating", "view"}:
        jobs.nudge_on_commit(schedule.LEARN, schedule.learning(user_id))
