"""A slate for everybody who rated something, as rows of the night's version, which is not current yet.

Who was here last comes first. Run again it goes on with those whose slate is not there yet: the others' were made from
the same files, and whoever did something since the night began is asked for again at its end.
"""

import numpy as np

from gallery.plumbing import jobs
from recommender.data.agents import START, all_weights
from recommender.data.slates import Candidates, store_slates
from recommender.data.snapshot import all_picks, last_active, read_ratings, read_view_counts
from recommender.data.steering import Wishes, all_wishes
from recommender.models import About, Slate, Version
from recommender.services.model import NO_PICKS, by_person, load
from recommender.services.night.common import Night

BLOCK = 64


def run(night: Night, held: jobs.Claim) -> int:
    version = Version.objects.get_or_create(night=night.key, defaults={"artifact": night.key, "made_at": night.now})[0]
    model = load(night.key)
    weights, wishes, picks = all_weights(), all_wishes(), all_picks()
    told = set(About.objects.values_list("user_id", flat=True))
    rated, views = read_ratings(), read_view_counts(night.now)
    done = set(Slate.objects.filter(version=version).values_list("user_id", flat=True))
    lately = last_active(night.now)
    left = sorted(set(np.unique(rated.users).tolist()) - done, key=lambda user: (-lately.get(user, 0.0), user))
    written, block = len(done), {}
    for user, own, seen in by_person(rated, views, left):
        alike = model.alike(user, night.now) if user in told else None
        person = model.person(user, own, seen, alike, picks=picks.get(user, NO_PICKS))
        found = model.neighbours_of(person)
        block[user] = model.slate(person, weights.get(user, START), wishes.get(user, Wishes()), found)
        if len(block) == BLOCK:
            written += _store(version.pk, block, night)
            held.renew(people=written, of=len(done) + len(left))
            held.progressed()
    return written + _store(version.pk, block, night)


def _store(version_id: int, block: dict[int, Candidates], night: Night) -> int:
    count = len(block)
    if count:
        store_slates(version_id, block, night.now)
        block.clear()
    return count
