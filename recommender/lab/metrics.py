"""Metrics of predictions and lists. Lists are rows of items, best first, -1 for a missing item."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recommender.engine.types import Floats, Ints, Scale

Lists = NDArray[np.integer]


def mae(predicted: ArrayLike, actual: ArrayLike) -> float:
    """mean |p - r|."""
    return float(np.abs(np.asarray(predicted) - np.asarray(actual)).mean())


def rmse(predicted: ArrayLike, actual: ArrayLike) -> float:
    """sqrt(mean (p - r)^2)."""
    return float(np.sqrt(((np.asarray(predicted) - np.asarray(actual)) ** 2).mean()))


def precision_recall(predicted: ArrayLike, actual: ArrayLike, threshold: float) -> tuple[float, float]:
    """(precision, recall); an item is recommended or liked from `threshold` on; NaN for 0 / 0."""
    recommended, liked = np.asarray(predicted) >= threshold, np.asarray(actual) >= threshold
    hits = np.count_nonzero(recommended & liked)
    given, wanted = np.count_nonzero(recommended), np.count_nonzero(liked)
    return hits / given if given else np.nan, hits / wanted if wanted else np.nan


def liked_from(scale: Scale) -> float:
    """The lowest rating of a liked item: 4 as in the papers, or three quarters up another scale."""
    return 4.0 if scale.middle < 4 < scale.high else scale.low + 0.75 * scale.span


def precision_at(
    n: int, users: Ints, predicted: Floats, actual: Floats, threshold: float
) -> tuple[Ints, Floats]:
    """(users with at least n cases, the share of each one's n highest predictions that are >= threshold).

    Cases with equal predictions keep their order.
    """
    order = np.lexsort((-predicted, users))
    who, starts, counts = np.unique(users[order], return_index=True, return_counts=True)
    enough = counts >= n
    top = order[starts[enough][:, None] + np.arange(n)]
    shares: Floats = (actual[top] >= threshold).mean(axis=1)
    return who[enough], shares


def hits(lists: Lists, relevant: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(n, k): true at positions of the lists with an item that is relevant (n, n_items) to the user."""
    found: NDArray[np.bool_] = np.take_along_axis(relevant, np.maximum(lists, 0), axis=1) & (lists >= 0)
    return found


def hit_rate(lists: Lists, relevant: NDArray[np.bool_]) -> Floats:
    """(n,): 1 for a list with at least one relevant item, else 0."""
    return np.asarray(hits(lists, relevant).any(axis=1), dtype=np.float64)


def ndcg(lists: Lists, gains: Floats) -> Floats:
    """(n,): sum of gain / log2(rank + 1) over each list, divided by that of the best list; 0 without gain.

    `gains` (n, n_items) is 2^rel - 1 of each user's items. The best list has the same length.
    """
    discount = 1.0 / np.log2(np.arange(2, lists.shape[1] + 2))
    got = np.where(lists >= 0, np.take_along_axis(gains, np.maximum(lists, 0), axis=1), 0.0) @ discount
    length = min(lists.shape[1], gains.shape[1])
    best = -np.sort(-gains, axis=1)[:, :length] @ discount[:length]
    scores: Floats = np.divide(got, best, out=np.zeros(len(lists)), where=best > 0)
    return scores


def exposure(lists: Lists, n_items: int) -> Ints:
    """(n_items,): the number of lists with each item."""
    return np.bincount(lists[lists >= 0].ravel(), minlength=n_items).astype(np.int64)


def coverage(lists: Lists, n_items: int) -> float:
    """The share of the catalogue that is on at least one list."""
    return float(np.count_nonzero(exposure(lists, n_items)) / n_items)


def gini(counts: ArrayLike) -> float:
    """sum_i (2 i - n - 1) x_i / (n sum x), x ascending: 0 for equal exposure, near 1 for a single item."""
    ascending = np.sort(np.asarray(counts, dtype=np.float64))
    n, total = len(ascending), ascending.sum()
    return float(((2 * np.arange(1, n + 1) - n - 1) * ascending).sum() / (n * total)) if total > 0 else 0.0


def novelty(lists: Lists, raters: Ints, n_users: int) -> Floats:
    """(n,): mean over each list of -log2 of the share of users who rated the item, at least one user."""
    surprise: Floats = -np.log2(np.maximum(raters, 1) / n_users)
    return _mean_of_places(surprise[np.maximum(lists, 0)], lists >= 0)


def variety(lists: Lists, features: Floats) -> Floats:
    """(n,): mean over the pairs of a list of 1 - max(0, x_i . x_j); unit rows of features (n_items, d).

    NaN for a list of fewer than two items.
    """
    out = np.full(len(lists), np.nan)
    for place, row in enumerate(lists):
        shown = row[row >= 0]
        if len(shown) > 1:
            alike = np.maximum(features[shown] @ features[shown].T, 0.0)
            pairs = len(shown) * (len(shown) - 1)
            out[place] = 1.0 - (alike.sum() - np.trace(alike)) / pairs
    return out


def _mean_of_places(values: Floats, there: NDArray[np.bool_]) -> Floats:
    count = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    means: Floats = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
    return means
