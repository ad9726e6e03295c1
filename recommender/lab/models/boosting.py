"""A boosted model that predicts P(level of a rating) from features."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.ensemble import HistGradientBoostingClassifier

from recommender.engine.ordinal import Levels
from recommender.engine.types import Floats


@dataclass(frozen=True)
class OrdinalBoosting:
    """P(level) by gradient-boosted trees over features.

    The features must come from models that were not trained on the ratings.
    """

    rate: float = 0.05
    rounds: int = 80
    leaves: int = 15
    seed: int = 0

    def fit(self, features: ArrayLike, ratings: ArrayLike) -> "FittedOrdinal":
        """Trains on `features` (n, d), NaN if unknown, and `ratings` (n,)."""
        levels = Levels.of(ratings)
        trees = None
        if len(levels) > 1:
            trees = HistGradientBoostingClassifier(
                learning_rate=self.rate,
                max_iter=self.rounds,
                max_leaf_nodes=self.leaves,
                min_samples_leaf=50,
                l2_regularization=1.0,
                early_stopping=False,
                random_state=self.seed,
            ).fit(np.asarray(features), levels.index(ratings))
        return FittedOrdinal(levels, trees)


@dataclass(frozen=True, eq=False)
class FittedOrdinal:
    """A fitted `OrdinalBoosting`; `trees` is None if all ratings have the same level."""

    levels: Levels
    trees: Any

    def probabilities(self, features: ArrayLike) -> Floats:
        """(n, L): the distribution over the levels for each row of features."""
        if self.trees is None:
            return np.ones((len(np.asarray(features)), 1))
        table: Floats = self.trees.predict_proba(np.asarray(features))
        return table
