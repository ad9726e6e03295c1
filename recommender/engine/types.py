"""Types that the models share: a scale, a checked matrix of ratings, and the neighbours of users."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import EngineError, InvalidInput, InvalidRatings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Scale:
    """The closed interval [low, high] of ratings; on the site 1 to 5."""

    low: float = 1.0
    high: float = 5.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", float(self.low))  # so that an array filled with it can hold fractions
        object.__setattr__(self, "high", float(self.high))
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low < self.high):
            raise InvalidInput(
                f"A scale needs two finite ends, low below high; got {self.low} and {self.high}."
            )

    @property
    def middle(self) -> float:
        """(lo + hi) / 2."""
        return (self.low + self.high) / 2

    @property
    def span(self) -> float:
        """hi - lo."""
        return self.high - self.low

    def clip(self, values: ArrayLike) -> Floats:
        """`values` clipped to the scale."""
        return np.clip(np.asarray(values, dtype=np.float64), self.low, self.high)

    def unit(self, values: ArrayLike) -> Floats:
        """r' = (r - lo) / (hi - lo), in [0, 1] for values on the scale."""
        return (np.asarray(values, dtype=np.float64) - self.low) / self.span


def checked_rows(
    name: str, given: ArrayLike, size: int, *, lowest: int = 0, error: type[EngineError] = InvalidInput
) -> Ints:
    """(n,): the rows as whole numbers in lowest .. size - 1; raises `error` for other input.

    `name` is the kind of row in the error message.
    """
    rows = np.asarray(given)
    if rows.ndim == 1 and rows.size == 0:
        return np.zeros(0, dtype=np.int64)
    if rows.ndim != 1 or not np.issubdtype(rows.dtype, np.integer):
        raise error(f"The {name} rows must be a list of whole numbers.")
    if rows.min() < lowest or rows.max() >= size:
        raise error(f"The {name} rows must lie in {lowest} .. {size - 1}; got {rows.min()} .. {rows.max()}.")
    return rows.astype(np.int64)


def checked_pairs(
    users: ArrayLike, items: ArrayLike, n_users: int, n_items: int, *, lowest: int = 0
) -> tuple[Ints, Ints]:
    """(n,) both: pairs of a user row and an item row; raises InvalidInput for bad rows or lengths."""
    rows = checked_rows("user", users, n_users, lowest=lowest)
    columns = checked_rows("item", items, n_items, lowest=lowest)
    if len(rows) != len(columns):
        raise InvalidInput(
            f"Pairs need a user and an item each; got {len(rows)} users and {len(columns)} items."
        )
    return rows, columns


def _values(given: ArrayLike, scale: Scale) -> Floats:
    try:
        values = np.asarray(given)
        if values.ndim != 1 or values.dtype.kind not in "biufO":
            raise TypeError
        values = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidRatings("Ratings must be a list of numbers.") from error
    if not np.isfinite(values).all():
        raise InvalidRatings("Ratings must be finite: NaN or infinity was given.")
    if values.size and (values.min() < scale.low or values.max() > scale.high):
        off = values[(values < scale.low) | (values > scale.high)][0]
        raise InvalidRatings(f"Ratings must lie in {scale.low:g} .. {scale.high:g}; got {off:g}.")
    return values


@dataclass(frozen=True, eq=False)
class Interactions:
    """Ratings of users x items in compressed rows; an unrated cell is absent, never 0.

    Rows are sorted, items ascend within a row, no cell is repeated, and every value is finite and on the
    scale. The arrays are read-only. Build it with `from_triples`, which checks all of this; later code need
    not check again.
    """

    scale: Scale
    n_items: int
    indptr: Ints
    indices: NDArray[np.int32]
    values: Floats

    @classmethod
    def from_triples(
        cls,
        users: ArrayLike,
        items: ArrayLike,
        values: ArrayLike,
        *,
        n_users: int,
        n_items: int,
        scale: Scale | None = None,
    ) -> Self:
        """The matrix of (user row, item row, rating) triples in any order.

        Raises InvalidRatings for rows outside the matrix, values off the scale or not finite,
        and cells given twice.
        """
        scale = scale or Scale()
        if n_users < 0 or n_items < 0:
            raise InvalidRatings("A matrix cannot have a negative number of users or items.")
        user_rows, item_rows = (
            checked_rows(name, given, size, error=InvalidRatings)
            for name, given, size in (("user", users, n_users), ("item", items, n_items))
        )
        numbers = _values(values, scale)
        if not len(user_rows) == len(item_rows) == len(numbers):
            raise InvalidRatings(
                f"Got {len(user_rows)} users, {len(item_rows)} items and {len(numbers)} ratings."
            )
        cells = user_rows * max(n_items, 1) + item_rows
        order = np.argsort(cells, kind="stable")
        cells = cells[order]
        twice = np.flatnonzero(cells[1:] == cells[:-1])
        if len(twice):
            user, item = divmod(int(cells[twice[0]]), n_items)
            raise InvalidRatings(f"User row {user} rated item row {item} more than once.")
        indptr = np.concatenate([[0], np.cumsum(np.bincount(user_rows, minlength=n_users))]).astype(np.int64)
        return cls(scale, n_items, indptr, item_rows[order].astype(np.int32), numbers[order])

    def person(self, items: ArrayLike, values: ArrayLike) -> "Interactions":
        """The checked ratings of one user, for the same items, as a matrix with one row."""
        row = np.zeros(np.size(items), dtype=np.int64)
        return Interactions.from_triples(
            row, items, values, n_users=1, n_items=self.n_items, scale=self.scale
        )

    def __post_init__(self) -> None:
        for array in (self.indptr, self.indices, self.values):
            array.setflags(write=False)

    @property
    def n_users(self) -> int:
        """The number of rows, including those without ratings."""
        return len(self.indptr) - 1

    def row(self, user: int) -> tuple[Ints, Floats]:
        """The item rows that `user` rated, ascending, and the ratings."""
        if not 0 <= user < self.n_users:
            raise InvalidInput(f"There is no user row {user}; the matrix has {self.n_users}.")
        cells = slice(self.indptr[user], self.indptr[user + 1])
        return self.indices[cells].astype(np.int64), self.values[cells]

    def rows(self, start: int, stop: int) -> "Interactions":
        """Users start .. stop - 1 as a separate matrix."""
        cells = slice(self.indptr[start], self.indptr[stop])
        indptr = self.indptr[start : stop + 1] - self.indptr[start]
        return Interactions(self.scale, self.n_items, indptr, self.indices[cells], self.values[cells])

    def take(self, rows: Ints) -> "Interactions":
        """These users, in this order, as a separate matrix."""
        lengths = self.user_counts[rows]
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        cells = np.repeat(self.indptr[rows] - indptr[:-1], lengths) + np.arange(indptr[-1])
        return Interactions(self.scale, self.n_items, indptr, self.indices[cells], self.values[cells])

    @cached_property
    def users(self) -> NDArray[np.int32]:
        """The user row of every cell, in the order of `indices`."""
        return np.repeat(np.arange(self.n_users, dtype=np.int32), self.user_counts)

    @cached_property
    def user_counts(self) -> Ints:
        """|I(u)|, the number of ratings of each user."""
        return np.diff(self.indptr)

    @cached_property
    def item_counts(self) -> Ints:
        """The number of ratings of each item."""
        return np.bincount(self.indices, minlength=self.n_items).astype(np.int64)

    @cached_property
    def global_mean(self) -> float:
        """The mean of all ratings; the middle of the scale when there are none."""
        return float(self.values.mean()) if len(self.values) else self.scale.middle

    @cached_property
    def user_means(self) -> Floats:
        """mean(u) over I(u); the global mean for a user without ratings."""
        sums = np.bincount(self.users, weights=self.values, minlength=self.n_users)
        return self._means(sums, self.user_counts)

    @cached_property
    def item_means(self) -> Floats:
        """The mean rating of every item; the global mean for an item without ratings."""
        sums = np.bincount(self.indices, weights=self.values, minlength=self.n_items)
        return self._means(sums, self.item_counts)

    def _means(self, sums: NDArray[Any], counts: Ints) -> Floats:
        return np.where(counts > 0, sums / np.maximum(counts, 1), self.global_mean)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """The matrix as plain arrays, for an artifact."""
        ends = np.array([self.scale.low, self.scale.high])
        shape = np.array([self.n_items], dtype=np.int64)
        return {
            "scale": ends,
            "n_items": shape,
            "indptr": self.indptr,
            "indices": self.indices,
            "values": self.values,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """The matrix from the arrays of `to_arrays`, checked again."""
        low, high = (float(end) for end in arrays["scale"])
        indptr = arrays["indptr"].astype(np.int64)
        users = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
        return cls.from_triples(
            users,
            arrays["indices"],
            arrays["values"],
            n_users=len(indptr) - 1,
            n_items=int(arrays["n_items"][0]),
            scale=Scale(low, high),
        )


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Each user's neighbours, nearest first."""

    rows: NDArray[np.int32]  # (n_users, k), -1 for a missing neighbour, -2 (UNKNOWN) if it was not searched
    similarities: Floats  # (n_users, k), 0 for a missing neighbour

    @property
    def counts(self) -> Ints:
        """(n_users,): the number of neighbours of each user."""
        return np.asarray(np.count_nonzero(self.rows >= 0, axis=1))

    def take(self, rows: Ints) -> "Neighbours":
        """The neighbours of these rows, in this order."""
        return Neighbours(self.rows[rows], self.similarities[rows])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, for an artifact."""
        return {"rows": self.rows, "similarities": self.similarities}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The neighbours from the arrays of `to_arrays`."""
        return cls(arrays["rows"], arrays["similarities"])
