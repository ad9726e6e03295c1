"""Accounts that push images together: groups, whose sets of rated images overlap far beyond chance, and
bursts of young accounts (decision 40)."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gallery.trust.columns import Floats, Ints, RatingColumns

HIGH = 4.0  # stars
SIGN_UPS = 3 * 86400.0  # accounts of a group were created within so many seconds, one after another
FEWEST_IN_GROUP, FEWEST_IN_BURST = 3, 5
NEXT = 10  # each account is compared with so many that were created after it and like the same image
OVERLAP, SHARE, BEYOND = 10, 0.4, 3.0  # see `_alike`
BURST = 86400.0  # seconds


def groups(rated: RatingColumns, joined: Floats) -> Ints:
    """(users,): the row of the first account of the group; -1 for an account that is in no group.

    Three accounts or more that were created within three days, like an image that few others rated, and whose
    rated images overlap far beyond chance.
    """
    sets = np.split(rated.images, np.searchsorted(rated.users, np.arange(1, rated.n_users)))
    rated_by = [frozenset(images.tolist()) for images in sets]
    per_image = np.bincount(rated.images, minlength=rated.n_images).astype(np.float64)
    # of two accounts that rate by popularity alone: n n' of this many images in common
    chance = float((per_image**2).sum()) / max(float(per_image.sum()), 1.0) ** 2
    first = list(range(rated.n_users))

    def root(row: int) -> int:
        while first[row] != row:
            first[row] = first[first[row]]
            row = first[row]
        return row

    for one, other in sorted(set(_pairs(rated, joined))):
        if root(one) != root(other) and _alike(rated_by[one], rated_by[other], chance):
            low, high = sorted((root(one), root(other)))
            first[high] = low
    roots = np.array([root(row) for row in range(rated.n_users)], dtype=np.int64)
    sizes = np.bincount(roots, minlength=rated.n_users)
    return np.where(sizes[roots] >= FEWEST_IN_GROUP, roots, -1)


def _alike(one: frozenset[int], other: frozenset[int], chance: float) -> bool:
    """Ten images or more in common, 40 % of those of the account with fewer, three times as many as by
    chance."""
    common = len(one & other)
    expected = chance * len(one) * len(other)
    return common >= OVERLAP and common >= max(SHARE * min(len(one), len(other)), BEYOND * expected)


def _pairs(rated: RatingColumns, joined: Floats) -> Iterator[tuple[int, int]]:
    """Pairs of accounts that like the same image and were created one soon after the other, where such
    accounts are most of the raters of the image."""
    raters = np.bincount(rated.images, minlength=rated.n_images)
    for image, likers in _likers(rated, joined, rated.values >= HIGH):
        ends = np.flatnonzero(np.diff(joined[likers]) > SIGN_UPS) + 1
        for part in np.split(likers, ends):
            if len(part) >= FEWEST_IN_GROUP and 2 * len(part) > raters[image]:
                for step in range(1, min(NEXT, len(part) - 1) + 1):
                    yield from zip(part[:-step].tolist(), part[step:].tolist(), strict=True)


def _likers(rated: RatingColumns, by: Floats, chosen: NDArray[np.bool_]) -> Iterator[tuple[int, Ints]]:
    """Each image with the users of the `chosen` ratings, sorted by a value of the users."""
    cells = np.flatnonzero(chosen)
    cells = cells[np.lexsort((by[rated.users[cells]], rated.images[cells]))]
    bounds = np.flatnonzero(np.diff(rated.images[cells], prepend=-1, append=rated.n_images))
    for start, end in pairwise(bounds.tolist()):
        yield int(rated.images[cells[start]]), rated.users[cells[start:end]]


def bursts(rated: RatingColumns, young: NDArray[np.bool_]) -> Ints:
    """(users,): the row of the first account of the burst; -1 for an account that is in none.

    Five young accounts or more that rate an image high within a day and are most of its raters. An account in
    several bursts belongs to the largest.
    """
    found, sizes = np.full(rated.n_users, -1), np.zeros(rated.n_users, dtype=np.int64)
    raters = np.bincount(rated.images, minlength=rated.n_images)
    cells = np.flatnonzero((rated.values >= HIGH) & young[rated.users])
    cells = cells[np.lexsort((rated.times[cells], rated.images[cells]))]
    bounds = np.flatnonzero(np.diff(rated.images[cells], prepend=-1, append=rated.n_images))
    for start, end in pairwise(bounds.tolist()):
        own = cells[start:end]
        last = np.searchsorted(rated.times[own], rated.times[own] + BURST, side="right")
        at = int((last - np.arange(len(own))).argmax())
        users = rated.users[own[at : last[at]]]
        if len(users) >= FEWEST_IN_BURST and 2 * len(users) > raters[rated.images[own[0]]]:
            larger = users[sizes[users] < len(users)]
            found[larger], sizes[larger] = users.min(), len(users)
    return found
