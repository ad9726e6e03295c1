"""Evaluation of recommendation lists from the whole catalogue against the users' later ratings."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.engine.types import Floats, Ints

from . import metrics
from .datasets import Dataset, Fold

LIST_LENGTH = 10


@dataclass(frozen=True, eq=False)
class ListEvaluation:
    """The data of a fold for some users: items rated before, and items liked afterwards."""

    dataset: Dataset
    fold: Fold
    users: Ints

    def lists(self, scores: Floats) -> NDArray[np.int64]:
        """(users, LENGTH): each user's best items that were not rated before; ties go to the lower item."""
        table = np.where(self.seen, -np.inf, scores)
        length = min(LIST_LENGTH, table.shape[1])
        lists = np.full((len(table), length), -1, dtype=np.int64)
        lowest = np.partition(table, table.shape[1] - length, axis=1)[:, table.shape[1] - length]
        for place, (row, least) in enumerate(zip(table, lowest, strict=True)):
            best = np.flatnonzero((row >= least) & ~np.isneginf(row))
            best = best[np.argsort(-row[best], kind="stable")][:length]
            lists[place, : len(best)] = best
        return lists

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """(users, n_items): items that the user rated before."""
        return np.asarray(self._cells(self.fold.train) != 0)

    @cached_property
    def relevant(self) -> NDArray[np.bool_]:
        """(users, n_items): items that the user rated afterwards and liked."""
        liked = metrics.liked_from(self.dataset.scale)
        return np.asarray(self._cells(self.fold.test, (self.dataset.values >= liked).astype(np.float64)) > 0)

    @cached_property
    def gains(self) -> Floats:
        """(users, n_items): the gains 2^rel - 1, rel = 4 r': 0 for the lowest rating, 15 for the highest."""
        return self._cells(self.fold.test, 2.0 ** (4.0 * self.dataset.scale.unit(self.dataset.values)) - 1.0)

    def ndcg(self, scores: Floats) -> float:
        """The mean NDCG over the users for these scores (users, n_items)."""
        return float(metrics.ndcg(self.lists(scores), self.gains).mean())

    def _cells(self, cells: Ints, values: Floats | None = None) -> Floats:
        inside = cells[np.isin(self.dataset.users[cells], self.users)]
        rows = np.searchsorted(self.users, self.dataset.users[inside])
        given = np.ones(len(inside)) if values is None else values[inside]
        shape = (len(self.users), self.dataset.n_items)
        table: Floats = sparse.coo_array((given, (rows, self.dataset.items[inside])), shape=shape).toarray()
        return table
