"""The mapping between external ids and rows of a matrix. No other module converts them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidInput, UnknownId
from .types import Ints


def _whole(ids: ArrayLike) -> Ints:
    given = np.asarray(ids)
    if given.size and not np.issubdtype(given.dtype, np.integer):
        raise InvalidInput("Ids must be whole numbers.")
    return given.astype(np.int64)


@dataclass(frozen=True, eq=False)
class IdMap:
    """External ids in ascending order; the row of an id is its position. Build it with `of`."""

    ids: NDArray[np.int64]

    @classmethod
    def of(cls, ids: Iterable[int]) -> Self:
        """The map of these ids; order and duplicates do not matter."""
        unique = np.unique(_whole(ids if isinstance(ids, np.ndarray) else list(ids)))
        unique.setflags(write=False)
        return cls(unique)

    def __len__(self) -> int:
        return len(self.ids)

    def find(self, ids: ArrayLike) -> Ints:
        """The row of each id, -1 for an id that is not in the map."""
        wanted = _whole(ids)
        if not len(self.ids):
            return np.full(wanted.shape, -1, dtype=np.int64)
        rows = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[rows] == wanted, rows, -1)

    def rows(self, ids: ArrayLike) -> Ints:
        """The row of each id; raises UnknownId for an id that is not in the map."""
        rows = self.find(ids)
        missing = np.asarray(ids)[rows < 0]
        if missing.size:
            raise UnknownId(f"The id {missing.flat[0]} is not in the map of {len(self)} ids.")
        return rows

    def external(self, rows: ArrayLike) -> Ints:
        """The external ids of these rows."""
        wanted = np.asarray(rows, dtype=np.int64)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= len(self)):
            raise UnknownId(f"Rows must lie in 0 .. {len(self) - 1}.")
        return self.ids[wanted]
