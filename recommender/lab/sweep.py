"""Predictions for many numbers of neighbours k at once; the nearest raters of a pair are found only once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.engine.baseline import Baselines
from recommender.engine.knn import Centring
from recommender.engine.neighbours import nearness
from recommender.engine.similarity import Similarity, SimilarityIndex
from recommender.engine.types import Floats, Interactions, Ints

_BLOCK = 64  # users whose similarities are in memory at the same time
Sweep = dict[Centring, Floats]


@dataclass(frozen=True, eq=False)
class _Centre:
    """One centring: residuals of the matrix, centres of the pairs, and fallbacks without neighbours."""

    residuals: Floats  # (cells of the matrix,)
    pairs: Floats  # (n,)
    fallback: Floats  # (n,)


@dataclass(frozen=True, eq=False)
class _ByItem:
    """The cells of a matrix in item order."""

    starts: Ints
    cells: Ints
    raters: Ints

    @classmethod
    def of(cls, ratings: Interactions) -> "_ByItem":
        cells = np.argsort(ratings.indices, kind="stable")
        return cls(
            np.concatenate([[0], np.cumsum(ratings.item_counts)]),
            cells,
            ratings.users[cells].astype(np.int64),
        )


def sweep(
    ratings: Interactions,
    measure: Similarity,
    significance: int,
    pairs: tuple[Ints, Ints],
    counts: Sequence[int],
    centrings: Sequence[Centring],
) -> Sweep:
    """(len(counts), n) for each centring: `UserKnn`'s predictions for n pairs with each k of `counts`."""
    users, items = pairs
    index, by_item = SimilarityIndex(ratings, measure, significance), _ByItem.of(ratings)
    centres = [_centre(ratings, centring, users, items) for centring in centrings]
    order = np.argsort(users, kind="stable")
    sums = np.zeros((1 + len(centrings), len(counts), len(users)))
    for start in range(0, ratings.n_users, _BLOCK):
        stop = min(start + _BLOCK, ratings.n_users)
        here = order[slice(*np.searchsorted(users[order], [start, stop]))]
        if len(here):
            block = index.block(start, stop)
            sums[:, :, here] = _sums(block, users[here] - start, items[here], by_item, counts, centres)
    weight, answers = sums[0], {}
    for centring, centre, said in zip(centrings, centres, sums[1:], strict=True):
        away = np.divide(said, weight, out=np.zeros_like(said), where=weight > 0)
        answers[centring] = ratings.scale.clip(np.where(weight > 0, centre.pairs + away, centre.fallback))
    return answers


def _sums(
    block: Floats,
    rows: Ints,
    items: Ints,
    by_item: _ByItem,
    counts: Sequence[int],
    centres: Sequence[_Centre],
) -> Floats:
    """(1 + centres, counts, pairs): the sums of similarities and of similarity times residual over the k
    nearest."""
    lengths = by_item.starts[items + 1] - by_item.starts[items]
    ends = np.cumsum(lengths)
    pair = np.repeat(np.arange(len(items)), lengths)
    places = np.repeat(by_item.starts[items] - (ends - lengths), lengths) + np.arange(
        ends[-1] if len(ends) else 0
    )
    near, raters = nearness(block), by_item.raters[places]
    rank = np.argsort(np.argsort(-near, axis=1), axis=1)
    positive = np.flatnonzero(near[rows[pair], raters])
    key = pair[positive] * block.shape[1] + rank[rows[pair[positive]], raters[positive]]
    order = positive[np.argsort(key)]
    found = np.bincount(pair[order], minlength=len(items))
    starts = np.cumsum(found) - found
    last = starts + np.minimum(found, np.asarray(counts)[:, None])  # (counts, pairs)
    weights = block[rows[pair[order]], raters[order]]
    columns = [weights, *(weights * centre.residuals[by_item.cells[places[order]]] for centre in centres)]
    running = np.cumsum(np.concatenate([np.zeros((len(columns), 1)), columns], axis=1), axis=1)
    sums: Floats = running[:, last] - running[:, starts][:, None, :]
    return sums


def _centre(ratings: Interactions, centring: Centring, users: Ints, items: Ints) -> _Centre:
    if centring is Centring.BASELINE:
        baselines = Baselines.fit(ratings)
        own = baselines.mean + baselines.users(ratings)[users] + baselines.items[items]
        return _Centre(ratings.values - baselines.cells(ratings), own, own)
    rated = ratings.user_counts[users] > 0
    fallback = np.where(rated, ratings.user_means[users], ratings.item_means[items])
    if centring is Centring.MEAN:
        return _Centre(
            ratings.values - ratings.user_means[ratings.users], ratings.user_means[users], fallback
        )
    return _Centre(ratings.values, np.zeros(len(users)), fallback)
