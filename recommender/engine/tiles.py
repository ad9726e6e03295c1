"""Similarities of pairs of users in tiles: some or all users against all; heaps keep the nearest."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Condition

import numpy as np
from numpy.typing import NDArray

from . import kernels
from .heaps import LOWEST, Heaps, drain
from .kernels import Left, Tile
from .similarity import SimilarityIndex
from .types import Floats, Ints

MAX_TILE = 2048  # the largest number of users on a side of a tile
MIN_TILE = 64  # the smallest number, for any number of threads
DENSE_SHARE = 1 / 12  # items that a larger share of the users rated are added as dense columns
DENSE_BYTES = 2_000_000  # the largest size of the dense columns of a tile

Pair = tuple[int, int]  # a range of users on the left, a range on the right


def threads() -> int:
    """The number of threads that this process may run in parallel."""
    return len(os.sched_getaffinity(0))


def empty_heaps(index: SimilarityIndex, k: int) -> Heaps:
    """Empty heaps for k neighbours of each user."""
    n = index.ratings.n_users
    bar = np.full(n, LOWEST, dtype=index.layout.cells.dtype)
    return Heaps(np.zeros((n, k), dtype=np.int64), np.zeros((n, k)), bar)


def compute_all(index: SimilarityIndex, heaps: Heaps) -> None:
    """Computes each pair once and offers it to the heaps of both users."""
    n = index.ratings.n_users
    tiles = _Tiles(index, np.arange(n))
    count = len(tiles.bounds) - 1
    pairs = [(tile - gap, tile) for gap in range(count - 1, -1, -1) for tile in range(gap, count)]
    tiles.offer(pairs, heaps, heaps.bar, np.ones(n, dtype=bool), once=True)


def compute_some(index: SimilarityIndex, heaps: Heaps, users: Ints, accepting: NDArray[np.bool_]) -> None:
    """Computes `users` (ascending) against all users and offers all users to their heaps.

    It also offers `users` to the heaps of the users for whom `accepting` (n,) is true; none of `users` may be
    among these.
    """
    bars = heaps.bar if accepting.any() else np.full_like(heaps.bar, np.inf)
    tiles = _Tiles(index, users)
    count, parts = len(tiles.bounds) - 1, -(-len(users) // tiles.rows)
    pairs = [(~part, tile) for tile in range(count) for part in range(parts)]
    tiles.offer(pairs, heaps, bars, accepting, once=False)


def to_neighbours(heaps: Heaps, edges: Ints) -> tuple[NDArray[np.int32], Floats]:
    """Rows and similarities (n, k) of the neighbours, nearest first. The heaps cannot be used afterwards.

    Missing neighbours are -1 with similarity 0; keys below edges (n,) become UNKNOWN with similarity 0.
    """
    n, k = heaps.keys.shape
    rows = np.empty((n, k), dtype=np.int32)
    with ThreadPoolExecutor(threads()) as pool:
        parts = pairwise(np.linspace(0, n, threads() + 1).astype(int).tolist())
        list(pool.map(lambda part: drain(heaps, part[0], part[1], edges, rows, n), parts))
    return rows, heaps.similarities


class _PairQueue:
    """Distributes pairs of ranges to threads so that two threads never work on a common range."""

    def __init__(self, pairs: list[Pair]) -> None:
        self._pairs, self._busy, self._freed = pairs, set[int](), Condition()

    def take(self) -> Pair | None:
        """The next pair whose ranges are free; waits for one. None if no pair is left."""
        with self._freed:
            while self._pairs:
                for index, pair in enumerate(self._pairs):
                    if self._busy.isdisjoint(pair):
                        self._busy.update(pair)
                        return self._pairs.pop(index)
                self._freed.wait()
            return None

    def give_back(self, pair: Pair) -> None:
        """Marks both ranges as free."""
        with self._freed:
            self._busy.difference_update(pair)
            self._freed.notify_all()


class _Tiles:
    """The matrix divided into ranges of users, with `users` on the left."""

    def __init__(self, index: SimilarityIndex, users: Ints) -> None:
        ratings, layout = index.ratings, index.layout
        self.layout, self.n = layout, ratings.n_users
        self.width, self.rows = _stretch(self.n), _stretch(len(users))
        cells = len(layout.users)
        shape = -(-self.n // self.width) + 1, ratings.n_items
        self.bounds = np.empty(shape, dtype=np.int32 if cells < 2**31 else np.int64)
        kernels.tile_bounds(index.item_starts, layout.users, self.width, self.bounds)
        self.columns = self._dense_columns(ratings.item_counts)
        self.norms = layout.norms.astype(layout.cells.dtype)
        chosen = ratings if len(users) == self.n else ratings.take(users)
        longest = int(chosen.user_counts.max(initial=0))
        self.left = Left(users, chosen.indptr, chosen.indices, index.left_of(chosen), longest)

    def offer(
        self, pairs: list[Pair], heaps: Heaps, bars: Floats, accepting: NDArray[np.bool_], *, once: bool
    ) -> None:
        """Computes the tiles of all pairs.

        In a pair, ~part stands for range `part` of `left` if this is not a range of all users.
        """
        queue = _PairQueue(pairs)
        with ThreadPoolExecutor(threads()) as pool:
            workers = [pool.submit(self._work, queue, heaps, bars, accepting, once) for _ in range(threads())]
            for worker in workers:
                worker.result()

    def _work(
        self, queue: _PairQueue, heaps: Heaps, bars: Floats, accepting: NDArray[np.bool_], once: bool
    ) -> None:
        users = len(self.left.users)
        while (pair := queue.take()) is not None:
            first, offset = max(pair[0], ~pair[0]) * self.rows, pair[1] * self.width
            rows, width = (first, min(first + self.rows, users)), min(self.width, self.n - offset)
            low, high = self.bounds[pair[1]], self.bounds[pair[1] + 1]
            tile = Tile(self.columns, low, high, offset, width, self.norms)
            try:
                kernels.offer_tile(self.layout, self.left, rows, tile, heaps, bars, accepting, once)
            finally:
                queue.give_back(pair)

    def _dense_columns(self, counts: Ints) -> Ints:
        """(n_items,): the index of each item's dense column, -1 for items without one."""
        columns, cells = np.full(len(counts), -1, dtype=np.int64), self.layout.cells
        if self.layout.terms == kernels.Terms.PRODUCTS and self.n:
            most = np.argsort(-counts, kind="stable")[
                : DENSE_BYTES // (self.width * len(cells) * cells.itemsize)
            ]
            most = most[counts[most] > DENSE_SHARE * self.n]
            columns[most] = np.arange(len(most))
        return columns


def _stretch(users: int) -> int:
    """The number of users of a range; small enough that every thread can find a free range."""
    return min(MAX_TILE, max(MIN_TILE, -(-users // (2 * threads()))))
