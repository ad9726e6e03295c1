"""The most similar users of every user, exactly: from scratch in tiles, or updated for changed users."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidInput
from .heaps import HALF, KEY_STEPS, LOWEST, take_over
from .similarity import SimilarityIndex
from .tiles import compute_all, compute_some, empty_heaps, to_neighbours
from .types import Floats, Ints, Neighbours


def top_neighbours(index: SimilarityIndex, k: int = 40) -> Neighbours:
    """The k most similar users with similarity > 0 of every user; ties at six decimals go to the lower row.

    The result is exact. Each pair is computed once, in tiles of TILE x TILE users (tiles.py) that are
    distributed to threads. Memory in addition to the index, in bytes: 20 k n for the heaps, which become the
    result; P size for each rating of the left side, and twice that while it is built; 4 n_items (n / TILE +
    2) for the beginnings of the tiles; about 30 n for norms, bars and similar arrays; and for each thread
    DENSE_BYTES and K size TILE. P is the number of planes and K the number of sums of the measure; size is 4
    if single precision is exact, else 8.
    """
    if k < 1:
        raise InvalidInput(f"A user needs room for at least one neighbour; got {k}.")
    heaps = empty_heaps(index, k)
    compute_all(index, heaps)
    return Neighbours(*to_neighbours(heaps, np.zeros(len(heaps.keys), dtype=np.int64)))


def updated(
    index: SimilarityIndex, previous: Neighbours, before: Ints, changed: NDArray[np.bool_], least: int
) -> Neighbours:
    """The result of `top_neighbours`, computed from the neighbours of an earlier matrix.

    At least the first `least` neighbours of each user are returned. before (n,) is each user's row in the
    earlier matrix, -1 for a new user; users in both matrices must be in the same order. changed (n,) marks
    users whose ratings have changed; new users count as changed. The result is exact. Changed users are
    computed again and offered to all users. The list of another user ends (UNKNOWN) at the point from which a
    user who was not compared may be nearer. A user with fewer than `least` neighbours left is computed again
    too. A measure that is not local starts from scratch.
    """
    n, k = index.ratings.n_users, previous.rows.shape[1]
    if not index.measure.local:
        return top_neighbours(index, k)
    changed = changed | (before < 0)
    stable = np.flatnonzero(~changed)
    heaps, edges = empty_heaps(index, k), np.zeros(n, dtype=np.int64)
    after = _after(before, changed, len(previous.rows))
    take_over(heaps, stable, before, after, previous.rows, previous.similarities, n)
    compute_some(index, heaps, np.flatnonzero(changed), ~changed)
    edges[stable] = _edges(previous, before, stable, n)
    known = np.count_nonzero(heaps.keys >= np.maximum(edges, 1)[:, None], axis=1)
    unsure = np.flatnonzero((edges > 0) & (known < min(least, k)))
    heaps.keys[unsure], heaps.bar[unsure], edges[unsure] = 0, LOWEST, 0
    compute_some(index, heaps, unsure, np.zeros(n, dtype=bool))
    return Neighbours(*to_neighbours(heaps, edges))


def _after(before: Ints, changed: NDArray[np.bool_], earlier: int) -> Ints:
    """(earlier,): the row in this matrix of each row of the earlier one; -1 for removed and changed users."""
    after = np.full(earlier, -1, dtype=np.int64)
    kept = np.flatnonzero(~changed)
    after[before[kept]] = kept
    return after


def _edges(previous: Neighbours, before: Ints, users: Ints, n: int) -> Ints:
    """The key, in rows of this matrix, below which the earlier list of each of `users` is not complete.

    It is 0 for a list that contained all similar users.
    """
    old = before[users]
    counts = previous.counts[old]
    last = np.maximum(counts - 1, 0)
    ended = previous.rows[old, np.minimum(last + 1, previous.rows.shape[1] - 1)] == -1
    earlier = np.sort(before[before >= 0])  # in the order of this matrix's rows, as the caller guarantees
    current = np.flatnonzero(before >= 0)
    position = np.searchsorted(earlier, previous.rows[old, last], side="right") - 1
    lowest = np.where(position >= 0, current[np.maximum(position, 0)], -1)
    return np.where(ended | (counts == 0), 0, _keys(lowest, previous.similarities[old, last], n))


def _keys(rows: NDArray[Any], similarities: Floats, n: int) -> Ints:
    """The nearness of each row, of n rows, with its similarity."""
    steps = np.floor(similarities * KEY_STEPS + HALF).astype(np.int64)
    keys: Ints = steps * n + (n - 1 - rows)
    return keys


def nearness(similarities: Floats) -> Ints:
    """A whole number for each user, larger for a nearer one; 0 if the similarity is not positive.

    Users are ordered by similarity at six decimals, then by lower row. No two positive values of a row are
    equal, so the k nearest are unique.
    """
    n = similarities.shape[-1]
    keys = _keys(np.arange(n), similarities, n)
    return np.where(keys >= n, keys, 0)


def nearest(similarities: Floats, k: int) -> Neighbours:
    """The k nearest users for each row of `similarities` (B, n)."""
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
