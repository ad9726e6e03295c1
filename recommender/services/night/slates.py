"""A slate for everybody who rated something, as rows of the night's version, which is not current yet."""

from gallery import jobs
from recommender.data.agents import START, all_weights
from recommender.data.slates import Candidates, store_slates
from recommender.data.snapshot import all_picks, read_ratings, read_view_counts
from recommender.data.steering import Wishes, all_wishes
from recommender.models import About, Version
from recommender.services.model import NO_PICKS, by_person, load
from recommender.services.night.common import Night

BLOCK = 64


def run(night: Night, held: jobs.Claim) -> int:
    version = Version.objects.get_or_create(night=night.key, defaults={"artifact": night.key, "made_at": night.now})[0]
    model = load(night.key)
    weights, wishes, picks = all_weights(), all_wishes(), all_picks()
    told = set(About.objects.values_list("user_id", flat=True))
    written, block = 0, {}
    for user, rated, views in by_person(read_ratings(), read_view_counts(night.now)):
        alike = model.alike(user, night.now) if user in told else None
        person = model.person(user, rated, views, alike, picks=picks.get(user, NO_PICKS))
        found = model.neighbours_of(person)
        block[user] = model.slate(person, weights.get(user, START), wishes.get(user, Wishes()), found)
        if len(block) == BLOCK:
            written += _store(version.pk, block, night)
            held.renew(people=written)
    return written + _store(version.pk, block, night)


def _store(version_id: int, block: dict[int, Candidates], night: Night) -> int:
    count = len(block)
    if count:
        store_slates(version_id, block, night.now)
        block.clear()
    return count
