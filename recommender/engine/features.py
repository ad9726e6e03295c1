"""Features of users or of items as columns: identity, rated items or raters, and metadata."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from .errors import InvalidInput
from .types import Floats, Interactions, Ints


@dataclass(frozen=True, eq=False)
class FeatureColumns:
    """Columns in groups, in compressed column format; the effects of one group share a prior."""

    n: int  # rows
    indptr: Ints
    rows: Ints
    weights: Floats
    groups: tuple[slice, ...]  # of columns; the first group is the identity, one column for each row

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.indptr) - 1


def feature_columns(n: int, interactions: Any, tables: Sequence[ArrayLike]) -> FeatureColumns:
    """The columns for n rows: the identity, `interactions` (n, m) or None, and metadata `tables` (n, d).

    Columns without entries are left out. Raises InvalidInput for a table with a different number of rows or
    values that are not finite.
    """
    checked = [np.asarray(table, dtype=np.float64) for table in tables]
    for table in checked:
        if table.ndim != 2 or len(table) != n or not np.isfinite(table).all():
            raise InvalidInput(f"A description needs finite numbers, one row for each of {n}.")
    blocks = [
        sparse.eye_array(n).tocsc(),
        *([] if interactions is None else [interactions.tocsc()]),
        *map(sparse.csc_array, checked),
    ]
    kept = [block[:, np.flatnonzero(np.diff(block.indptr))] for block in blocks]
    kept = [block for block in kept if block.shape[1]]
    ends = np.cumsum([0, *(block.shape[1] for block in kept)])
    columns = sparse.hstack(kept).tocsc() if kept else sparse.csc_array((n, 0))
    return FeatureColumns(
        n,
        columns.indptr.astype(np.int64),
        columns.indices.astype(np.int64),
        columns.data.astype(np.float64),
        tuple(slice(int(start), int(stop)) for start, stop in pairwise(ends)),
    )


def implicit_weight(counts: Ints, damping: float) -> Floats:
    """The weight of each of the n items that a user rated: sqrt(n) / (n + damping).

    With damping 0 it is 1 / sqrt(n), as in SVD++ (Koren 2008); then a user's only rating has the full weight.
    """
    n = np.maximum(counts, 1)
    return 1.0 / np.sqrt(n) * (n / (n + damping))


def interactions_of(ratings: Interactions, damping: float = 0.0) -> Any:
    """(n_users, n_items): `implicit_weight` where u rated i, else 0.

    It describes which items a user rated, whatever the ratings are.
    """
    weights = implicit_weight(ratings.user_counts, damping)[ratings.users]
    return sparse.csr_array(
        (weights, ratings.indices, ratings.indptr), shape=(ratings.n_users, ratings.n_items)
    )


def transposed(ratings: Interactions) -> Interactions:
    """The same ratings with users and items exchanged, to apply user-based functions to items."""
    return Interactions.from_triples(
        ratings.indices.astype(np.int64),
        ratings.users.astype(np.int64),
        ratings.values,
        n_users=ratings.n_items,
        n_items=ratings.n_users,
        scale=ratings.scale,
    )


def one_hot(labels: ArrayLike, unknown: str = "") -> Floats:
    """(n, number of labels): 1 in the column of each row's label; zeros for an unknown label."""
    given = np.asarray(labels, dtype=np.str_)
    names = np.unique(given[given != unknown])
    return np.asarray(given[:, None] == names, dtype=np.float64)


def bands(numbers: ArrayLike, count: int) -> Floats:
    """(n, up to `count`): one column for each band of numbers; zeros for NaN.

    The bands have about equally many rows.
    """
    given = np.asarray(numbers, dtype=np.float64)
    known = ~np.isnan(given)
    if not known.any():
        return np.zeros((len(given), 0))
    edges = np.unique(np.quantile(given[known], np.linspace(0, 1, count + 1)[1:-1]))
    band = np.searchsorted(edges, given, side="right")
    return np.asarray((band[:, None] == np.arange(len(edges) + 1)) & known[:, None], dtype=np.float64)
