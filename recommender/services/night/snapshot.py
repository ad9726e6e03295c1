"""Reads what the night learns from, once: the ratings and views at its time, into a file. All later steps
read this file, so a night that was killed and continues at noon learns from the same data."""

from gallery.plumbing import jobs
from recommender.data.snapshot import read_ratings_at, read_view_counts, save_evidence
from recommender.services.night.common import Night


def run(night: Night, held: jobs.Claim) -> int:
    rated, views = read_ratings_at(night.now), read_view_counts(night.now)
    save_evidence(night.key, rated, views)
    return len(rated.users) + len(views.users)
