"""From scores to a page: variety, steering, exploration; and NDCG (docs/algorithms.md)."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidInput
from .types import Floats, Ints, Scale

MIN_SPREAD = 0.05  # of the whole scale: smaller differences are as much noise as taste


def mmr(
    scores: ArrayLike,
    features: ArrayLike,
    count: int,
    scale: Scale,
    *,
    trade_off: float = 0.8,
    shown: ArrayLike | None = None,
) -> Ints:
    """Maximal marginal relevance: the indices of up to `count` scores, in the order of picking.

    The next pick maximises trade_off * r' - (1 - trade_off) * max c(i, picked), where r' is the score on [0,
    1] and c the content similarity; ties go to the lower index. `features` (n, d) has unit rows. `shown` (m,
    d) has the features of images that are already on the page; they count as picked. Scores must be finite.
    """
    relevance = scale.unit(scores)
    space = np.asarray(features)
    if relevance.ndim != 1 or len(space) != len(relevance) or not np.isfinite(relevance).all():
        raise InvalidInput("Ranking needs one finite score and one row of features a candidate.")
    if not 0 <= trade_off <= 1:
        raise InvalidInput(f"The trade-off lies in 0 .. 1; got {trade_off}.")
    gain, penalty = trade_off * relevance, (1 - trade_off) * space
    marginal = gain.copy()
    if shown is not None and np.size(shown):
        marginal -= np.maximum(0.0, (penalty @ np.asarray(shown).T).max(axis=1))
    picks = np.empty(min(max(count, 0), len(gain)), dtype=np.int64)
    for position in range(len(picks)):
        pick = picks[position] = marginal.argmax()
        gain[pick] = -np.inf
        np.minimum(marginal, gain - penalty @ space[pick], out=marginal)  # nearest pick so far, or this one
    return picks


def score_spread(scores: ArrayLike, scale: Scale) -> Scale:
    """The scale from the median of these scores to their ninth decile, at least 1/20 of `scale` long.

    `mmr` weighs variety against this scale. After a user's first rating all scores lie within some tenths of
    a star. On the whole scale, the difference between what the user likes and the rest would be lost
    (decision 33). Ours.
    """
    given = np.asarray(scores, dtype=np.float64)
    if not len(given):
        return scale
    low, high = np.quantile(given, (0.5, 0.9)).tolist()
    return Scale(low, max(high, low + MIN_SPREAD * scale.span))


def highest(scores: Floats, n: int) -> Ints:
    """The indices of the n highest scores, best first; ties go to the lower index.

    The result is the beginning of a stable sort, without sorting all scores. Scores may be infinite, but not
    NaN.
    """
    if n <= 0:
        return np.zeros(0, dtype=np.int64)
    chosen = np.arange(len(scores))
    if n < len(scores):
        edge = np.partition(scores, len(scores) - n)[len(scores) - n]
        above = np.flatnonzero(scores > edge)
        chosen = np.concatenate([above, np.flatnonzero(scores == edge)[: n - len(above)]])
    return chosen[np.argsort(-scores[chosen], kind="stable")]


def best(scores: Floats, n: int, mask: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.int32], Floats]:
    """The n highest scores of each row (B, m), best first: columns and scores, (B, n) both.

    Ties go to the lower column. Scores of -inf, and columns where `mask` (m,) is False, are left out. Missing
    entries are -1 and NaN.
    """
    if n < 0:
        raise InvalidInput(f"The number of items is 0 or more; got {n}.")
    if mask is not None:
        allowed = np.asarray(mask)
        if allowed.shape != scores.shape[1:] or allowed.dtype != np.bool_:
            raise InvalidInput(f"A mask is True or False for each of {scores.shape[1]} items.")
        scores = np.where(allowed, scores, -np.inf)
    width = min(n, scores.shape[1])
    columns, values = np.full((len(scores), n), -1, dtype=np.int32), np.full((len(scores), n), np.nan)
    chosen = np.argsort(-scores, axis=1, kind="stable")[:, :width]
    top = np.take_along_axis(scores, chosen, axis=1)
    real = top > -np.inf
    columns[:, :width], values[:, :width] = np.where(real, chosen, -1), np.where(real, top, np.nan)
    return columns, values


def best_of_each(
    rows: Iterable[Floats], n_items: int, n: int, mask: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int32], Floats]:
    """`best` for one row of scores (n_items,) after the other, (rows, n) both, to save memory."""
    results = [best(np.zeros((0, n_items)), n, mask), *(best(scores[None], n, mask) for scores in rows)]
    columns, values = zip(*results, strict=True)
    return np.concatenate(columns), np.concatenate(values)


def apply_steering(
    scores: ArrayLike,
    features: ArrayLike,
    hidden: ArrayLike,
    pinned: ArrayLike,
    *,
    aversion: float = 1.0,
    lift: float = 1.0,
) -> Floats:
    """s'(i) = s(i) - aversion * max_h c(i,h)^2 + lift * [i pinned], c(i,h) = max(0, x_i . x_h), h hidden.

    The h are the images that the user hid. `scores` (n,); `features` (n, d) and `hidden` (m, d) have unit
    rows; `pinned` (n,) is true for images of a pinned genre. The score of an image that is not similar to a
    hidden image, and not of a pinned genre, is unchanged. Ours. `aversion` and `lift` have the unit of the
    scores.
    """
    before, space, away = np.asarray(scores, dtype=np.float64), np.asarray(features), np.asarray(hidden)
    raised = np.asarray(pinned, dtype=bool)
    if len(space) != len(before) or len(raised) != len(before):
        raise InvalidInput("Steering needs one row of features and one pin a score.")
    similarity = np.clip((space @ away.T).max(axis=1), 0.0, 1.0) if len(away) else np.zeros(len(before))
    after: Floats = before - aversion * similarity.astype(np.float64) ** 2 + lift * raised
    return after


def explore(
    ranked: ArrayLike, pool: ArrayLike, share: float, rng: np.random.Generator, first: int = 0
) -> tuple[Ints, NDArray[np.bool_]]:
    """Gives a `share` of the positions of `ranked` to the first images of `pool`: (images, which explore).

    The exploring positions are spread: one in every run of 1 / share positions, at random within it. A
    fraction of a position becomes one position with this probability, so that short pages explore as often as
    long ones. The `first` positions never explore; the runs begin after them. The page keeps its length; the
    last images are dropped. Images of `pool` that are already in `ranked` are not drawn. A small pool fills
    fewer positions.
    """
    if not 0 <= share <= 1:
        raise InvalidInput(f"The share of exploration lies in 0 .. 1; got {share}.")
    best = np.asarray(ranked, dtype=np.int64)
    fresh = np.asarray(pool, dtype=np.int64)
    fresh = fresh[~np.isin(fresh, best)]
    expected = len(best) * share
    count = min(int(expected) + int(rng.random() < expected % 1), len(fresh))
    explored = np.zeros(len(best), dtype=bool)
    fixed = min(max(first, 0), len(best))
    count = min(count, len(best) - fixed)
    ends = np.linspace(fixed, len(best), count + 1).astype(np.int64)
    explored[[int(rng.integers(start, end)) for start, end in pairwise(ends)]] = True
    images = np.empty(len(best), dtype=np.int64)
    images[explored] = fresh[:count]
    images[~explored] = best[: len(best) - count]
    return images, explored


def shuffled(ids: ArrayLike, seed: int) -> Ints:
    """An order of these ids that looks random; for the same seed, two ids never change places.

    Each id has a hash of its own (splitmix64; Steele, Lea and Flood 2014), so an id that joins or leaves
    moves no other. Returns positions in `ids`.
    """
    with np.errstate(over="ignore"):
        mixed = np.asarray(ids).astype(np.uint64) + np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(31)
    return np.argsort(mixed, kind="stable")


def ndcg_of_list(relevances: ArrayLike, ideal: ArrayLike, k: int) -> float:
    """NDCG@k with gain 2^rel - 1 and discount log2(rank + 1); 0 if the ideal order has no gain.

    `relevances` are in ranked order. `ideal` are the relevances of all items that could have been ranked, in
    any order.
    """
    best = _dcg(np.sort(np.asarray(ideal, dtype=np.float64))[::-1], k)
    return _dcg(np.asarray(relevances, dtype=np.float64), k) / best if best > 0 else 0.0


def _dcg(relevances: Floats, k: int) -> float:
    top = relevances[: max(k, 0)]
    return float(((2.0**top - 1.0) / np.log2(np.arange(2, len(top) + 2))).sum())
