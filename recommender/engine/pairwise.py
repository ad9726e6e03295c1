"""The similarities over fuzzy sets, and the one by singularity (002, algorithms.md 1)."""

from dataclasses import dataclass

import numpy as np

from .errors import InvalidInput
from .similarity import Measure, Pairs, Products, squared_distance
from .types import Floats, Interactions, Ints


def memberships(values: Floats, low: Floats | float, high: Floats | float, k: int) -> Floats:
    """(k, m): m_j(r) = max(0, 1 - |r - peak_j| / step), k triangles with evenly spaced peaks from low to high.

    They sum to 1. Where low = high there is no shape to lay: all 0.
    """
    place = np.divide(values - low, np.subtract(high, low), out=np.zeros(len(values)), where=np.greater(high, low))
    peaks = np.arange(k)[:, None]
    shape = np.maximum(0.0, 1.0 - np.abs(place * (k - 1) - peaks))
    return np.where(np.greater(high, low), shape, 0.0)


def _checked_sets(k: int) -> None:
    if k < 2:
        raise InvalidInput(f"Fuzzy sets on a scale are at least 2; got {k}.")


@dataclass(frozen=True)
class Msdf(Measure):
    """1 - mean_c (1/k) sum_j (m_j(r(u,i)) - m_j(r(v,i)))^2 (002, eq. 2)."""

    k: int = 3

    def __post_init__(self) -> None:
        _checked_sets(self.k)

    def fit(self, ratings: Interactions) -> Products:
        """The scale is all it needs."""
        return squared_distance(lambda rows: memberships(rows.values, rows.scale.low, rows.scale.high, self.k))


@dataclass(frozen=True)
class Fuzzy(Measure):
    """As msdf, each item's term times W(i) = (1/k) sum_j |m'_j(r(u,i)) - m'_j(r(v,i))| (002, eq. 3 and 4).

    m' is laid on the item's own observed [min, max]; an item that all rated alike has W = 0.
    """

    k: int = 3

    def __post_init__(self) -> None:
        _checked_sets(self.k)

    def fit(self, ratings: Interactions) -> Pairs:
        """Every item's lowest and highest rating."""
        scale = ratings.scale
        lowest, highest = np.full(ratings.n_items, scale.high), np.full(ratings.n_items, scale.low)
        np.minimum.at(lowest, ratings.indices, ratings.values)
        np.maximum.at(highest, ratings.indices, ratings.values)

        def terms(items: Ints, ours: Floats, theirs: Floats) -> list[Floats]:
            apart = memberships(ours, scale.low, scale.high, self.k) - memberships(
                theirs, scale.low, scale.high, self.k
            )
            low, high = lowest[items], highest[items]
            spread = memberships(ours, low, high, self.k) - memberships(theirs, low, high, self.k)
            return [(apart * apart).mean(axis=0) * np.abs(spread).mean(axis=0)]

        def combine(sums: list[Floats], common: Floats, rows: Interactions) -> Floats:
            return 1.0 - sums[0] / np.maximum(common, 1.0)

        return Pairs(1, terms, combine)


@dataclass(frozen=True)
class Singularity(Measure):
    """SM (Bobadilla et al. 2012): agreement counts for more where it is rare.

    SM = 1/3 [ mean_{both positive} agree s_P^2 + mean_{both negative} agree s_N^2 + mean_{one of each} agree s_P s_N ];
    positive is r >= threshold, s_P and s_N are 1 minus the share of *all* users that rated the item so,
    agree = 1 - (r'(u) - r'(v))^2, an empty mean is 0.
    """

    threshold: float = 4.0

    def fit(self, ratings: Interactions) -> Pairs:
        """Every item's share of positive and of negative ratings."""
        scale, everybody = ratings.scale, max(ratings.n_users, 1)
        positive = np.bincount(ratings.indices, weights=ratings.values >= self.threshold, minlength=ratings.n_items)
        rare_positive = 1.0 - positive / everybody
        rare_negative = 1.0 - (ratings.item_counts - positive) / everybody

        def terms(items: Ints, ours: Floats, theirs: Floats) -> list[Floats]:
            agree = 1.0 - (scale.unit(ours) - scale.unit(theirs)) ** 2
            likes, like = ours >= self.threshold, theirs >= self.threshold
            s_p, s_n = rare_positive[items], rare_negative[items]
            groups = [(likes & like, s_p * s_p), (~likes & ~like, s_n * s_n), (likes ^ like, s_p * s_n)]
            weighted = [np.where(group, agree * weight, 0.0) for group, weight in groups]
            return weighted + [group.astype(np.float64) for group, _ in groups]

        def combine(sums: list[Floats], common: Floats, rows: Interactions) -> Floats:
            means = [total / np.maximum(count, 1.0) for total, count in zip(sums[:3], sums[3:], strict=True)]
            result: Floats = (means[0] + means[1] + means[2]) / 3.0
            return result

        return Pairs(6, terms, combine)
