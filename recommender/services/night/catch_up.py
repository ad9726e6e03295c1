"""The agents learn from ratings that no worker has handled, or that had no prediction: the broker was down,
the image is newer than the last night, or the history was imported.

New agents learn from the last week of such a history. The predictions come from the images of tonight and
from the ratings before the first change, so that no rating is predicted from itself or from later ratings.
"""

from datetime import datetime, timedelta
from time import monotonic

from django.db.models import F, Max, Min, OuterRef, Q, Subquery

from gallery.models import Job, RatingChange
from gallery.plumbing import jobs
from recommender.data import artifacts
from recommender.data.snapshot import read_ratings_before, read_view_counts
from recommender.data.steering import paused_users
from recommender.models import Agents
from recommender.services import learn
from recommender.services.model import SiteModel
from recommender.services.night.common import Night
from recommender.services.night.sources import model_before

HISTORY = timedelta(days=7)
REPORT_EVERY = 1.0  # seconds


def run(night: Night, held: jobs.Claim) -> int:
    last = (
        RatingChange.objects.filter(at__lte=night.now).order_by().values("user_id").annotate(last=Max("pk"))
    )
    learnt = Agents.objects.filter(user_id=OuterRef("user_id")).values("learnt_through")
    behind = last.annotate(learnt=Subquery(learnt))
    people = {row["user_id"] for row in behind if row["last"] > (row["learnt"] or 0)} - paused_users()
    if not people:
        return 0
    begin = _begin(night, held)
    model = _model_of(night, begin)
    steps, reported = int(held.progress.get("steps", 0)), monotonic()
    for done, user_id in enumerate(sorted(people), start=1):
        learn.start_after(user_id, night.now - HISTORY, model, night.now)
        steps += learn.learn_changes(user_id, model, night.now)[0]
        if monotonic() - reported >= REPORT_EVERY:
            reported = monotonic()
            held.renew(begin=begin.isoformat(), people=done, of=len(people), steps=steps)
            held.progressed()  # users who have caught up are not selected again
    return steps


def _begin(night: Night, held: jobs.Claim) -> datetime:
    """The time of the first change that agents learn from tonight. It is stored in the progress of the step,
    because a night that was killed has learnt from some changes already and must continue with the same
    model."""
    stored = Job.objects.values_list("progress", flat=True).get(pk=held.pk).get("begin")
    if stored:
        return datetime.fromisoformat(stored)
    unread = Q(id__gt=F("user__agents__learnt_through")) | Q(user__agents=None, at__gt=night.now - HISTORY)
    changes = RatingChange.objects.filter(unread, at__lte=night.now, new__isnull=False, agent_step=None)
    first: datetime | None = changes.exclude(user__in=paused_users()).aggregate(at=Min("at"))["at"]
    held.renew(begin=(first or night.now).isoformat())
    return first or night.now


def _model_of(night: Night, begin: datetime) -> SiteModel:
    """The model of tonight's images and of what was known before `begin`."""
    content = artifacts.load_content(night.key)
    return model_before(night, content, begin, read_ratings_before(begin), read_view_counts(begin))
