"""From scores to a page: variety, a few places for exploration, and how good an order was (algorithms.md 7, 9)."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidInput
from .types import Floats, Ints, Scale

LEAST_SPREAD = 0.05  # of the whole scale: differences within it are as much noise as taste


def mmr(
    scores: ArrayLike,
    features: ArrayLike,
    count: int,
    scale: Scale,
    *,
    trade_off: float = 0.8,
    shown: ArrayLike | None = None,
) -> Ints:
    """Maximal marginal relevance: up to `count` positions in `scores`, in the order of picking.

    The next pick maximises trade_off * r' - (1 - trade_off) * max c(i, picked), r' the score on [0, 1] and c the
    content similarity; ties go to the lower position. `features` (n, d) has unit rows; `shown` (m, d), those of images
    already on the page, counts as picked. Scores must be finite.
    """
    relevance = scale.unit(scores)
    space = np.asarray(features)
    if relevance.ndim != 1 or len(space) != len(relevance) or not np.isfinite(relevance).all():
        raise InvalidInput("Ranking needs one finite score and one row of features a candidate.")
    if not 0 <= trade_off <= 1:
        raise InvalidInput(f"The trade-off lies in 0 .. 1; got {trade_off}.")
    gain, apart = trade_off * relevance, (1 - trade_off) * space
    worth = gain.copy()
    if shown is not None and np.size(shown):
        worth -= np.maximum(0.0, (apart @ np.asarray(shown).T).max(axis=1))
    picks = np.empty(min(max(count, 0), len(gain)), dtype=np.int64)
    for place in range(len(picks)):
        pick = picks[place] = worth.argmax()
        gain[pick] = -np.inf
        np.minimum(worth, gain - apart @ space[pick], out=worth)  # what was nearest so far, or this one
    return picks


def scale_at_hand(scores: ArrayLike, scale: Scale) -> Scale:
    """From the median of these scores to their ninth decile, but at least a twentieth of `scale` long.

    What variety is weighed against: after somebody's first rating all scores lie within some tenths of a star, and on
    the whole scale no difference between what they like and the rest would be left (decision 0033). Ours.
    """
    given = np.asarray(scores, dtype=np.float64)
    if not len(given):
        return scale
    low, high = np.quantile(given, (0.5, 0.9)).tolist()
    return Scale(low, max(high, low + LEAST_SPREAD * scale.span))


def highest(scores: Floats, n: int) -> Ints:
    """The positions of the n highest scores, best first, ties to the lower position: what a stable sort of all begins
    with, without sorting all. Scores may be infinite, not NaN."""
    if n <= 0:
        return np.zeros(0, dtype=np.int64)
    chosen = np.arange(len(scores))
    if n < len(scores):
        edge = np.partition(scores, len(scores) - n)[len(scores) - n]
        above = np.flatnonzero(scores > edge)
        chosen = np.concatenate([above, np.flatnonzero(scores == edge)[: n - len(above)]])
    return chosen[np.argsort(-scores[chosen], kind="stable")]


def best(scores: Floats, n: int, mask: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.int32], Floats]:
    """The n highest of each row of scores (B, m), best first, ties to the lower column: columns and scores, (B, n).

    -inf, and where `mask` (m,) is False, is never among them; -1 and NaN fill up.
    """
    if n < 0:
        raise InvalidInput(f"One can ask for 0 items or more; got {n}.")
    if mask is not None:
        allowed = np.asarray(mask)
        if allowed.shape != scores.shape[1:] or allowed.dtype != np.bool_:
            raise InvalidInput(f"A mask says True or False of each of {scores.shape[1]} items.")
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
    """`best` of one row of scores (n_items,) after another, (rows, n) both: never more than one row is held."""
    found = [best(np.zeros((0, n_items)), n, mask), *(best(scores[None], n, mask) for scores in rows)]
    columns, values = zip(*found, strict=True)
    return np.concatenate(columns), np.concatenate(values)


def steered(
    scores: ArrayLike,
    features: ArrayLike,
    hidden: ArrayLike,
    pinned: ArrayLike,
    *,
    aversion: float = 1.0,
    lift: float = 1.0,
) -> Floats:
    """s'(i) = s(i) - aversion * max_h c(i,h)^2 + lift * [i pinned], c(i,h) = max(0, x_i . x_h), h the hidden images.

    `scores` (n,); `features` (n, d) and `hidden` (m, d) have unit rows; `pinned` (n,) says which images are of a pinned
    genre. What is like nothing hidden, and of no pinned genre, keeps its score. Ours; `aversion` and `lift` are in the
    unit of the scores.
    """
    before, space, away = np.asarray(scores, dtype=np.float64), np.asarray(features), np.asarray(hidden)
    raised = np.asarray(pinned, dtype=bool)
    if len(space) != len(before) or len(raised) != len(before):
        raise InvalidInput("Steering needs one row of features and one pin a score.")
    alike = np.clip((space @ away.T).max(axis=1), 0.0, 1.0) if len(away) else np.zeros(len(before))
    after: Floats = before - aversion * alike.astype(np.float64) ** 2 + lift * raised
    return after


def explore(
    ranked: ArrayLike, pool: ArrayLike, share: float, rng: np.random.Generator, first: int = 0
) -> tuple[Ints, NDArray[np.bool_]]:
    """Give `share` of the places of `ranked` to random images of `pool`; returns (images, which are explored).

    The places are spread: one in every stretch of 1 / share, at random within it; a fraction of a place is one by
    chance, so that short pages explore as often. None is among the `first` places, whose stretch moves on. The page
    keeps its length; what is displaced falls off its end.
    Images of `pool` that are ranked already are not drawn; a small pool fills fewer.
    """
    if not 0 <= share <= 1:
        raise InvalidInput(f"The share of exploration lies in 0 .. 1; got {share}.")
    best = np.asarray(ranked, dtype=np.int64)
    fresh = np.asarray(pool, dtype=np.int64)
    fresh = fresh[~np.isin(fresh, best)]
    places = len(best) * share
    count = min(int(places) + int(rng.random() < places % 1), len(fresh))
    explored = np.zeros(len(best), dtype=bool)
    kept = min(max(first, 0), len(best))
    count = min(count, len(best) - kept)
    ends = np.linspace(kept, len(best), count + 1).astype(np.int64)
    explored[[int(rng.integers(start, end)) for start, end in pairwise(ends)]] = True
    images = np.empty(len(best), dtype=np.int64)
    images[explored] = rng.permutation(fresh)[:count]
    images[~explored] = best[: len(best) - count]
    return images, explored


def ndcg(relevances: ArrayLike, ideal: ArrayLike, k: int) -> float:
    """NDCG@k with gain 2^rel - 1 and discount log2(rank + 1); 0 when the ideal order gains nothing.

    `relevances` in ranked order; `ideal` the relevances of everything that could have been ranked, in any order.
    """
    best = _dcg(np.sort(np.asarray(ideal, dtype=np.float64))[::-1], k)
    return _dcg(np.asarray(relevances, dtype=np.float64), k) / best if best > 0 else 0.0


def _dcg(relevances: Floats, k: int) -> float:
    top = relevances[: max(k, 0)]
    return float(((2.0**top - 1.0) / np.log2(np.arange(2, len(top) + 2))).sum())
