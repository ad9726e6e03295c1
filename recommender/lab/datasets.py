"""A data set for the protocols: ratings as aligned columns, and metadata of users and items."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.engine.types import Floats, Interactions, Ints, Scale

from .errors import DataError
from .live import SiteLog


@dataclass(frozen=True, eq=False)
class Fold:
    """One split of an experiment: positions of the training ratings and of the test ratings."""

    name: str
    train: Ints
    test: Ints


@dataclass(frozen=True, eq=False)
class DatasetDemographics:
    """Demographics, one entry for each user."""

    ages: Floats  # years, NaN unknown
    genders: NDArray[np.str_]  # "" unknown
    occupations: NDArray[np.str_] | None = None  # "" unknown

    def of(self, rows: Ints) -> "DatasetDemographics":
        """The demographics of these users."""
        jobs = None if self.occupations is None else self.occupations[rows]
        return DatasetDemographics(self.ages[rows], self.genders[rows], jobs)


@dataclass(frozen=True, eq=False)
class Views:
    """Views as aligned columns; only data of a site has them."""

    users: Ints
    items: Ints
    times: Floats  # Unix seconds

    def of(self, place: Ints) -> "Views":
        """The views with new user rows: `place` has the new row of each user, -1 to leave the user out."""
        kept = place[self.users] >= 0
        return Views(place[self.users[kept]], self.items[kept], self.times[kept])


def _known(positions: Ints) -> Ints:
    return positions[positions >= 0]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Ratings as aligned columns of rows 0 .. n - 1; missing parts are empty or None."""

    name: str  # "ml-100k", "movielens", "jester", "csv", "site", "generated"
    scale: Scale
    users: Ints  # (n,)
    items: Ints  # (n,)
    values: Floats  # (n,)
    n_users: int
    n_items: int
    times: Floats | None = None  # (n,) Unix seconds
    people: DatasetDemographics | None = None
    titles: list[str] = field(default_factory=list)
    keywords: list[list[str]] = field(default_factory=list)
    genres: Floats = field(default_factory=lambda: np.zeros((0, 0)))  # (n_items, g), 0 or 1
    genre_names: list[str] = field(default_factory=list)
    visual: Floats = field(default_factory=lambda: np.zeros((0, 0)))  # (n_items, d), zeros: no descriptor
    released: Floats | None = None  # (n_items,) Unix seconds, NaN unknown
    measures: Floats = field(default_factory=lambda: np.zeros((0, 0)))  # (n_users, m): metadata
    measure_names: tuple[str, ...] = ()
    folds: tuple[Fold, ...] = ()  # the folds that belong to the data set
    views: Views | None = None
    log: Callable[[], SiteLog] | None = None  # only of a site; long, so it is read when needed
    remarks: tuple[str, ...] = ()  # sentences of the reader about the data, for the report

    def __post_init__(self) -> None:
        if not len(self.values):
            raise DataError(f"The data set {self.name} holds no ratings.")

    def __len__(self) -> int:
        return len(self.values)

    def interactions(self, cells: Ints | None = None) -> Interactions:
        """The ratings at these positions (default: all) as a matrix of all users x all items."""
        chosen: Any = slice(None) if cells is None else cells
        return Interactions.from_triples(
            self.users[chosen],
            self.items[chosen],
            self.values[chosen],
            n_users=self.n_users,
            n_items=self.n_items,
            scale=self.scale,
        )

    def part(self, cells: Ints) -> "Dataset":
        """The same users and items with only these ratings; without folds, whose positions would be wrong."""
        times = None if self.times is None else self.times[cells]
        return replace(
            self,
            users=self.users[cells],
            items=self.items[cells],
            values=self.values[cells],
            times=times,
            folds=(),
        )

    def of_users(self, rows: Ints) -> "Dataset":
        """The same with only these users, in this order; items keep their rows; folds are reduced."""
        place = np.full(self.n_users, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        kept = np.flatnonzero(place[self.users] >= 0)
        position = np.full(len(self), -1, dtype=np.int64)
        position[kept] = np.arange(len(kept))
        folds = tuple(
            Fold(fold.name, *(_known(position[part]) for part in (fold.train, fold.test)))
            for fold in self.folds
        )
        return replace(
            self,
            users=place[self.users[kept]],
            items=self.items[kept],
            values=self.values[kept],
            times=None if self.times is None else self.times[kept],
            n_users=len(rows),
            people=None if self.people is None else self.people.of(rows),
            views=None if self.views is None else self.views.of(place),
            folds=folds,
        )

    def varied(self) -> None:
        """Raises DataError if all ratings are the same, because errors cannot be compared then."""
        if (self.values == self.values[0]).all():
            raise DataError(f"All ratings of {self.name} are the same; there is nothing to predict.")

    def clock(self) -> Floats:
        """The times; raises DataError if the data has none."""
        if self.times is None:
            raise DataError(f"The data set {self.name} has no times, which this protocol needs.")
        return self.times

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the data: equal for equal data, different for different data."""
        digest = hashlib.sha256()
        for name in ("users", "items", "values", "times", "genres", "visual", "released", "measures"):
            array = getattr(self, name)
            digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
        for part in self.folds:
            digest.update(part.train.tobytes() + part.test.tobytes())
        for column in fields(self.people) if self.people else ():
            digest.update(repr(np.asarray(getattr(self.people, column.name)).tolist()).encode())
        digest.update(
            repr((self.name, self.scale, self.n_users, self.n_items, self.titles, self.keywords)).encode()
        )
        return digest.hexdigest()[:16]

    def describe(self) -> str:
        """One sentence about the data, for a report."""
        density = len(self) / max(self.n_users * self.n_items, 1)
        scale = f"{self.scale.low:g} to {self.scale.high:g}"
        return (
            f"{self.name}: {len(self):,} ratings from {scale} by {self.n_users:,} users of {self.n_items:,} "
            f"items ({density:.1%} of all cells), mean {self.values.mean():.3f}; fingerprint "
            f"{self.fingerprint}."
        )
