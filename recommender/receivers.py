"""What the recommender does when the gallery records something; connected by `RecommenderConfig.ready`.

The job row is written with the rating, view or import; the nudge follows the commit.
"""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from gallery import jobs
from gallery.events import catalogue_changed, taste_changed
from recommender.services import schedule


@receiver(taste_changed)
def learn_from_it(user_id: int, kind: str, **_: Any) -> None:
    if kind in {"rating", "view"}:
        jobs.nudge_on_commit(schedule.LEARN, schedule.learning(user_id))


@receiver(catalogue_changed)
def look_at_new_images(**_: Any) -> None:
    """New images are known to content and collaborative filtering after a run of the night's steps, not tomorrow."""
    jobs.nudge_on_commit(schedule.NIGHTLY, schedule.after_import(timezone.now()))
