"""The similarities over fuzzy sets, and the similarity by singularity (002; docs/algorithms.md)."""

from dataclasses import dataclass

import numpy as np

from .errors import InvalidInput
from .kernels import Form, Terms
from .similarity import Kernel, Similarity, squared_distance
from .types import Floats, Interactions, Scale


def memberships(values: Floats, scale: Scale, k: int) -> Floats:
    """(k, m): m_j(r) = max(0, 1 - |r - peak_j| / step), k triangles with evenly spaced peaks on the scale.

    They sum to 1.
    """
    return np.maximum(0.0, 1.0 - np.abs(scale.unit(values) * (k - 1) - np.arange(k)[:, None]))


def _checked_sets(k: int) -> None:
    if not k >= 2 or k % 1:
        raise InvalidInput(f"Fuzzy sets on a scale are a whole number, at least 2; got {k}.")


@dataclass(frozen=True)
class Msdf(Similarity):
    """1 - mean_c (1/k) sum_j (m_j(r(u,i)) - m_j(r(v,i)))^2 (002, eq. 2)."""

    k: int = 3

    def __post_init__(self) -> None:
        _checked_sets(self.k)

    def fit(self, ratings: Interactions) -> Kernel:
        """The kernel; it depends only on the scale."""
        return squared_distance(self.k, lambda rows: memberships(rows.values, rows.scale, self.k))


@dataclass(frozen=True)
class Fuzzy(Similarity):
    """As msdf, each item's term times W(i) = (1/k) sum_j |m'_j(r(u,i)) - m'_j(r(v,i))| (002, eq. 3 and 4).

    m' divides the item's own observed range [min, max]; an item with equal ratings has W = 0.
    """

    k: int = 3
    local = False

    def __post_init__(self) -> None:
        _checked_sets(self.k)

    def fit(self, ratings: Interactions) -> Kernel:
        """The kernel; it needs every item's lowest and highest rating."""
        scale, peaks = ratings.scale, self.k - 1
        lowest, highest = np.full(ratings.n_items, scale.high), np.full(ratings.n_items, scale.low)
        np.minimum.at(lowest, ratings.indices, ratings.values)
        np.maximum.at(highest, ratings.indices, ratings.values)
        reach = np.where(highest > lowest, highest - lowest, np.inf)

        def cells(rows: Interactions) -> list[Floats]:
            on_range = (rows.values - lowest[rows.indices]) / reach[rows.indices]
            return [scale.unit(rows.values) * peaks, on_range * peaks]

        return Kernel(Form.DISTANCE, cells, cells, (0, 1), Terms.FUZZY, sets=self.k)


@dataclass(frozen=True)
class Singularity(Similarity):
    """SM (Bobadilla et al. 2012): rare agreement counts more.

    SM = 1/3 [ mean_{both positive} agree s_P^2 + mean_{both negative} agree s_N^2 + mean_{one of each} agree
    s_P s_N ]; positive is r >= threshold, s_P and s_N are 1 minus the share of *all* users that rated the
    item so, agree = 1 - (r'(u) - r'(v))^2, an empty mean is 0.
    """

    threshold: float = 4.0
    local = False

    def __post_init__(self) -> None:
        if not np.isfinite(self.threshold):
            raise InvalidInput(f"What is positive begins at a finite rating; got {self.threshold}.")

    def fit(self, ratings: Interactions) -> Kernel:
        """The kernel; it needs every item's share of positive and of negative ratings."""
        n_users = max(ratings.n_users, 1)
        positive = np.bincount(
            ratings.indices, weights=ratings.values >= self.threshold, minlength=ratings.n_items
        )
        rare = np.array([1.0 - positive / n_users, 1.0 - (ratings.item_counts - positive) / n_users])

        def cells(rows: Interactions) -> list[Floats]:
            return [rows.scale.unit(rows.values), (rows.values >= self.threshold).astype(np.float64)]

        return Kernel(Form.SINGULARITY, cells, cells, (0, 1), Terms.SINGULARITY, items=rare)
