"""What the recommender does when the gallery sends a signal; connected by `RecommenderConfig.ready`.

The job row is written in the transaction of the rating or view. The nudge follows the commit.
"""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from gallery.acts.events import taste_changed
from gallery.plumbing import jobs
from gallery.plumbing.access import in_private
from gallery.search.query import personal_order_requested
from recommender.kinds import LEARN
from recommender.services import job_requests, recommend, steer


@receiver(taste_changed)
def learn_from_change(user_id: int, kind: str, **_: Any) -> None:
    if kind == "forgotten":
        steer.update_after_deletion(user_id, timezone.now())
    if kind in {"rating", "view", "forgotten"}:
        jobs.nudge_on_commit(LEARN, job_requests.request_learning(user_id))


@receiver(user_logged_out)
def end_private_session(user: User | None, request: HttpRequest, **_: Any) -> None:
    if user is not None and in_private(request):
        recommend.end_private(user)


@receiver(personal_order_requested)
def order_for(user: User, **_: Any) -> list[int]:
    return recommend.personal_order(user, timezone.now())
