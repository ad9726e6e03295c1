"""Intervals by bootstrap over users, because the ratings of one user are not independent."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
    means = _resampled_means(sums, counts, rng, samples)
    if not len(means):
        return Interval(np.nan, np.nan, np.nan)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(np.sum(sums) / np.sum(counts)), float(low), float(high))


def _resampled_means(
    sums: ArrayLike, counts: ArrayLike, rng: np.random.Generator, samples: int
) -> NDArray[np.float64]:
    """(samples,): the mean over users who are drawn with replacement; (0,) without any case."""
    total, cases = np.asarray(sums, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    total, cases = total[cases > 0], cases[cases > 0]
    n, means = len(total), np.empty(samples)
    if not n:
        return np.empty(0)
    for start in range(0, samples, RESAMPLES_AT_ONCE):
        drawn = rng.integers(0, n, size=(min(RESAMPLES_AT_ONCE, samples - start), n))
        means[start : start + len(drawn)] = total[drawn].sum(axis=1) / cases[drawn].sum(axis=1)
    return means


def difference_of_sums(
    one: tuple[ArrayLike, ArrayLike],
    other: tuple[ArrayLike, ArrayLike],
    rng: np.random.Generator,
    samples: int = 2000,
    *,
    share: float = 0.95,
) -> Interval:
    """The difference of two means with its interval, for two groups of different users: each is drawn again
    by itself. A group has the sums and the counts of its users; the interval has this share of the draws."""
    first, second = (_resampled_means(*group, rng, samples) for group in (one, other))
    if not (len(first) and len(second)):
        return Interval(np.nan, np.nan, np.nan)
    low, high = np.quantile(first - second, [(1 - share) / 2, (1 + share) / 2])
    means = [float(np.sum(sums) / np.sum(counts)) for sums, counts in (one, other)]
    return Interval(means[0] - means[1], float(low), float(high))
