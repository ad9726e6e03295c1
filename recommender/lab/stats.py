"""Intervals by bootstrap over users, because the ratings of one user are not independent."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

RESAMPLES_AT_ONCE = 100  # resamples in one array


class Interval(NamedTuple):
    """A value and the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


def paired_bootstrap(
    a: ArrayLike, b: ArrayLike, groups: ArrayLike, rng: np.random.Generator, samples: int = 2000
) -> Interval:
    """mean(a) - mean(b) with a 95 % interval: whole users are drawn with replacement, the same for both.

    `a` and `b` (n,) are losses of the same cases, `groups` (n,) are their users. A case that is NaN in `a` or
    `b` is left out.
    """
    return bootstrap(np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64), groups, rng, samples)


def bootstrap(
    values: ArrayLike, groups: ArrayLike, rng: np.random.Generator, samples: int = 2000
) -> Interval:
    """mean(values) with a 95 % interval over users; NaN is left out."""
    given, of = np.asarray(values, dtype=np.float64), np.asarray(groups)
    there = np.isfinite(given)
    _, user = np.unique(of[there], return_inverse=True)
    return bootstrap_sums(np.bincount(user, weights=given[there]), np.bincount(user), rng, samples)


def bootstrap_sums(
    sums: ArrayLike, counts: ArrayLike, rng: np.random.Generator, samples: int = 2000
) -> Interval:
    """sum(sums) / sum(counts) with a 95 % interval; `sums` and `counts` have one entry for each user."""
    total, cases = np.asarray(sums, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    total, cases = total[cases > 0], cases[cases > 0]
    n, means = len(total), np.empty(samples)
    if not n:
        return Interval(np.nan, np.nan, np.nan)
    for start in range(0, samples, RESAMPLES_AT_ONCE):
        drawn = rng.integers(0, n, size=(min(RESAMPLES_AT_ONCE, samples - start), n))
        means[start : start + len(drawn)] = total[drawn].sum(axis=1) / cases[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(total.sum() / cases.sum()), float(low), float(high))
