"""Writes a slate for each rater, as rows of the night's version, which is not current yet.

Users who were active last come first. When the step runs again, it continues with users without a slate: the
other slates come from the same files. Users who rate or view something during the night get a learning job at
its end.
"""

import numpy as np

from gallery.models import Rating
from gallery.plumbing import jobs
from recommender.data.agents import START_WEIGHTS, all_weights
from recommender.data.demographics import all_demographics
from recommender.data.slates import Candidates, store_slates
from recommender.data.snapshot import all_picked_ids, last_active, load_evidence
from recommender.data.steering import Wishes, all_wishes
from recommender.models import Slate, Version
from recommender.services.model import load_site_model
from recommender.services.night.common import Night
from recommender.sources.base import NO_PICKS, by_user

SLATES_PER_WRITE = 64


def run(night: Night, held: jobs.Claim) -> int:
    version = Version.objects.get_or_create(
        night=night.key, defaults={"artifact": night.key, "made_at": night.now}
    )[0]
    model = load_site_model(night.key)
    weights, wishes, picks = all_weights(), all_wishes(), all_picked_ids()
    known, (rated, views) = all_demographics(night.now), load_evidence(night.key)
    done = set(Slate.objects.filter(version=version).values_list("user_id", flat=True))
    active_at = last_active(night.now)
    left = sorted(
        set(np.unique(rated.users).tolist()) - done, key=lambda user: (-active_at.get(user, 0.0), user)
    )
    written, block = len(done), {}
    for user, own, seen in by_user(rated, views, left):
        signals = model.user_signals(
            user, own, seen, picks.get(user, NO_PICKS), known.get(user), unchanged=True
        )
        block[user] = model.slate(signals, weights.get(user, START_WEIGHTS), wishes.get(user, Wishes()))
        if len(block) == SLATES_PER_WRITE:
            written += _store(version.pk, block, night)
            held.renew(people=written, of=len(done) + len(left))
            held.progressed()
    return written + _store(version.pk, block, night)


def _store(version_id: int, block: dict[int, Candidates], night: Night) -> int:
    """Writes a block of slates, without users who have deleted all their ratings since the night began."""
    raters = set(Rating.objects.filter(user__in=list(block)).values_list("user_id", flat=True))
    slates = {user: candidates for user, candidates in block.items() if user in raters}
    if slates:
        store_slates(version_id, slates, night.now)
    block.clear()
    return len(slates)
