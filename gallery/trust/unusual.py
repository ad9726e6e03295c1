"""Accounts that push images together: groups, whose sets of rated images overlap far beyond chance, and
bursts, which rate an image within a day (decision 40)."""

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
COHORT = 0.25  # of all raters: where more of them came within three days, that says nothing


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
    for image, likes in _likes(rated, joined, rated.values >= HIGH):
        likers = rated.users[likes]
        ends = np.flatnonzero(np.diff(joined[likers]) > SIGN_UPS) + 1
        for part in np.split(likers, ends):
            if len(part) >= FEWEST_IN_GROUP and 2 * len(part) > raters[image]:
                for step in range(1, min(NEXT, len(part) - 1) + 1):
                    yield from zip(part[:-step].tolist(), part[step:].tolist(), strict=True)


def _likes(rated: RatingColumns, joined: Floats, chosen: NDArray[np.bool_]) -> Iterator[tuple[int, Ints]]:
    """Each image with its `chosen` ratings, as rows of `rated`, by the time at which their users signed
    up."""
    cells = np.flatnonzero(chosen)
    cells = cells[np.lexsort((joined[rated.users[cells]], rated.images[cells]))]
    bounds = np.flatnonzero(np.diff(rated.images[cells], prepend=-1, append=rated.n_images))
    for start, end in pairwise(bounds.tolist()):
        yield int(rated.images[cells[start]]), cells[start:end]


def bursts(rated: RatingColumns, young: NDArray[np.bool_], joined: Floats, apart: NDArray[np.bool_]) -> Ints:
    """(users,): the row of the first account of the burst; -1 for an account that is in none.

    Five accounts or more that rate an image high within a day and are most of its raters, if they are all
    young, or were created within three days in which few accounts were. An account in several bursts belongs
    to the largest. Accounts `apart` (users,) are left out.
    """
    found, sizes = np.full(rated.n_users, -1), np.zeros(rated.n_users, dtype=np.int64)
    raters, sign_ups = np.bincount(rated.images, minlength=rated.n_images), np.sort(joined)
    for image, likes in _likes(rated, joined, (rated.values >= HIGH) & ~apart[rated.users]):
        created = joined[rated.users[likes]]
        together = _densest(created, SIGN_UPS)
        since, until = np.searchsorted(sign_ups, created[together][[0, -1]] + [0.0, 1.0])
        few = until - since <= COHORT * rated.n_users
        for chosen in (likes[young[rated.users[likes]]], likes[together] if few else likes[:0]):
            by_time = chosen[np.argsort(rated.times[chosen], kind="stable")]
            users = rated.users[by_time[_densest(rated.times[by_time], BURST)]]
            if len(users) >= FEWEST_IN_BURST and 2 * len(users) > raters[image]:
                larger = users[sizes[users] < len(users)]
                found[larger], sizes[larger] = users.min(), len(users)
    return found


def _densest(values: Floats, width: float) -> slice:
    """The most of these ascending values that lie within `width`."""
    ends = np.searchsorted(values, values + width, side="right")
    start = int((ends - np.arange(len(values))).argmax()) if len(values) else 0
    return slice(start, int(ends[start]) if len(values) else 0)
