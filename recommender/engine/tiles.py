"""Pairs of users worked out tile by tile: some users, or all, against all, their nearest kept in heaps."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from . import kernels
from .kernels import Heaps
from .similarity import SimilarityIndex
from .types import Floats, Ints

TILE = 1024  # users on the right of a tile
ROWS = 64  # users on its left
DENSE_SHARE = 0.2  # items that more of the users rated are multiplied as dense columns
DENSE_BYTES = 32_000_000


def threads() -> int:
    """How many this process may run side by side."""
    return len(os.sched_getaffinity(0))


def empty_heaps(index: SimilarityIndex, k: int) -> list[Heaps]:
    """Heaps for each thread, with one bar."""
    n = index.ratings.n_users
    bar = np.full(n, kernels.LOWEST, dtype=index.layout.cells.dtype)
    return [Heaps(np.zeros((n, k), dtype=np.int64), np.zeros((n, k)), bar) for _ in range(threads())]


def offer_all(index: SimilarityIndex, heaps: list[Heaps]) -> None:
    """Works out each pair once and offers it to both sides."""
    n = index.ratings.n_users
    _offered(_Tiles(index, np.arange(n)), heaps, heaps[0].bar, np.ones(n, dtype=bool), once=True)


def offer_some(index: SimilarityIndex, heaps: list[Heaps], users: Ints, welcome: NDArray[np.bool_]) -> None:
    """Works out `users`, ascending, against all: offers them everybody, and themselves to those who are `welcome`."""
    if len(users):
        bars = heaps[0].bar if welcome.any() else np.full_like(heaps[0].bar, np.inf)
        _offered(_Tiles(index, users), heaps, bars, welcome, once=False)


def merged(heaps: list[Heaps]) -> Heaps:
    """What all threads found, in the first one's heaps."""
    n = len(heaps[0].bar)

    def part(bounds: tuple[int, int]) -> None:
        for other in heaps[1:]:
            kernels.merge(heaps[0], other, bounds[0], bounds[1], n)

    in_parts(n, part)
    for other in heaps[1:]:
        other.keys[:] = 0
    return heaps[0]


def drained(heaps: Heaps) -> tuple[NDArray[np.int32], Floats]:
    """Rows and similarities (n, k), nearest first; -1 and 0 where there are fewer."""
    n, k = heaps.keys.shape
    rows, similarities = np.empty((n, k), dtype=np.int32), np.empty((n, k))
    in_parts(n, lambda bounds: kernels.drain(heaps, bounds[0], bounds[1], rows, similarities, n))
    return rows, similarities


def in_parts(n: int, work: Any) -> None:
    """Lets each thread do `work` on one of `threads()` stretches of 0 .. n."""
    with ThreadPoolExecutor(threads()) as pool:
        list(pool.map(work, pairwise(np.linspace(0, n, threads() + 1).astype(int).tolist())))


def _offered(tiles: "_Tiles", heaps: list[Heaps], bars: Floats, welcome: NDArray[np.bool_], *, once: bool) -> None:
    turns = iter(range(len(tiles.bounds) - 2, -1, -1))  # the most work first
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(len(heaps)) as pool:
        list(pool.map(partial(_work, tiles, turns, bars, welcome, once), heaps))


class _Tiles:
    """The matrix cut into stretches of TILE users, for `users` on the left; its most rated items are dense columns."""

    def __init__(self, index: SimilarityIndex, users: Ints) -> None:
        ratings, layout = index.ratings, index.layout
        self.layout, self.users, self.n = layout, users, ratings.n_users
        n_tiles, n_items = -(-self.n // TILE), ratings.n_items
        items = np.repeat(np.arange(n_items), np.diff(index.item_starts))
        counts = np.bincount(items * (n_tiles + 1) + layout.users // TILE + 1, minlength=n_items * (n_tiles + 1))
        ends = np.cumsum(counts.reshape(n_items, n_tiles + 1), axis=1)
        self.bounds = np.ascontiguousarray((index.item_starts[:-1, None] + ends).T)  # (tiles + 1, n_items)

        place = self._dense_places(ratings.item_counts)
        self.right = self._dense(place, items, layout.users, layout.cells, self.n)  # (P, H, n)
        chosen = ratings.take(users)
        cells = index.left_of(chosen)
        left = self._dense(place, chosen.indices, chosen.users, cells, len(users))
        self.left = np.ascontiguousarray(left.transpose(0, 2, 1))  # (P, users, H)
        sparse = place[chosen.indices] < 0
        self.starts = np.concatenate([[0], np.cumsum(sparse)])[chosen.indptr]
        self.items, self.cells = chosen.indices[sparse], np.ascontiguousarray(cells[:, sparse])

    def _dense_places(self, counts: Ints) -> Ints:
        """(n_items,): the column of each item that is held dense, -1 for the others."""
        place = np.full(len(counts), -1, dtype=np.int64)
        cells = self.layout.cells
        if self.layout.terms == kernels.Terms.PRODUCTS and self.n:
            most = np.argsort(-counts, kind="stable")[: DENSE_BYTES // (2 * self.n * len(cells) * cells.itemsize)]
            most = most[counts[most] > DENSE_SHARE * self.n]
            place[most] = np.arange(len(most))
        return place

    @staticmethod
    def _dense(place: Ints, items: NDArray[Any], users: NDArray[Any], cells: NDArray[Any], n: int) -> NDArray[Any]:
        """(P, H, n): the planes of the dense items, of n users."""
        columns = place[items]
        held = columns >= 0
        dense = np.zeros((len(cells), int(place.max(initial=-1)) + 1, n), dtype=cells.dtype)
        dense[:, columns[held], users[held]] = cells[:, held]
        return dense


def _work(
    tiles: _Tiles, turns: Iterator[int], bars: Floats, welcome: NDArray[np.bool_], once: bool, heaps: Heaps
) -> None:
    """Takes one tile after another, as long as there are any, and offers its pairs with the tiles' users to `heaps`."""
    layout, n = tiles.layout, tiles.n
    n_sums = 6 if layout.form == kernels.Form.SINGULARITY else int(layout.target.max()) + 1
    room = np.empty(n_sums * ROWS * TILE, dtype=layout.cells.dtype)
    norms = layout.norms.astype(layout.cells.dtype)
    rows = tiles.users, tiles.starts, tiles.items, tiles.cells
    for tile in turns:
        offset, stop = tile * TILE, min((tile + 1) * TILE, n)
        low, high, right = tiles.bounds[tile], tiles.bounds[tile + 1], tiles.right[:, :, offset:stop]
        last = stop if once else len(tiles.users)  # a pair is offered by the earlier of the two
        for first in range(0, last, ROWS):
            height = min(ROWS, last - first)
            sums = room[: height * n_sums * (stop - offset)].reshape(height, n_sums, stop - offset)
            _dense_part(layout.target, tiles.left[:, first : first + height], right, sums)
            found = heaps, bars, welcome, once, n
            kernels.offer_tile(layout, *rows, first, low, high, offset, sums, norms, *found)


def _dense_part(target: Ints, left: NDArray[Any], right: NDArray[Any], sums: NDArray[Any]) -> None:
    """Begins sums (B, K, width) with what the dense items add: left (P, B, H) times right (P, H, width)."""
    if len(target) == 1 and left.shape[2]:
        np.matmul(left[0], right[0], out=sums[:, 0])
        return
    sums[:] = 0
    if left.shape[2]:
        for p, to in enumerate(target):
            sums[:, to] += left[p] @ right[p]
