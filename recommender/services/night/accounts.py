"""Computes how much each account counts in what others see, and drops the ratings of accounts that count too
little from what a night learns about images and for other users."""

import numpy as np

from gallery.models import AccountWeight
from gallery.plumbing import jobs
from gallery.trust import services
from recommender.data.snapshot import RatingTriples
from recommender.services.night.common import Night


def run(night: Night, held: jobs.Claim) -> int:
    return services.refresh(night.now)


def trusted(rated: RatingTriples) -> RatingTriples:
    """The ratings of the accounts whose weight is large enough. The others still have slates, from their own
    ratings: to the model they are users who joined after the night."""
    weights, users = AccountWeight.objects.weights(), np.unique(rated.users)
    counted = np.array([user for user in users.tolist() if weights.is_evidence(user)], dtype=np.int64)
    kept = np.isin(rated.users, counted)
    return RatingTriples(rated.users[kept], rated.images[kept], rated.values[kept])
