"""The most similar users of every user, exactly: from scratch tile by tile, or anew for those who changed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import kernels
from .errors import InvalidInput
from .similarity import SimilarityIndex
from .tiles import drained, empty_heaps, offer_all, offer_some
from .types import Floats, Ints, Neighbours


def top_neighbours(index: SimilarityIndex, k: int = 40) -> Neighbours:
    """The k most similar users with similarity > 0 of every user; ties at six decimals go to the lower row.

    Exact. Each pair is worked out once, in tiles of TILE x TILE users (tiles.py), which the threads share out.
    Beside the index it takes 20 k n bytes for the heaps, which become the result, P size a rating for the left side,
    twice that while it is made, 4 n_items (n / TILE + 2) for where the tiles begin, 30 n for each user's norm, bar and
    the like, and a thread DENSE_BYTES and K size TILE; P planes and K sums of the measure, size 8, or 4 where single
    precision is exact.
    """
    if k < 1:
        raise InvalidInput(f"A user needs room for at least one neighbour; got {k}.")
    heaps = empty_heaps(index, k)
    offer_all(index, heaps)
    return Neighbours(*drained(heaps, np.zeros(len(heaps.keys), dtype=np.int64)))


def updated(
    index: SimilarityIndex, previous: Neighbours, before: Ints, changed: NDArray[np.bool_], least: int
) -> Neighbours:
    """The first `least` that `top_neighbours` gives, or more, from those of an earlier matrix and who changed since.

    before (n,) is each user's row in the earlier matrix, -1 for a new one; rows that both have must be in one order.
    changed (n,) marks whose ratings are not what they were; the new ones count as changed. Exact: who changed is worked
    out anew and offered to everybody; a list ends where somebody whom nobody looked at may come (UNKNOWN), and whoever
    has fewer than `least` then is worked out anew too. A measure that is not local starts from scratch.
    """
    n, k = index.ratings.n_users, previous.rows.shape[1]
    if not index.measure.local:
        return top_neighbours(index, k)
    changed = changed | (before < 0)
    stable = np.flatnonzero(~changed)
    heaps, edges = empty_heaps(index, k), np.zeros(n, dtype=np.int64)
    after = _after(before, changed, len(previous.rows))
    kernels.take_over(heaps, stable, before, after, previous.rows, previous.similarities, n)
    offer_some(index, heaps, np.flatnonzero(changed), ~changed)
    edges[stable] = _edges(previous, before, stable, n)
    known = np.count_nonzero(heaps.keys >= np.maximum(edges, 1)[:, None], axis=1)
    unsure = np.flatnonzero((edges > 0) & (known < min(least, k)))
    heaps.keys[unsure], heaps.bar[unsure], edges[unsure] = 0, kernels.LOWEST, 0
    offer_some(index, heaps, unsure, np.zeros(n, dtype=bool))
    return Neighbours(*drained(heaps, edges))


def _after(before: Ints, changed: NDArray[np.bool_], earlier: int) -> Ints:
    """(earlier,): the row in this matrix of each row of the earlier one; -1 for who is gone or has changed."""
    after = np.full(earlier, -1, dtype=np.int64)
    kept = np.flatnonzero(~changed)
    after[before[kept]] = kept
    return after


def _edges(previous: Neighbours, before: Ints, users: Ints, n: int) -> Ints:
    """The key, in rows of today, below which the earlier list of each of `users` says nothing; 0 for one that had
    everybody."""
    old = before[users]
    counts = previous.counts[old]
    last = np.maximum(counts - 1, 0)
    ended = previous.rows[old, np.minimum(last + 1, previous.rows.shape[1] - 1)] == -1
    there = np.sort(before[before >= 0])  # in the order of today's rows, as the caller promises
    today = np.flatnonzero(before >= 0)
    place = np.searchsorted(there, previous.rows[old, last], side="right") - 1
    lowest = np.where(place >= 0, today[np.maximum(place, 0)], -1)
    return np.where(ended | (counts == 0), 0, _keys(lowest, previous.similarities[old, last], n))


def _keys(rows: NDArray[Any], similarities: Floats, n: int) -> Ints:
    """Nearness of a similarity to a row of n."""
    steps = np.floor(similarities * kernels.STEPS + kernels.HALF).astype(np.int64)
    keys: Ints = steps * n + (n - 1 - rows)
    return keys


def nearness(similarities: Floats) -> Ints:
    """A whole number a user, larger for a nearer one: similarity at six decimals, then the lower row; 0 is none.

    No two positive ones of a row are equal, so every choice of the k nearest is the same choice.
    """
    n = similarities.shape[-1]
    keys = _keys(np.arange(n), similarities, n)
    return np.where(keys >= n, keys, 0)


def nearest(similarities: Floats, k: int) -> Neighbours:
    """The k nearest of each of (B, n) rows of similarities."""
    n = similarities.shape[1]
    width, near = min(k, n), nearness(similarities)
    if width < n:
        chosen = np.argpartition(near, n - width, axis=1)[:, n - width :]
        near = np.take_along_axis(near, chosen, axis=1)
        order = np.argsort(-near, axis=1)
        chosen = np.take_along_axis(chosen, order, axis=1)
    else:
        chosen = order = np.argsort(-near, axis=1)
    real = np.take_along_axis(near, order, axis=1) > 0
    values = np.take_along_axis(similarities, chosen, axis=1)
    return Neighbours(np.where(real, chosen, -1).astype(np.int32), np.where(real, values, 0.0))
