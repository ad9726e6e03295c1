"""What is known of people beside their ratings, as the numbers that a network reads (000, section II.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recommender.engine.errors import InvalidInput
from recommender.engine.types import Floats

from .layers import Weight

UNKNOWN = ""
FARTHEST = 10.0  # deviations from the mean: a number beyond is a mistake, and must not drown all others


@dataclass(frozen=True, eq=False)
class Table:
    """People in rows: `numbers` (n, a), NaN where not given; `categories` (n, b), "" where not given."""

    numbers: Floats
    categories: NDArray[np.str_]

    @classmethod
    def of(cls, numbers: ArrayLike, categories: ArrayLike | None = None) -> Self:
        """The table of these columns; raises InvalidInput for infinities and for columns of different lengths."""
        given = np.asarray(numbers, dtype=np.float64)
        names = np.zeros((len(given), 0), dtype=np.str_) if categories is None else np.asarray(categories, np.str_)
        if given.ndim != 2 or names.ndim != 2 or len(given) != len(names):
            raise InvalidInput("Metadata has one row a person: numbers and categories of the same people.")
        if np.isinf(given).any():
            raise InvalidInput("A number of somebody's metadata is infinite.")
        return cls(given, names)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: Any) -> "Table":
        return Table(self.numbers[rows], self.categories[rows])

    @property
    def known(self) -> NDArray[np.bool_]:
        """(n,): who gave at least one field."""
        return np.asarray((~_missing(self)).any(axis=1))


@dataclass(frozen=True, eq=False)
class Encoder:
    """From a table to columns: standardised numbers, one column a level of a category, one a field that may be missing.

    A missing number is its mean (0 when standardised) and says so in its indicator column; a category that is missing,
    or that the training never saw, has none of the levels and says so in its own. A field that everybody gave in the
    training has no indicator: it would be a weight that nothing ever taught.
    """

    means: Floats  # (a,)
    deviations: Floats  # (a,)
    gaps: NDArray[np.bool_]  # (a + b,): which fields have an indicator
    levels: tuple[tuple[str, ...], ...]  # of each category, ascending

    @classmethod
    def fit(cls, table: Table) -> Self:
        """Means, deviations and levels of these people."""
        missing = _missing(table)
        counts = (~missing[:, : table.numbers.shape[1]]).sum(axis=0)
        given = np.where(np.isnan(table.numbers), 0.0, table.numbers)
        means = given.sum(axis=0) / np.maximum(counts, 1)
        spread = np.where(np.isnan(table.numbers), 0.0, table.numbers - means)
        deviations = np.sqrt((spread**2).sum(axis=0) / np.maximum(counts, 1))
        levels = tuple(tuple(sorted(set(column.tolist()) - {UNKNOWN})) for column in table.categories.T)
        return cls(means, np.where(deviations > 0, deviations, 1.0), np.asarray(missing.any(axis=0)), levels)

    @property
    def width(self) -> int:
        """How many columns `encode` gives."""
        return len(self.means) + sum(len(levels) for levels in self.levels) + int(self.gaps.sum())

    def encode(self, table: Table) -> Weight:
        """(n, width) of these people; raises InvalidInput for other fields than those of the training."""
        if table.numbers.shape[1] != len(self.means) or table.categories.shape[1] != len(self.levels):
            raise InvalidInput(
                f"The network knows {len(self.means)} numbers and {len(self.levels)} categories of a person; "
                f"got {table.numbers.shape[1]} and {table.categories.shape[1]}."
            )
        standard = np.clip((table.numbers - self.means) / self.deviations, -FARTHEST, FARTHEST)
        numbers = np.nan_to_num(standard, nan=0.0)
        blocks = [
            column[:, None] == np.array(levels) for column, levels in zip(table.categories.T, self.levels, strict=True)
        ]
        absent = _missing(table)
        for place, block in enumerate(blocks):
            absent[:, len(self.means) + place] = ~block.any(axis=1)
        return np.concatenate([numbers, *blocks, absent[:, self.gaps]], axis=1).astype(np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, for an artifact."""
        levels = {f"levels{place}": np.array(names, dtype=np.str_) for place, names in enumerate(self.levels)}
        return {"means": self.means, "deviations": self.deviations, "gaps": self.gaps} | levels

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The encoder that `to_arrays` gave."""
        categories = len(arrays["gaps"]) - len(arrays["means"])
        levels = tuple(tuple(arrays[f"levels{place}"].tolist()) for place in range(categories))
        return cls(arrays["means"], arrays["deviations"], arrays["gaps"], levels)


def _missing(table: Table) -> NDArray[np.bool_]:
    """(n, a + b): which fields are not given."""
    return np.concatenate([np.isnan(table.numbers), table.categories == UNKNOWN], axis=1)
