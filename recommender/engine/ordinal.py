"""From features to P(level): levels of a scale, and a boosted model of them whose median is the answer shown."""

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
    """The steps that ratings come in: the observed values; where there are too many, bins of about as many ratings."""

    values: Floats  # (L,) ascending: the value of a level, a bin's median
    edges: Floats  # (L - 1,): where one level ends and the next begins

    @classmethod
    def of(cls, ratings: ArrayLike) -> Self:
        """The levels of these ratings. Raises InvalidInput without any."""
        given = np.asarray(ratings, dtype=np.float64)
        if not len(given):
            raise InvalidInput("Levels are learnt from ratings; there are none.")
        found = np.unique(given)
        if len(found) <= MOST_LEVELS:
            return cls(found, (found[1:] + found[:-1]) / 2)
        edges = np.unique(np.quantile(given, np.linspace(0, 1, MOST_LEVELS + 1)[1:-1]))
        bins = np.searchsorted(edges, given, side="right")
        occupied = np.unique(bins)
        return cls(np.array([np.median(given[bins == one]) for one in occupied]), edges[occupied[1:] - 1])

    def __len__(self) -> int:
        return len(self.values)

    def index(self, ratings: ArrayLike) -> Ints:
        """The level of each rating."""
        return np.searchsorted(self.edges, np.asarray(ratings, dtype=np.float64), side="right").astype(np.int64)

    def mean(self, probabilities: Floats) -> Floats:
        """sum_k P(k) value(k): what RMSE wants."""
        return probabilities @ self.values

    def median(self, probabilities: Floats) -> Floats:
        """The level where the cumulative probability reaches 1/2: what MAE wants."""
        return ordinal_median(probabilities, self.values)


@dataclass(frozen=True)
class OrdinalBoosting:
    """P(level) by gradient-boosted trees over features, those of models that did not learn the ratings in question."""

    rate: float = 0.05
    rounds: int = 80
    leaves: int = 15
    seed: int = 0

    def fit(self, features: ArrayLike, ratings: ArrayLike) -> "FittedOrdinal":
        """`features` (n, d), NaN where unknown; `ratings` (n,)."""
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
    """An `OrdinalBoosting` on one set of features; `trees` is None where all ratings are of one level."""

    levels: Levels
    trees: Any

    def probabilities(self, features: ArrayLike) -> Floats:
        """(n, L): a distribution over the levels for each row of features."""
        if self.trees is None:
            return np.ones((len(np.asarray(features)), 1))
        table: Floats = self.trees.predict_proba(np.asarray(features))
        return table
