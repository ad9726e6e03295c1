"""Metadata of users (such as demographics), encoded as numbers for a network (000, section II.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recommender.engine.errors import InvalidInput
from recommender.engine.types import Floats

from .layers import Weight

NOT_GIVEN = ""
FARTHEST = 10.0  # standard deviations: a number further from the mean is an error and must not dominate


@dataclass(frozen=True, eq=False)
class MetadataTable:
    """Metadata of n users: `numbers` (n, a), NaN if not given; `categories` (n, b), "" if not given."""

    numbers: Floats
    categories: NDArray[np.str_]

    @classmethod
    def of(cls, numbers: ArrayLike, categories: ArrayLike | None = None) -> Self:
        """The table of these columns; raises InvalidInput for infinities and for columns of different
        lengths."""
        given = np.asarray(numbers, dtype=np.float64)
        names = (
            np.zeros((len(given), 0), dtype=np.str_)
            if categories is None
            else np.asarray(categories, np.str_)
        )
        if given.ndim != 2 or names.ndim != 2 or len(given) != len(names):
            raise InvalidInput("Metadata has one row a person: numbers and categories of the same people.")
        if np.isinf(given).any():
            raise InvalidInput("A user's metadata has an infinite number.")
        return cls(given, names)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: Any) -> "MetadataTable":
        return MetadataTable(self.numbers[rows], self.categories[rows])

    @property
    def known(self) -> NDArray[np.bool_]:
        """(n,): true for users who gave at least one field."""
        return np.asarray((~_missing(self)).any(axis=1))


@dataclass(frozen=True, eq=False)
class Encoder:
    """Encodes a table as columns: standardised numbers, a column for each level, missing-field indicators.

    A missing number is replaced by its mean (0 when standardised), and its indicator column is 1. A category
    that is missing, or was not in the training data, has 0 in all level columns, and its indicator is 1. A
    field that all users gave in the training data has no indicator, because its weight would not be trained.
    """

    means: Floats  # (a,)
    deviations: Floats  # (a,)
    gaps: NDArray[np.bool_]  # (a + b,): which fields have an indicator
    levels: tuple[tuple[str, ...], ...]  # of each category, ascending

    @classmethod
    def fit(cls, table: MetadataTable) -> Self:
        """The encoder with the means, deviations and levels of these users."""
        missing = _missing(table)
        counts = (~missing[:, : table.numbers.shape[1]]).sum(axis=0)
        given = np.where(np.isnan(table.numbers), 0.0, table.numbers)
        means = given.sum(axis=0) / np.maximum(counts, 1)
        spread = np.where(np.isnan(table.numbers), 0.0, table.numbers - means)
        deviations = np.sqrt((spread**2).sum(axis=0) / np.maximum(counts, 1))
        levels = tuple(tuple(sorted(set(column.tolist()) - {NOT_GIVEN})) for column in table.categories.T)
        return cls(means, np.where(deviations > 0, deviations, 1.0), np.asarray(missing.any(axis=0)), levels)

    @property
    def width(self) -> int:
        """The number of columns of `encode`."""
        return len(self.means) + sum(len(levels) for levels in self.levels) + int(self.gaps.sum())

    def encode(self, table: MetadataTable) -> Weight:
        """(n, width): the columns for these users; raises InvalidInput if the fields differ from the
        training.
        """
        if table.numbers.shape[1] != len(self.means) or table.categories.shape[1] != len(self.levels):
            raise InvalidInput(
                f"The network knows {len(self.means)} numbers and {len(self.levels)} categories of a person; "
                f"got {table.numbers.shape[1]} and {table.categories.shape[1]}."
            )
        standard = np.clip((table.numbers - self.means) / self.deviations, -FARTHEST, FARTHEST)
        numbers = np.nan_to_num(standard, nan=0.0)
        blocks = [
            column[:, None] == np.array(levels)
            for column, levels in zip(table.categories.T, self.levels, strict=True)
        ]
        absent = _missing(table)
        for index, block in enumerate(blocks):
            absent[:, len(self.means) + index] = ~block.any(axis=1)
        return np.concatenate([numbers, *blocks, absent[:, self.gaps]], axis=1).astype(np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, for an artifact."""
        levels = {f"levels{index}": np.array(names, dtype=np.str_) for index, names in enumerate(self.levels)}
        return {"means": self.means, "deviations": self.deviations, "gaps": self.gaps} | levels

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The encoder from the arrays of `to_arrays`."""
        categories = len(arrays["gaps"]) - len(arrays["means"])
        levels = tuple(tuple(arrays[f"levels{index}"].tolist()) for index in range(categories))
        return cls(arrays["means"], arrays["deviations"], arrays["gaps"], levels)


def _missing(table: MetadataTable) -> NDArray[np.bool_]:
    """(n, a + b): true for fields that are not given."""
    return np.concatenate([np.isnan(table.numbers), table.categories == NOT_GIVEN], axis=1)
