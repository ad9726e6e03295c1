"""Lets agents learn from ratings that no worker came to: a broker that was down, or history that was brought along.

New agents learn from the last week of such a history. Before the first night there is no model that could have
predicted it: then the model of everything older does, so that nothing is predicted from what came after it.
"""

from datetime import timedelta
from time import monotonic

import numpy as np
from django.db.models import Max, OuterRef, Subquery

from gallery import jobs
from gallery.models import RatingChange
from recommender.data import artifacts
from recommender.data.snapshot import RatingTriples, read_view_counts
from recommender.data.steering import paused_people
from recommender.models import AgentPair
from recommender.services import learn
from recommender.services.model import Model, assemble, load
from recommender.services.night.common import Night
from recommender.services.night.ratings import ratings_model

HISTORY = timedelta(days=7)
TELL_EVERY = 1.0  # seconds


def run(night: Night, held: jobs.Claim) -> int:
    last = RatingChange.objects.filter(at__lte=night.now).order_by().values("user_id").annotate(last=Max("pk"))
    learnt = AgentPair.objects.filter(user_id=OuterRef("user_id")).values("learnt_through")
    behind = last.annotate(learnt=Subquery(learnt))
    people = {row["user_id"] for row in behind if row["last"] > (row["learnt"] or 0)} - paused_people()
    if not people:
        return 0
    version = artifacts.current_version()
    model = load(version.artifact) if version else _of_older(night)
    steps, told = int(held.progress.get("steps", 0)), monotonic()
    for done, user_id in enumerate(sorted(people), start=1):
        learn.start_after(user_id, night.now - HISTORY, model, night.now)
        steps += learn.learn_changes(user_id, model, night.now)
        if monotonic() - told >= TELL_EVERY:
            told = monotonic()
            held.renew(people=done, of=len(people), steps=steps)
            held.progressed()  # whoever was caught up with is not behind any more
    return steps


def _of_older(night: Night) -> Model:
    """A model of the ratings as they stood a week ago."""
    then = night.now - HISTORY
    standing: dict[tuple[int, int], int | None] = {}
    rows = RatingChange.objects.filter(at__lte=then).order_by("pk").values_list("user_id", "image_id", "new")
    for user, image, new in rows.iterator(chunk_size=5000):
        standing[user, image] = new
    kept = sorted((user, image, value) for (user, image), value in standing.items() if value is not None)
    table = np.array(kept, dtype=np.int64).reshape(-1, 3)
    rated = RatingTriples(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].astype(float))
    content = artifacts.load_content(night.key)
    return assemble(content, ratings_model(content, rated, read_view_counts(then), None, then), then)
