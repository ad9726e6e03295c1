"""Baselines b(u,i) = mu + b_u + b_i: the expected rating without any knowledge of taste."""

from dataclasses import dataclass

import numpy as np

from .types import Floats, Interactions

SWEEPS = 10
ITEM_REGULARISATION = 10.0
USER_REGULARISATION = 15.0


@dataclass(frozen=True, eq=False)
class Baselines:
    """The global mean and the regularised biases of the items; a user's bias is computed from both."""

    mean: float
    items: Floats  # (n_items,)

    @classmethod
    def fit(cls, ratings: Interactions) -> "Baselines":
        """Alternating least squares, items first, from b = 0 (Koren 2010, eq. 1; Surprise's regularisation).

        b_i = sum_u (r(u,i) - mu - b_u) / (10 + n_i), then b_u = sum_i (r(u,i) - mu - b_i) / (15 + n_u),
        ten times.
        """
        learnt, user_biases = cls(ratings.global_mean, np.zeros(ratings.n_items)), np.zeros(ratings.n_users)
        for _ in range(SWEEPS):
            rest = ratings.values - ratings.global_mean - user_biases[ratings.users]
            sums = np.bincount(ratings.indices, weights=rest, minlength=ratings.n_items)
            learnt = cls(ratings.global_mean, sums / (ITEM_REGULARISATION + ratings.item_counts))
            user_biases = learnt.users(ratings)
        return learnt

    def users(self, rows: Interactions) -> Floats:
        """b_u of every row of `rows`; they may be users outside the training data. 0 without a rating."""
        rest = rows.values - self.mean - self.items[rows.indices]
        biases: Floats = np.bincount(rows.users, weights=rest, minlength=rows.n_users) / (
            USER_REGULARISATION + rows.user_counts
        )
        return biases

    def cells(self, rows: Interactions) -> Floats:
        """b(u,i) of every rated cell of `rows`."""
        return self.mean + self.users(rows)[rows.users] + self.items[rows.indices]
