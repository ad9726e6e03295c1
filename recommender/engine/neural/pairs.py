"""The pairs of an epoch: held out, completed with negatives, shuffled and divided into batches."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.engine.types import Interactions

from .layers import Weight

Rows = NDArray[np.int32]
DRAWS = 3


class Pairs(NamedTuple):
    """Users, items and targets of n pairs."""

    users: Rows
    items: Rows
    targets: Weight


def split(pairs: Pairs, share: float, rng: np.random.Generator) -> tuple[Pairs, Pairs]:
    """(training, held out): a random `share` of the pairs is held out; at least one is for training."""
    order = rng.permutation(len(pairs.users)) if share else np.arange(len(pairs.users))
    held = min(round(share * len(order)), len(order) - 1)
    return _chosen(pairs, np.sort(order[held:])), _chosen(pairs, np.sort(order[:held]))


def with_negatives(pairs: Pairs, ratings: Interactions, each: int, rng: np.random.Generator) -> Pairs:
    """Adds `each` random unrated items with target 0 for every liked pair; a rated item is drawn again."""
    users = np.repeat(pairs.users[pairs.targets > 0], each)
    cells = ratings.users.astype(np.int64) * ratings.n_items + ratings.indices
    items = rng.integers(0, ratings.n_items, len(users), dtype=np.int32)
    for _ in range(DRAWS):  # limited, because a user may have rated all items
        rated = _rated(users, items, cells, ratings.n_items)
        items[rated] = rng.integers(0, ratings.n_items, int(rated.sum()), dtype=np.int32)
    targets = np.zeros(len(users), dtype=np.float32)
    return Pairs(
        np.concatenate([pairs.users, users]),
        np.concatenate([pairs.items, items]),
        np.concatenate([pairs.targets, targets]),
    )


def in_batches(pairs: Pairs, size: int, rng: np.random.Generator) -> tuple[NDArray[Any], ...]:
    """(users, items, targets, counted) in random order, each (batches, size).

    The last batch is filled up with pairs whose `counted` is 0.
    """
    n = len(pairs.users)
    batches = -(-n // size)
    order = np.zeros(batches * size, dtype=np.int64)
    order[:n] = rng.permutation(n)
    counted = (np.arange(batches * size) < n).astype(np.float32)
    return (*(column[order].reshape(batches, size) for column in pairs), counted.reshape(batches, size))


def _chosen(pairs: Pairs, rows: NDArray[np.int64]) -> Pairs:
    return Pairs(pairs.users[rows], pairs.items[rows], pairs.targets[rows])


def _rated(users: Rows, items: Rows, cells: NDArray[np.int64], n_items: int) -> NDArray[np.bool_]:
    """(n,): true for rated pairs; `cells` must be ascending."""
    wanted = users.astype(np.int64) * n_items + items
    rated: NDArray[np.bool_] = cells[np.minimum(np.searchsorted(cells, wanted), len(cells) - 1)] == wanted
    return rated
