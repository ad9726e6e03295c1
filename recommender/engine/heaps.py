"""The k nearest users of each user, found so far: compiled heaps with the farthest user on top.

All functions work on plain arrays and release the interpreter's lock, so that several threads can process
different users. They are compiled at their first call and stored on disk (`cache=True`).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .types import Floats, Ints

DECIMALS = 6  # similarities are compared at this number of decimals
KEY_STEPS = 10.0**DECIMALS
HALF = 0.501  # a half is rounded up, whatever the last bits of a sum are
UNKNOWN = -2  # in place of a row: further neighbours were not searched
LOWEST = 0.4 / KEY_STEPS  # a similarity up to this value is 0 at this number of decimals


class Heaps(NamedTuple):
    """The k nearest users found so far for each user, as heaps with the farthest on top.

    A key is the `nearness`; 0 marks an empty entry.
    """

    keys: Ints  # (n, k)
    similarities: Floats  # (n, k)
    bar: NDArray[Any]  # (n,): only more similar users can be among the k; in the type of the sums


@njit(cache=True, nogil=True, error_model="numpy")
def key_of(similarity: float, row: int, n: int) -> int:
    """A whole number, larger for a nearer user: similarity at six decimals, then lower row; 0 for none."""
    steps = np.int64(np.floor(similarity * KEY_STEPS + HALF))
    return int(steps) * n + (n - 1 - row) if steps > 0 else 0


@njit(cache=True, nogil=True, error_model="numpy")
def _raise_bar(heaps, user, n):
    farthest = heaps.keys[user, 0]
    if farthest > 0:  # one step below the farthest, to allow for ties and for single precision
        heaps.bar[user] = max(heaps.bar[user], (farthest // n - 1) / KEY_STEPS)


@njit(cache=True, nogil=True, error_model="numpy")
def offer(heaps, user, similarity, row, n):
    """Inserts `row` into the heap of `user` if it is nearer than the farthest user in the heap."""
    keys, similarities = heaps.keys[user], heaps.similarities[user]
    key = key_of(similarity, row, n)
    if key <= keys[0]:
        return
    k, entry = len(keys), 0
    while 2 * entry + 1 < k:
        child = 2 * entry + 1
        if child + 1 < k and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[entry], similarities[entry] = keys[child], similarities[child]
        entry = child
    keys[entry], similarities[entry] = key, similarity
    _raise_bar(heaps, user, n)


@njit(cache=True, nogil=True, error_model="numpy")
def take_over(heaps, users, before, after, rows, similarities, n):
    """Fills the heaps of `users` with the neighbours of an earlier matrix.

    rows and similarities (m, k) are these neighbours, nearest first, -1 for none. before (n,) has the users'
    rows in the earlier matrix, after (m,) the rows in this matrix, -1 for users that are not copied. Sorted
    from the farthest to the nearest, the entries already form a heap.
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
    """Sorts the heaps of users start .. stop - 1, nearest first, and writes the neighbours to rows.

    Missing neighbours are -1 with similarity 0; keys below edges (n,) become UNKNOWN with similarity 0. The
    entries no longer form heaps afterwards.
    """
    for user in range(start, stop):
        order = np.argsort(-heaps.keys[user])
        keys, similarities = heaps.keys[user][order], heaps.similarities[user][order]
        for entry in range(len(order)):
            known = keys[entry] >= max(edges[user], 1)
            rows[user, entry] = n - 1 - keys[entry] % n if known else UNKNOWN if edges[user] > 0 else -1
            heaps.similarities[user, entry] = similarities[entry] if known else 0.0
