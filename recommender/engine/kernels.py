"""The compiled inner loops: sums over common items, similarities, offers to the heaps, sums for predictions.

All functions work on plain arrays and release the interpreter's lock, so that several threads can process
different users. They are compiled at their first call and stored on disk (`cache=True`). similarity.py,
neighbours.py and knn.py explain what they compute.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .heaps import offer
from .types import Floats, Ints


class Form(IntEnum):
    """How the similarity is computed from a pair's sums s0, s1 …; |c| is the number of common items."""

    COSINE = 0  # s0 / (|u| |v|); |c| is s1, if it is needed
    CORRELATION = 1  # s0 / sqrt(s1 s2), |c| = s3
    DISTANCE = 2  # 1 - s0 / |c|, |c| = s1
    SINGULARITY = 3  # (s0/s3 + s1/s4 + s2/s5) / 3, |c| = s3 + s4 + s5


class Terms(IntEnum):
    """How the two cells of a common item add to the sums."""

    PRODUCTS = 0  # left[p] * right[p], to the sum target[p]
    FUZZY = 1  # cells: position on the scale and on the item's own range, both times k - 1
    SINGULARITY = 2  # cells: r', 1 where positive; items: s_P, s_N


class ItemLayout(NamedTuple):
    """The right side of pairs: a matrix in item order, with the parameters of a measure."""

    form: int
    terms: int
    sets: int  # k of FUZZY
    shrinkage: float
    significance: float
    target: Ints  # (P,)
    users: NDArray[np.int32]  # (cells,) int32, ascending within an item
    cells: NDArray[Any]  # (P, cells), float32 or float64
    items: Floats  # (2, n_items), of SINGULARITY
    norms: Floats  # (n_users,), of COSINE; infinite for a norm of 0


class Left(NamedTuple):
    """The left side of pairs: the ratings of some users as compressed rows."""

    users: Ints  # (m,), ascending
    starts: Ints  # (m + 1,)
    items: NDArray[np.int32]  # (cells,)
    cells: NDArray[Any]  # (P, cells), in the type of the layout's
    longest: int  # the largest number of cells of a row


class Tile(NamedTuple):
    """The users `offset` .. `offset` + `width` - 1 of a layout."""

    columns: Ints  # (n_items,): the index of an item's dense column; -1: its cells are added one by one
    low: Ints  # (n_items,): the first of each item's cells within these users
    high: Ints  # (n_items,): the end of these cells
    offset: int
    width: int
    norms: NDArray[Any]  # (n,): the norms of the layout, in the type of the sums


@njit(cache=True, nogil=True, error_model="numpy")
def _add_products(layout, items, left, low, high, offset, sums):
    first = np.uintp(offset)  # unsigned indices spare the check for negative ones
    for p in range(len(left)):
        total, right, mine, users = sums[layout.target[p]], layout.cells[p], left[p], layout.users
        for c in range(len(items)):
            a = mine[c]
            for q in range(np.uintp(low[items[c]]), np.uintp(high[items[c]])):
                total[np.uintp(users[q]) - first] += a * right[q]


@njit(cache=True, nogil=True, error_model="numpy")
def _add_fuzzy(layout, items, left, low, high, offset, sums):
    k = layout.sets
    for c in range(len(items)):
        position, on_range = left[0, c], left[1, c]
        for q in range(low[items[c]], high[items[c]]):
            distance, spread = 0.0, 0.0
            for j in range(k):
                ours, theirs = max(0.0, 1.0 - abs(position - j)), max(0.0, 1.0 - abs(layout.cells[0, q] - j))
                distance += (ours - theirs) * (ours - theirs)
                ours, theirs = max(0.0, 1.0 - abs(on_range - j)), max(0.0, 1.0 - abs(layout.cells[1, q] - j))
                spread += abs(ours - theirs)
            user = layout.users[q] - offset
            sums[0, user] += distance / k * spread / k
            sums[1, user] += 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _add_singularity(layout, items, left, low, high, offset, sums):
    for c in range(len(items)):
        s_p, s_n = layout.items[0, items[c]], layout.items[1, items[c]]
        rarity = (s_n * s_n, s_p * s_n, s_p * s_p)
        for q in range(low[items[c]], high[items[c]]):
            distance = left[0, c] - layout.cells[0, q]
            positive = int(left[1, c] + layout.cells[1, q])  # how many of the two are positive
            user = layout.users[q] - offset
            sums[positive, user] += (1.0 - distance * distance) * rarity[positive]
            sums[3 + positive, user] += 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def add_row(layout, items, left, low, high, offset, sums):
    """Adds to sums (K, width) the terms of one user's cells with those of the `width` users from `offset` on.

    items (m,) and left (P, m) are the user's cells. low and high (n_items,) are the bounds of each item's
    cells within these `width` users.
    """
    if layout.terms == Terms.PRODUCTS:
        _add_products(layout, items, left, low, high, offset, sums)
    elif layout.terms == Terms.FUZZY:
        _add_fuzzy(layout, items, left, low, high, offset, sums)
    else:
        _add_singularity(layout, items, left, low, high, offset, sums)


@njit(cache=True, nogil=True, error_model="numpy")
def _sums_of(layout):
    """K, the number of sums of a pair."""
    return 6 if layout.form == Form.SINGULARITY else layout.target.max() + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _mean(total, count):
    return total / count if count > 0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def finish(layout, sums, norm, norms, out):
    """Computes out (width,), the similarities of one user to `width` others, from sums (K, width).

    The cosine divides by `norm` and norms (width,); a norm is infinite for a user with a norm of 0. The
    result has the type of `out`.
    """
    width = len(out)
    if layout.form == Form.COSINE:
        for v in range(width):
            out[v] = sums[0, v] / (norm * norms[v])
    elif layout.form == Form.CORRELATION:
        for v in range(width):
            below = np.sqrt(np.float64(sums[1, v]) * np.float64(sums[2, v]))
            out[v] = sums[0, v] / below if below > 0 else 0.0
        if layout.shrinkage > 0:
            for v in range(width):
                beyond = max(sums[3, v] - 1.0, 0.0)
                out[v] *= beyond / (beyond + layout.shrinkage)
    elif layout.form == Form.DISTANCE:
        for v in range(width):
            out[v] = 1.0 - max(sums[0, v], 0.0) / sums[1, v] if sums[1, v] > 0 else 0.0
    else:
        for v in range(width):
            out[v] = (
                _mean(sums[0, v], sums[3, v]) + _mean(sums[1, v], sums[4, v]) + _mean(sums[2, v], sums[5, v])
            ) / 3
    if layout.significance > 0:
        last = len(sums) - 1
        for v in range(width):
            common = (
                sums[3, v] + sums[4, v] + sums[5, v] if layout.form == Form.SINGULARITY else sums[last, v]
            )
            out[v] *= min(common, layout.significance) / layout.significance


@njit(cache=True, nogil=True, error_model="numpy")
def by_item(starts, items, planes, item_starts):
    """Converts compressed rows with P planes of cells to item order.

    Returns users (cells,), ascending within an item, and the cells (P, cells). item_starts (n_items + 1,) has
    the beginning of each item.
    """
    users, cells = np.empty(len(items), dtype=np.int32), np.empty_like(planes)
    free = item_starts.copy()
    for user in range(len(starts) - 1):
        for c in range(starts[user], starts[user + 1]):
            index = free[items[c]]
            free[items[c]] += 1
            users[index] = user
            for p in range(len(planes)):
                cells[p, index] = planes[p, c]
    return users, cells


@njit(cache=True, nogil=True, error_model="numpy")
def tile_bounds(item_starts, users, width, bounds):
    """Fills bounds (tiles + 1, n_items): the first cell of each tile of `width` users, for each item."""
    for item in range(bounds.shape[1]):
        c = item_starts[item]
        for tile in range(len(bounds)):
            while c < item_starts[item + 1] and users[c] < tile * width:
                c += 1
            bounds[tile, item] = c


@njit(cache=True, nogil=True, error_model="numpy")
def similarity_rows(layout, starts, items, left, own, low, high, out):
    """Fills out (B, n): the similarities of B users, given as compressed rows, to all n users.

    own (B,) are the norms of the B users. A user's similarity to itself is not treated differently.
    """
    sums = np.zeros((_sums_of(layout), out.shape[1]), dtype=layout.cells.dtype)
    for row in range(len(starts) - 1):
        sums[:] = 0
        mine = slice(starts[row], starts[row + 1])
        add_row(layout, items[mine], left[:, mine], low, high, 0, sums)
        finish(layout, sums, own[row], layout.norms, out[row])


@njit(cache=True, nogil=True, error_model="numpy")
def _mark(rough, bar, bars, marks):
    for v in range(len(rough)):
        marks[v] = (rough[v] > bar) | (rough[v] > bars[v])


@njit(cache=True, nogil=True, error_model="numpy")
def _offer_row(layout, heaps, user, sums, rough, begin, offset, bars, accepting, marks):
    """Offers the users from `offset` on to the heap of `user`, and `user` to their heaps.

    `user` is offered only to users for whom `accepting` is true. Positions before `begin` are skipped.
    rough (width,) are the similarities in the type of the sums. Similarities above the user's bar or above
    bars (n,) are marked, found eight at a time, and computed again in double precision.
    """
    n, width = len(bars), len(rough)
    _mark(rough, heaps.bar[user], bars[offset : offset + width], marks)
    eights = marks.view(np.uint64)
    norm = layout.norms[user]
    plain = layout.form == Form.COSINE and layout.significance == 0
    for eight in range(begin // 8, (width + 7) // 8):
        if eights[eight] == 0:
            continue
        for v in range(max(begin, 8 * eight), min(8 * eight + 8, width)):
            other = offset + v
            if marks[v] and other != user:
                exact = sums[v] / (norm * layout.norms[other]) if plain else np.float64(rough[v])
                if exact > heaps.bar[user]:
                    offer(heaps, user, exact, other, n)
                if accepting[other] and exact > heaps.bar[other]:
                    offer(heaps, other, exact, user, n)


@njit(cache=True, nogil=True, error_model="numpy")
def _dense(layout, tile):
    """(P, H, width): the cells of the H items with a dense column for the users of the tile; 0 if unrated."""
    dense = np.zeros((len(layout.cells), tile.columns.max() + 1, tile.width), dtype=layout.cells.dtype)
    for item in range(len(tile.columns)):
        if tile.columns[item] >= 0:
            for c in range(tile.low[item], tile.high[item]):
                for p in range(len(dense)):
                    dense[p, tile.columns[item], layout.users[c] - tile.offset] = layout.cells[p, c]
    return dense


@njit(cache=True, nogil=True, error_model="numpy")
def _add_dense(target, dense, columns, left, sums):
    """Adds left (P, m) times the dense columns of the same m items to sums (K, width), four at a time."""
    for p in range(len(left)):
        total, mine, right = sums[target[p]], left[p], dense[p]
        fours = len(columns) // 4 * 4
        for c in range(0, fours, 4):
            a0, a1, a2, a3 = mine[c], mine[c + 1], mine[c + 2], mine[c + 3]
            r0 = right[columns[c]]
            r1 = right[columns[c + 1]]
            r2 = right[columns[c + 2]]
            r3 = right[columns[c + 3]]
            for v in range(len(total)):
                total[v] += (a0 * r0[v] + a1 * r1[v]) + (a2 * r2[v] + a3 * r3[v])
        for c in range(fours, len(columns)):
            a, r = mine[c], right[columns[c]]
            for v in range(len(total)):
                total[v] += a * r[v]


@njit(cache=True, nogil=True, error_model="numpy")
def _split_row(left, row, columns, items, cells):
    """Copies the cells of a row: items with a dense column from the front, the others from the back.

    Fills items (longest,), with the column for the former and the item for the latter, and cells
    (P, longest). Returns the ends: items[:front] have columns, items[back:] have none.
    """
    front, back = 0, len(items)
    for c in range(left.starts[row], left.starts[row + 1]):
        item = left.items[c]
        if columns[item] >= 0:
            index, items[front] = front, columns[item]
            front += 1
        else:
            back -= 1
            index, items[back] = back, item
        for p in range(len(cells)):
            cells[p, index] = left.cells[p, c]
    return front, back


@njit(cache=True, nogil=True, error_model="numpy")
def offer_tile(layout, left, rows, tile, heaps, bars, accepting, once):
    """Computes the similarities of a tile and offers them to the heaps.

    rows = (first, stop): the rows of `left`, against the users of `tile`. bars (n,) are the bars above which
    a user of the tile is offered. accepting (n,) is true for users whose heaps take offers. With `once`, each
    pair is processed only from its lower row.
    """
    dense = _dense(layout, tile)
    sums = np.empty((_sums_of(layout), tile.width), dtype=layout.cells.dtype)
    rough, marks = np.empty(tile.width, dtype=sums.dtype), np.zeros((tile.width + 7) // 8 * 8, dtype=np.bool_)
    items = np.empty(left.longest, dtype=np.int64)
    cells = np.empty((len(left.cells), left.longest), dtype=sums.dtype)
    for row in range(rows[0], rows[1]):
        user = left.users[row]
        front, back = _split_row(left, row, tile.columns, items, cells)
        sums[:] = 0
        _add_dense(layout.target, dense, items[:front], cells[:, :front], sums)
        add_row(layout, items[back:], cells[:, back:], tile.low, tile.high, tile.offset, sums)
        finish(layout, sums, tile.norms[user], tile.norms[tile.offset : tile.offset + tile.width], rough)
        begin = max(0, user + 1 - tile.offset) if once else 0
        _offer_row(layout, heaps, user, sums[0], rough, begin, tile.offset, bars, accepting, marks)


@njit(cache=True, nogil=True, error_model="numpy")
def sum_rows(nearest, weights, starts, items, values, residuals, k, counts, answers):
    """Fills counts (B, n_items) and answers (3, B, n_items): sums over the k nearest raters of every item.

    nearest and weights (B, m) are other users and their similarities, nearest first, -1 for missing ones.
    starts, items, values and residuals are the matrix of these users. The answers are the sums of w d, of w
    and of r.
    """
    counts[:] = 0
    answers[:] = 0
    for row in range(len(nearest)):
        weighted_deviations, total_weights, ratings, count = (
            answers[0, row],
            answers[1, row],
            answers[2, row],
            counts[row],
        )
        for rank in range(nearest.shape[1]):
            other, weight = nearest[row, rank], weights[row, rank]
            if other < 0:
                break
            for c in range(starts[other], starts[other + 1]):
                item = items[c]
                if count[item] < k:
                    count[item] += 1
                    weighted_deviations[item] += weight * residuals[c]
                    total_weights[item] += weight
                    ratings[item] += values[c]
