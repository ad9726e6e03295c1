"""The most similar users of every user, exactly: from scratch tile by tile, or anew for those who changed."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from . import kernels
from .errors import InvalidInput
from .kernels import Heaps
from .similarity import SimilarityIndex
from .types import Floats, Ints, Neighbours

TILE = 1024  # users on the right of a tile
ROWS = 64  # users on its left
DENSE_SHARE = 0.2  # items that more of the users rated are multiplied as dense columns
DENSE_BYTES = 32_000_000


def threads() -> int:
    """How many this process may run side by side."""
    return len(os.sched_getaffinity(0))


def top_neighbours(index: SimilarityIndex, k: int = 40) -> Neighbours:
    """The k most similar users with similarity > 0 of every user; ties at six decimals go to the lower row.

    Exact. Each pair is worked out once, in tiles of ROWS x TILE users, shared between T = `threads()` threads, each
    with heaps of its own. Beside the index and the result it takes T (16 k n + 8 n + 8 (K + 1) ROWS TILE) bytes for
    heaps and tiles, K the number of sums, 8 n_items n / TILE for where the tiles begin, and up to DENSE_BYTES.
    """
    if k < 1:
        raise InvalidInput(f"A user needs room for at least one neighbour; got {k}.")
    n = index.ratings.n_users
    bar = np.full(n, kernels.LOWEST, dtype=index.layout.cells.dtype)
    heaps = [_heaps(n, k, bar) for _ in range(threads())]
    tiles = _Tiles(index)
    turns = iter(range(len(tiles.bounds) - 2, -1, -1))  # the most work first
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(len(heaps)) as pool:
        list(pool.map(lambda mine: _work(tiles, turns, mine), heaps))
    return _drained(heaps, n, k)


def updated(index: SimilarityIndex, previous: Neighbours, before: Ints, changed: NDArray[np.bool_]) -> Neighbours:
    """What `top_neighbours` gives, from the neighbours of an earlier matrix and the users who changed since then.

    before (n,) is each user's row in the earlier matrix, -1 for a new one; rows that both have must be in one order.
    changed (n,) marks whose ratings are not what they were; the new ones count as changed. Exact: the similarities of
    those who changed are worked out anew and offered to everybody, and whoever may have lost a neighbour to somebody
    that nobody looked at is worked out anew too. A measure that is not local starts from scratch.
    """
    n, k = index.ratings.n_users, previous.rows.shape[1]
    if not index.measure.local:
        return top_neighbours(index, k)
    changed = changed | (before < 0)
    heaps = _heaps(n, k, np.full(n, kernels.LOWEST))
    stable = np.flatnonzero(~changed)
    old = Neighbours(previous.rows[before[stable]], previous.similarities[before[stable]])
    rows = _renumbered(old.rows, before, changed)
    kernels.offer_each(heaps, stable, rows, old.similarities, n)
    _offer_rows(index, heaps, np.flatnonzero(changed), changed, everybody=True)
    # Somebody between the k-th of old and the k-th of now may have been there all the time, unlisted.
    lost = (old.counts == k) & ((rows < 0) & (old.rows >= 0)).any(axis=1)
    kth = np.floor(old.similarities[:, -1] * kernels.STEPS + kernels.HALF).astype(np.int64) * n + n - 1
    unsure = stable[lost & (heaps.keys[stable, 0] < kth)]
    heaps.keys[unsure], heaps.bar[unsure] = 0, kernels.LOWEST
    _offer_rows(index, heaps, unsure, changed, everybody=False)
    return _drained([heaps], n, k)


def _renumbered(rows: NDArray[np.int32], before: Ints, changed: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Rows of the earlier matrix as rows of this one; -1 for who is gone or has changed."""
    after = np.full(max(int(before.max(initial=-1)), int(rows.max(initial=-1))) + 2, -1, dtype=np.int32)
    kept = np.flatnonzero(~changed)
    after[before[kept]] = kept
    return after[rows]  # the last place answers for -1


def _offer_rows(index: SimilarityIndex, heaps: Heaps, users: Ints, changed: NDArray[np.bool_], everybody: bool) -> None:
    """Works out `users` against all and offers them everybody, and, if `everybody`, themselves to the unchanged."""
    size = index.block_rows()
    for start in range(0, len(users), size):
        block = users[start : start + size]
        kernels.offer_block(heaps, block, index.of(block), changed, everybody, len(changed))


def nearness(similarities: Floats) -> Ints:
    """A whole number a user, larger for a nearer one: similarity at six decimals, then the lower row; 0 is none.

    No two positive ones of a row are equal, so every choice of the k nearest is the same choice.
    """
    n = similarities.shape[-1]
    steps = np.floor(similarities * kernels.STEPS + kernels.HALF).astype(np.int64)
    return np.where(steps > 0, steps * n + (n - 1 - np.arange(n)), 0)


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


def _heaps(n: int, k: int, bar: NDArray[Any]) -> Heaps:
    return Heaps(np.zeros((n, k), dtype=np.int64), np.zeros((n, k)), bar)


def _drained(heaps: list[Heaps], n: int, k: int) -> Neighbours:
    rows, similarities = np.empty((n, k), dtype=np.int32), np.empty((n, k))

    def part(bounds: tuple[int, int]) -> None:
        for other in heaps[1:]:
            kernels.merge(heaps[0], other, *bounds, n)
        kernels.drain(heaps[0], *bounds, rows, similarities, n)

    with ThreadPoolExecutor(threads()) as pool:
        list(pool.map(part, pairwise(np.linspace(0, n, threads() + 1).astype(int).tolist())))
    return Neighbours(rows, similarities)


class _Tiles:
    """The matrix cut into stretches of TILE users, its most rated items apart as dense columns."""

    def __init__(self, index: SimilarityIndex) -> None:
        ratings, layout = index.ratings, index.layout
        self.layout, self.n = layout, ratings.n_users
        n_tiles, n_items = -(-self.n // TILE), ratings.n_items
        items = np.repeat(np.arange(n_items), np.diff(index.item_starts))
        counts = np.bincount(items * (n_tiles + 1) + layout.users // TILE + 1, minlength=n_items * (n_tiles + 1))
        ends = np.cumsum(counts.reshape(n_items, n_tiles + 1), axis=1)
        self.bounds = np.ascontiguousarray((index.item_starts[:-1, None] + ends).T)  # (tiles + 1, n_items)

        place = self._dense_places(ratings.item_counts)
        self.right = self._dense(place, items, layout.users, layout.cells)  # (P, H, n)
        left = self._dense(place, ratings.indices, ratings.users, index.left)
        self.left = np.ascontiguousarray(left.transpose(0, 2, 1))  # (P, n, H)
        sparse = place[ratings.indices] < 0
        self.starts = np.concatenate([[0], np.cumsum(sparse)])[ratings.indptr]
        self.items, self.cells = ratings.indices[sparse], np.ascontiguousarray(index.left[:, sparse])

    def _dense_places(self, counts: Ints) -> Ints:
        """(n_items,): the column of each item that is held dense, -1 for the others."""
        place = np.full(len(counts), -1, dtype=np.int64)
        cells = self.layout.cells
        if self.layout.terms == kernels.Terms.PRODUCTS and self.n:
            most = np.argsort(-counts, kind="stable")[: DENSE_BYTES // (2 * self.n * len(cells) * cells.itemsize)]
            most = most[counts[most] > DENSE_SHARE * self.n]
            place[most] = np.arange(len(most))
        return place

    def _dense(self, place: Ints, items: NDArray[Any], users: NDArray[Any], cells: NDArray[Any]) -> NDArray[Any]:
        """(P, H, n): the planes of the dense items."""
        columns = place[items]
        held = columns >= 0
        dense = np.zeros((len(cells), int(place.max(initial=-1)) + 1, self.n), dtype=cells.dtype)
        dense[:, columns[held], users[held]] = cells[:, held]
        return dense


def _work(tiles: _Tiles, turns: Iterator[int], heaps: Heaps) -> None:
    """Takes one tile after another, as long as there are any, and offers its pairs with all users before to `heaps`."""
    layout, n = tiles.layout, tiles.n
    n_sums = 6 if layout.form == kernels.Form.SINGULARITY else int(layout.target.max()) + 1
    room = np.empty(n_sums * ROWS * TILE, dtype=layout.cells.dtype)
    norms = layout.norms.astype(layout.cells.dtype)
    for tile in turns:
        offset, stop = tile * TILE, min((tile + 1) * TILE, n)
        low, high, right = tiles.bounds[tile], tiles.bounds[tile + 1], tiles.right[:, :, offset:stop]
        for first in range(0, stop, ROWS):
            height = min(ROWS, stop - first)
            sums = room[: height * n_sums * (stop - offset)].reshape(height, n_sums, stop - offset)
            _dense_part(layout.target, tiles.left[:, first : first + height], right, sums)
            rows = tiles.starts, tiles.items, tiles.cells
            kernels.offer_tile(layout, *rows, first, low, high, offset, sums, norms, heaps, n)


def _dense_part(target: Ints, left: NDArray[Any], right: NDArray[Any], sums: NDArray[Any]) -> None:
    """Begins sums (B, K, width) with what the dense items add: left (P, B, H) times right (P, H, width)."""
    if len(target) == 1 and left.shape[2]:
        np.matmul(left[0], right[0], out=sums[:, 0])
        return
    sums[:] = 0
    if left.shape[2]:
        for p, to in enumerate(target):
            sums[:, to] += left[p] @ right[p]
