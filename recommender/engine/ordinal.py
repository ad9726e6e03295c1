"""Levels of a rating scale, and a boosted model that predicts P(level) from features."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.ensemble import HistGradientBoostingClassifier

from .blend import ordinal_median
from .errors import InvalidInput
from .types import Floats, Ints

MOST_LEVELS = 20


@dataclass(frozen=True, eq=False)
class Levels:
    """The levels of a rating scale: the observed values, or bins if there are too many values.

    The bins have about equally many ratings.
    """

    values: Floats  # (L,) ascending: the value of each level, or the median of each bin
    edges: Floats  # (L - 1,): the borders between levels

    @classmethod
    def of(cls, ratings: ArrayLike) -> Self:
        """The levels of these ratings. Raises InvalidInput without ratings."""
        given = np.asarray(ratings, dtype=np.float64)
        if not len(given):
            raise InvalidInput("Levels are learnt from ratings; there are none.")
        observed = np.unique(given)
        if len(observed) <= MOST_LEVELS:
            return cls(observed, (observed[1:] + observed[:-1]) / 2)
        edges = np.unique(np.quantile(given, np.linspace(0, 1, MOST_LEVELS + 1)[1:-1]))
        bins = np.searchsorted(edges, given, side="right")
        occupied = np.unique(bins)
        return cls(np.array([np.median(given[bins == level]) for level in occupied]), edges[occupied[1:] - 1])

    def __len__(self) -> int:
        return len(self.values)

    def index(self, ratings: ArrayLike) -> Ints:
        """The index of each rating's level."""
        return np.searchsorted(self.edges, np.asarray(ratings, dtype=np.float64), side="right").astype(
            np.int64
        )

    def mean(self, probabilities: Floats) -> Floats:
        """sum_k P(k) value(k), which minimises RMSE."""
        return probabilities @ self.values

    def median(self, probabilities: Floats) -> Floats:
        """The level at which the cumulative probability reaches 1/2, which minimises MAE."""
        return ordinal_median(probabilities, self.values)


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
