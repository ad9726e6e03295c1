"""The levels of a rating scale."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

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
