"""What the night learns from, read once: ratings and views as they stood at its moment, into a file. All
later steps are functions of it, so that a night that was killed and goes on at noon learns from the same as
one that was not."""

from gallery.plumbing import jobs
from recommender.data.snapshot import read_ratings_at, read_view_counts, save_evidence
from recommender.services.night.common import Night


def run(night: Night, held: jobs.Claim) -> int:
    rated, views = read_ratings_at(night.now), read_view_counts(night.now)
    save_evidence(night.key, rated, views)
    return len(rated.users) + len(views.users)
