"""The most similar users of every user, exactly, block by block."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidInput
from .similarity import DECIMALS, SimilarityIndex
from .types import Floats, Ints


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Each user's neighbours, nearest first."""

    rows: NDArray[np.int32]  # (n_users, k), -1 where there are fewer
    similarities: Floats  # (n_users, k), 0 where there are fewer

    @property
    def counts(self) -> Ints:
        """(n_users,): how many neighbours each user has."""
        return np.asarray(np.count_nonzero(self.rows >= 0, axis=1))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, for an artifact."""
        return {"rows": self.rows, "similarities": self.similarities}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The neighbours that `to_arrays` gave."""
        return cls(arrays["rows"], arrays["similarities"])


def nearness(similarities: Floats) -> Ints:
    """A whole number a user, larger for a nearer one: similarity at six decimals, then the lower row; <= 0 is none.

    No two positive ones are equal, so every choice of the k nearest is the same choice.
    """
    n = similarities.shape[-1]
    steps = np.rint(similarities * 10**DECIMALS).astype(np.int64)
    return np.where(steps > 0, steps * n + (n - 1 - np.arange(n)), 0)


def top_neighbours(index: SimilarityIndex, k: int = 40) -> Neighbours:
    """The k most similar users with similarity > 0 of every user; ties at six decimals go to the lower row."""
    if k < 1:
        raise InvalidInput(f"A user needs room for at least one neighbour; got {k}.")
    n = index.ratings.n_users
    rows, similarities = np.full((n, k), -1, dtype=np.int32), np.zeros((n, k))
    width, step = min(k, n), index.block_rows()
    for start in range(0, n, step):
        stop = min(start + step, n)
        block = index.block(start, stop)
        near = nearness(block)
        nearest = np.argpartition(near, n - width, axis=1)[:, n - width :]
        order = np.argsort(-np.take_along_axis(near, nearest, axis=1), axis=1)
        nearest = np.take_along_axis(nearest, order, axis=1)
        real = np.take_along_axis(near, nearest, axis=1) > 0
        rows[start:stop, :width] = np.where(real, nearest, -1)
        similarities[start:stop, :width] = np.where(real, np.take_along_axis(block, nearest, axis=1), 0.0)
    return Neighbours(rows, similarities)
