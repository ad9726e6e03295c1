"""The compiled inner loops: sums over common items, similarities from them, the k nearest, and their answers.

Each works on plain arrays and releases the interpreter's lock, so that threads may share the users between them. They
are compiled at their first call and kept on disk (`cache=True`). What they compute is said in similarity.py,
neighbours.py and knn.py.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .types import Floats, Ints

DECIMALS = 6  # similarities are compared at so many decimals
STEPS = 10.0**DECIMALS
HALF = 0.501  # half a step goes up, whatever the last bits of a sum are
UNKNOWN = -2  # in place of a row: nobody looked whether there are more
LOWEST = 0.4 / STEPS  # what is not above it is no similarity at so many decimals


class Form(IntEnum):
    """What becomes of a pair's sums."""

    COSINE = 0  # s0 / (|u| |v|); |c| is s1, where it is asked for
    CORRELATION = 1  # s0 / sqrt(s1 s2), |c| = s3
    DISTANCE = 2  # 1 - s0 / |c|, |c| = s1
    SINGULARITY = 3  # (s0/s3 + s1/s4 + s2/s5) / 3, |c| = s3 + s4 + s5


class Terms(IntEnum):
    """What the cells of a common item add to the sums."""

    PRODUCTS = 0  # left[p] * right[p], to the sum target[p]
    FUZZY = 1  # cells: place on the scale, place on the item's own range, both times k - 1
    SINGULARITY = 2  # cells: r', 1 where positive; items: s_P, s_N


class Layout(NamedTuple):
    """A matrix by item, and a measure on it: what the kernels need to know of the right side."""

    form: int
    terms: int
    sets: int  # k of FUZZY
    shrinkage: float
    significance: float
    target: Ints  # (P,)
    users: NDArray[np.int32]  # (cells,) int32, ascending within an item
    cells: NDArray[Any]  # (P, cells), float32 or float64
    items: Floats  # (2, n_items), of SINGULARITY
    norms: Floats  # (n_users,), of COSINE; infinite where there is none


class Left(NamedTuple):
    """Some users' ratings as compressed rows: the left side of pairs."""

    users: Ints  # (m,), ascending
    starts: Ints  # (m + 1,)
    items: NDArray[np.int32]  # (cells,)
    cells: NDArray[Any]  # (P, cells), in the type of the layout's
    longest: int  # cells of a row


class Heaps(NamedTuple):
    """Each user's k nearest so far, a heap with the farthest on top; a key is `nearness`, 0 where there is none."""

    keys: Ints  # (n, k)
    similarities: Floats  # (n, k)
    bar: NDArray[Any]  # (n,): what is not more similar than this is not among the k, in the type of the sums


@njit(cache=True, nogil=True, error_model="numpy")
def key_of(similarity: float, row: int, n: int) -> int:
    """A whole number, larger for a nearer user: similarity at six decimals, then the lower row; 0 is none."""
    steps = np.int64(np.floor(similarity * STEPS + HALF))
    return int(steps) * n + (n - 1 - row) if steps > 0 else 0


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
        place, on_range = left[0, c], left[1, c]
        for q in range(low[items[c]], high[items[c]]):
            apart, spread = 0.0, 0.0
            for j in range(k):
                ours, theirs = max(0.0, 1.0 - abs(place - j)), max(0.0, 1.0 - abs(layout.cells[0, q] - j))
                apart += (ours - theirs) * (ours - theirs)
                ours, theirs = max(0.0, 1.0 - abs(on_range - j)), max(0.0, 1.0 - abs(layout.cells[1, q] - j))
                spread += abs(ours - theirs)
            user = layout.users[q] - offset
            sums[0, user] += apart / k * spread / k
            sums[1, user] += 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _add_singularity(layout, items, left, low, high, offset, sums):
    for c in range(len(items)):
        s_p, s_n = layout.items[0, items[c]], layout.items[1, items[c]]
        rarity = (s_n * s_n, s_p * s_n, s_p * s_p)
        for q in range(low[items[c]], high[items[c]]):
            apart = left[0, c] - layout.cells[0, q]
            positive = int(left[1, c] + layout.cells[1, q])  # how many of the two
            user = layout.users[q] - offset
            sums[positive, user] += (1.0 - apart * apart) * rarity[positive]
            sums[3 + positive, user] += 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def add_row(layout, items, left, low, high, offset, sums):
    """Adds to sums (K, width) what one user's cells have in common with the users from `offset` on.

    items (m,) and left (P, m) are the user's cells; low and high (n_items,) bound the cells of each item's users
    within the width.
    """
    if layout.terms == 0:
        _add_products(layout, items, left, low, high, offset, sums)
    elif layout.terms == 1:
        _add_fuzzy(layout, items, left, low, high, offset, sums)
    else:
        _add_singularity(layout, items, left, low, high, offset, sums)


@njit(cache=True, nogil=True, error_model="numpy")
def _mean(total, count):
    return total / count if count > 0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def finish(layout, sums, norm, norms, out):
    """From sums (K, width) to out (width,), the similarities of one user to `width` others, in the type of `out`.

    `norm` and norms (width,) are what the cosine divides by; infinite for a user whose ratings have none.
    """
    width = len(out)
    if layout.form == 0:
        for v in range(width):
            out[v] = sums[0, v] / (norm * norms[v])
    elif layout.form == 1:
        for v in range(width):
            below = np.sqrt(np.float64(sums[1, v]) * np.float64(sums[2, v]))
            out[v] = sums[0, v] / below if below > 0 else 0.0
        if layout.shrinkage > 0:
            for v in range(width):
                beyond = max(sums[3, v] - 1.0, 0.0)
                out[v] *= beyond / (beyond + layout.shrinkage)
    elif layout.form == 2:
        for v in range(width):
            out[v] = 1.0 - max(sums[0, v], 0.0) / sums[1, v] if sums[1, v] > 0 else 0.0
    else:
        for v in range(width):
            out[v] = (_mean(sums[0, v], sums[3, v]) + _mean(sums[1, v], sums[4, v]) + _mean(sums[2, v], sums[5, v])) / 3
    if layout.significance > 0:
        last = len(sums) - 1
        for v in range(width):
            common = sums[3, v] + sums[4, v] + sums[5, v] if layout.form == 3 else sums[last, v]
            out[v] *= min(common, layout.significance) / layout.significance


@njit(cache=True, nogil=True, error_model="numpy")
def turned(starts, items, planes, item_starts):
    """Compressed rows with P planes of cells laid out by item: users (cells,), ascending within an item, and cells.

    item_starts (n_items + 1,) says where each item begins.
    """
    users, cells = np.empty(len(items), dtype=np.int32), np.empty_like(planes)
    free = item_starts.copy()
    for user in range(len(starts) - 1):
        for c in range(starts[user], starts[user + 1]):
            place = free[items[c]]
            free[items[c]] += 1
            users[place] = user
            for p in range(len(planes)):
                cells[p, place] = planes[p, c]
    return users, cells


@njit(cache=True, nogil=True, error_model="numpy")
def tile_bounds(item_starts, users, width, bounds):
    """Fills bounds (tiles + 1, n_items): in a matrix by item, where each tile of `width` users begins."""
    for item in range(bounds.shape[1]):
        c = item_starts[item]
        for tile in range(len(bounds)):
            while c < item_starts[item + 1] and users[c] < tile * width:
                c += 1
            bounds[tile, item] = c


@njit(cache=True, nogil=True, error_model="numpy")
def similarity_rows(layout, starts, items, left, own, low, high, out):
    """out (B, n): the similarities of B users, given as compressed rows, to all n; their own place is not special.

    own (B,) are the users' norms.
    """
    n_sums = 6 if layout.form == 3 else layout.target.max() + 1
    sums = np.zeros((n_sums, out.shape[1]), dtype=layout.cells.dtype)
    for row in range(len(starts) - 1):
        sums[:] = 0
        mine = slice(starts[row], starts[row + 1])
        add_row(layout, items[mine], left[:, mine], low, high, 0, sums)
        finish(layout, sums, own[row], layout.norms, out[row])


@njit(cache=True, nogil=True, error_model="numpy")
def _raise_bar(heaps, user, n):
    farthest = heaps.keys[user, 0]
    if farthest > 0:  # a step below it, which leaves room for ties and for single precision
        heaps.bar[user] = max(heaps.bar[user], (farthest // n - 1) / STEPS)


@njit(cache=True, nogil=True, error_model="numpy")
def offer(heaps, user, similarity, row, n):
    """Puts `row` into the heap of `user` if it is nearer than the farthest there."""
    keys, similarities = heaps.keys[user], heaps.similarities[user]
    key = key_of(similarity, row, n)
    if key <= keys[0]:
        return
    k, place = len(keys), 0
    while 2 * place + 1 < k:
        child = 2 * place + 1
        if child + 1 < k and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[place], similarities[place] = keys[child], similarities[child]
        place = child
    keys[place], similarities[place] = key, similarity
    _raise_bar(heaps, user, n)


@njit(cache=True, nogil=True, error_model="numpy")
def _mark(rough, bar, bars, marks):
    for v in range(len(rough)):
        marks[v] = (rough[v] > bar) | (rough[v] > bars[v])


@njit(cache=True, nogil=True, error_model="numpy")
def _offer_row(layout, heaps, user, sums, rough, begin, offset, bars, welcome, marks, n):
    """Offers `user` those from `offset` on, and them `user` where `welcome`; places before `begin` are left out.

    `rough` (width,) are the similarities in the type of the sums: those that may matter, by the user's bar or by bars
    (n,), are marked, looked up eight at a time, and worked out anew in double precision.
    """
    width = len(rough)
    _mark(rough, heaps.bar[user], bars[offset : offset + width], marks)
    eights, norm, plain = marks.view(np.uint64), layout.norms[user], layout.form == 0 and layout.significance == 0
    for eight in range(begin // 8, (width + 7) // 8):
        if eights[eight] == 0:
            continue
        for v in range(max(begin, 8 * eight), min(8 * eight + 8, width)):
            other = offset + v
            if marks[v] and other != user:
                exact = sums[v] / (norm * layout.norms[other]) if plain else np.float64(rough[v])
                if exact > heaps.bar[user]:
                    offer(heaps, user, exact, other, n)
                if welcome[other] and exact > heaps.bar[other]:
                    offer(heaps, other, exact, user, n)


@njit(cache=True, nogil=True, error_model="numpy")
def _columns(layout, columns, low, high, offset, width):
    """(P, H, width): the cells of the items that have a column, of the users from `offset` on; 0 where unrated."""
    dense = np.zeros((len(layout.cells), columns.max() + 1, width), dtype=layout.cells.dtype)
    for item in range(len(columns)):
        if columns[item] >= 0:
            for c in range(low[item], high[item]):
                for p in range(len(dense)):
                    dense[p, columns[item], layout.users[c] - offset] = layout.cells[p, c]
    return dense


@njit(cache=True, nogil=True, error_model="numpy")
def _add_columns(target, dense, columns, left, sums):
    """Adds to sums (K, width) left (P, m) times the columns of the same m items, four at a time."""
    for p in range(len(left)):
        total, mine, right = sums[target[p]], left[p], dense[p]
        fours = len(columns) // 4 * 4
        for c in range(0, fours, 4):
            a0, a1, a2, a3 = mine[c], mine[c + 1], mine[c + 2], mine[c + 3]
            r0, r1, r2, r3 = right[columns[c]], right[columns[c + 1]], right[columns[c + 2]], right[columns[c + 3]]
            for v in range(len(total)):
                total[v] += (a0 * r0[v] + a1 * r1[v]) + (a2 * r2[v] + a3 * r3[v])
        for c in range(fours, len(columns)):
            a, r = mine[c], right[columns[c]]
            for v in range(len(total)):
                total[v] += a * r[v]


@njit(cache=True, nogil=True, error_model="numpy")
def offer_tile(layout, left, first, stop, columns, low, high, offset, width, norms, heaps, bars, welcome, once, n):
    """Works out the pairs of rows first .. stop - 1 of `left` and the `width` users from `offset` on, and offers them.

    columns (n_items,) are the places of the items that are added as dense columns, -1 for the others, whose cells are
    added one by one; low and high (n_items,) bound the cells of each item's users within the width; norms (n,) are
    those of the layout in the type of the sums. If `once`, a pair is offered by the earlier of the two alone.
    """
    dense = _columns(layout, columns, low, high, offset, width)
    n_sums = 6 if layout.form == 3 else layout.target.max() + 1
    sums = np.empty((n_sums, width), dtype=layout.cells.dtype)
    rough, marks = np.empty(width, dtype=sums.dtype), np.zeros((width + 7) // 8 * 8, dtype=np.bool_)
    items, cells = np.empty(left.longest, dtype=np.int64), np.empty((len(left.cells), left.longest), dtype=sums.dtype)
    for row in range(first, stop):
        user = left.users[row]
        front, back = 0, left.longest  # those with a column from the front, the others from the back
        for c in range(left.starts[row], left.starts[row + 1]):
            column = columns[left.items[c]]
            if column < 0:
                back -= 1
            place = front if column >= 0 else back
            front += column >= 0
            items[place] = column if column >= 0 else left.items[c]
            for p in range(len(cells)):
                cells[p, place] = left.cells[p, c]
        sums[:] = 0
        _add_columns(layout.target, dense, items[:front], cells[:, :front], sums)
        add_row(layout, items[back:], cells[:, back:], low, high, offset, sums)
        finish(layout, sums, norms[user], norms[offset : offset + width], rough)
        begin = max(0, user + 1 - offset) if once else 0
        _offer_row(layout, heaps, user, sums[0], rough, begin, offset, bars, welcome, marks, n)


@njit(cache=True, nogil=True, error_model="numpy")
def take_over(heaps, users, before, after, rows, similarities, n):
    """Begins the heaps of `users` with rows and similarities (m, k) of an earlier matrix, nearest first, -1 for none.

    before (n,) and after (m,) are the users' rows there and here, -1 for who is not to be taken over. From the farthest
    to the nearest they are a heap already.
    """
    for user in users:
        old, free = before[user], rows.shape[1] - 1
        for c in range(rows.shape[1]):
            row = after[rows[old, c]] if rows[old, c] >= 0 else -1
            if row >= 0:
                heaps.keys[user, free] = key_of(similarities[old, c], row, n)
                heaps.similarities[user, free] = similarities[old, c]
                free -= 1
        _raise_bar(heaps, user, n)


@njit(cache=True, nogil=True, error_model="numpy")
def drain(heaps, start, stop, edges, rows, n):
    """Puts the similarities of users start .. stop - 1 in order, nearest first, and writes whose they are to rows.

    -1 and 0 where there are none, UNKNOWN and 0 for keys below edges (n,). What the heaps hold is a heap no longer.
    """
    for user in range(start, stop):
        order = np.argsort(-heaps.keys[user])
        keys, similarities = heaps.keys[user][order], heaps.similarities[user][order]
        for place in range(len(order)):
            there = keys[place] >= max(edges[user], 1)
            rows[user, place] = n - 1 - keys[place] % n if there else UNKNOWN if edges[user] > 0 else -1
            heaps.similarities[user, place] = similarities[place] if there else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def answer_rows(nearest, weights, starts, items, values, residuals, k, counts, answers):
    """What the k nearest raters of every item say to B persons: fills counts (B, n_items) and answers (3, B, n_items).

    nearest and weights (B, m) are other users, nearest first, -1 where there are fewer; starts, items, values and
    residuals are their matrix. The answers are sum of w d, sum of w and sum of r.
    """
    counts[:] = 0
    answers[:] = 0
    for row in range(len(nearest)):
        said, total, given, count = answers[0, row], answers[1, row], answers[2, row], counts[row]
        for place in range(nearest.shape[1]):
            other, weight = nearest[row, place], weights[row, place]
            if other < 0:
                break
            for c in range(starts[other], starts[other + 1]):
                item = items[c]
                if count[item] < k:
                    count[item] += 1
                    said[item] += weight * residuals[c]
                    total[item] += weight
                    given[item] += values[c]
