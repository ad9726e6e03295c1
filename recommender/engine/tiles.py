"""Pairs of users worked out tile by tile: some users, or all, against all, their nearest kept in heaps."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Condition

import numpy as np
from numpy.typing import NDArray

from . import kernels
from .kernels import Heaps, Left
from .similarity import SimilarityIndex
from .types import Floats, Ints

TILE = 2048  # users on a side of a tile, at most
LEAST = 64  # and at least, however many threads there are
DENSE_SHARE = 1 / 12  # items that more of the users rated are added as dense columns
DENSE_BYTES = 2_000_000  # of the columns of a tile

Pair = tuple[int, int]  # a stretch of users on the left, one on the right


def threads() -> int:
    """How many this process may run side by side."""
    return len(os.sched_getaffinity(0))


def empty_heaps(index: SimilarityIndex, k: int) -> Heaps:
    """Nobody is near anybody yet."""
    n = index.ratings.n_users
    bar = np.full(n, kernels.LOWEST, dtype=index.layout.cells.dtype)
    return Heaps(np.zeros((n, k), dtype=np.int64), np.zeros((n, k)), bar)


def offer_all(index: SimilarityIndex, heaps: Heaps) -> None:
    """Works out each pair once and offers it to both sides."""
    n = index.ratings.n_users
    tiles = _Tiles(index, np.arange(n))
    count = len(tiles.bounds) - 1
    pairs = [(tile - apart, tile) for apart in range(count - 1, -1, -1) for tile in range(apart, count)]
    tiles.offer(pairs, heaps, heaps.bar, np.ones(n, dtype=bool), once=True)


def offer_some(index: SimilarityIndex, heaps: Heaps, users: Ints, welcome: NDArray[np.bool_]) -> None:
    """Works out `users`, ascending, against all: offers them everybody, and themselves to those who are `welcome`,
    which none of them may be."""
    bars = heaps.bar if welcome.any() else np.full_like(heaps.bar, np.inf)
    tiles = _Tiles(index, users)
    count, parts = len(tiles.bounds) - 1, -(-len(users) // tiles.rows)
    pairs = [(~part, tile) for tile in range(count) for part in range(parts)]
    tiles.offer(pairs, heaps, bars, welcome, once=False)


def drained(heaps: Heaps, edges: Ints) -> tuple[NDArray[np.int32], Floats]:
    """Rows and similarities (n, k), nearest first; -1 and 0 where there are fewer, UNKNOWN and 0 for keys below edges
    (n,). The heaps are used up."""
    n, k = heaps.keys.shape
    rows = np.empty((n, k), dtype=np.int32)
    with ThreadPoolExecutor(threads()) as pool:
        parts = pairwise(np.linspace(0, n, threads() + 1).astype(int).tolist())
        list(pool.map(lambda part: kernels.drain(heaps, part[0], part[1], edges, rows, n), parts))
    return rows, heaps.similarities


class _Turns:
    """Hands out pairs of stretches, never one that somebody is at work on: a heap is open to one thread at a time."""

    def __init__(self, pairs: list[Pair]) -> None:
        self._pairs, self._busy, self._freed = pairs, set[int](), Condition()

    def take(self) -> Pair | None:
        """The next pair that is free, as soon as there is one; None when all have been taken."""
        with self._freed:
            while self._pairs:
                for place, pair in enumerate(self._pairs):
                    if self._busy.isdisjoint(pair):
                        self._busy.update(pair)
                        return self._pairs.pop(place)
                self._freed.wait()
            return None

    def give_back(self, pair: Pair) -> None:
        """Both stretches are free again."""
        with self._freed:
            self._busy.difference_update(pair)
            self._freed.notify_all()


class _Tiles:
    """The matrix cut into stretches of users, and `users` on the left."""

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

    def offer(self, pairs: list[Pair], heaps: Heaps, bars: Floats, welcome: NDArray[np.bool_], *, once: bool) -> None:
        """Works out the tiles of all pairs; ~part is a part of `left` that is no tile."""
        turns = _Turns(pairs)
        with ThreadPoolExecutor(threads()) as pool:
            workers = [pool.submit(self._work, turns, heaps, bars, welcome, once) for _ in range(threads())]
            for worker in workers:
                worker.result()

    def _work(self, turns: _Turns, heaps: Heaps, bars: Floats, welcome: NDArray[np.bool_], once: bool) -> None:
        users = len(self.left.users)
        while (pair := turns.take()) is not None:
            first, offset = max(pair[0], ~pair[0]) * self.rows, pair[1] * self.width
            rows, width = (first, min(first + self.rows, users)), min(self.width, self.n - offset)
            low, high = self.bounds[pair[1]], self.bounds[pair[1] + 1]
            where = self.columns, low, high, offset, width, self.norms
            try:
                kernels.offer_tile(self.layout, self.left, *rows, *where, heaps, bars, welcome, once, self.n)
            finally:
                turns.give_back(pair)

    def _dense_columns(self, counts: Ints) -> Ints:
        """(n_items,): the column of each item that is added as one, -1 for the others."""
        columns, cells = np.full(len(counts), -1, dtype=np.int64), self.layout.cells
        if self.layout.terms == kernels.Terms.PRODUCTS and self.n:
            most = np.argsort(-counts, kind="stable")[: DENSE_BYTES // (self.width * len(cells) * cells.itemsize)]
            most = most[counts[most] > DENSE_SHARE * self.n]
            columns[most] = np.arange(len(most))
        return columns


def _stretch(users: int) -> int:
    """How many users a stretch has: few enough that every thread finds one that is free."""
    return min(TILE, max(LEAST, -(-users // (2 * threads()))))
