"""Similarities of users: the measures of docs/algorithms.md, for one user or a block of users against all.

A measure is a frozen setting. `fit` gives its kernel for one matrix of ratings. The kernel defines what each
pair of cells of a common item adds to a few sums, and how the similarity follows from the sums
(`kernels.py`). Most measures add products, left(u,i) * right(v,i).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .baseline import Baselines
from .errors import InvalidInput
from .kernels import Form, ItemLayout, Terms, by_item, similarity_rows
from .types import Floats, Interactions, Ints, checked_rows

BLOCK_BYTES = 64_000_000
_NOISE = 1e-9  # a smaller deviation is a rounding error of a mean
_EXACT = 2**24  # whole numbers up to here are exact in single precision

Planes = Callable[[Interactions], list[Floats]]


@dataclass(frozen=True)
class Kernel:
    """A measure on one matrix: plane p of the left user times plane p of the right one adds to sum target[p].

    `left` and `right` take a matrix and return P arrays with one number for each rated cell. Measures that
    are not sums of products return their own cells, the same on both sides, and set `terms`.
    """

    form: Form
    left: Planes
    right: Planes
    target: tuple[int, ...]
    terms: Terms = Terms.PRODUCTS
    norms: Callable[[Interactions], Floats] | None = None
    shrinkage: float = 0.0
    sets: int = 0
    items: Floats = field(default_factory=lambda: np.zeros((2, 0)))


class Similarity(ABC):
    """A similarity of two users: symmetric, 0 without a common item, 0 for a zero denominator.

    `local` is true if the similarity depends only on the ratings of these two users.
    """

    local = True

    @abstractmethod
    def fit(self, ratings: Interactions) -> Kernel:
        """The kernel for `ratings`, with the data of the whole matrix that it needs, such as item means."""


def _ones(rows: Interactions) -> Floats:
    return np.broadcast_to(1.0, len(rows.values))


def _correlation(deviations: Planes, shrinkage: float = 0.0) -> Kernel:
    """sum_c d(u) d(v) / sqrt(sum_c d(u)^2 * sum_c d(v)^2); `deviations` gives d and weights of squares."""

    def cleaned(rows: Interactions) -> tuple[Floats, Floats]:
        away, weight = deviations(rows)
        away = np.where(np.abs(away) > _NOISE * rows.scale.span, away, 0.0)
        return away, weight

    def left(rows: Interactions) -> list[Floats]:
        away, weight = cleaned(rows)
        return [np.sqrt(weight) * away, weight * away * away, _ones(rows), _ones(rows)]

    def right(rows: Interactions) -> list[Floats]:
        away, weight = cleaned(rows)
        return [np.sqrt(weight) * away, _ones(rows), weight * away * away, _ones(rows)]

    return Kernel(Form.CORRELATION, left, right, (0, 1, 2, 3), shrinkage=shrinkage)


@dataclass(frozen=True)
class Cosine(Similarity):
    """sum_c r(u,i) r(v,i) / (|r(u)| |r(v)|), norms over all ratings of each user (003)."""

    def fit(self, ratings: Interactions) -> Kernel:
        """The kernel; it needs only each user's own norm."""

        def norms(rows: Interactions) -> Floats:
            return np.sqrt(np.bincount(rows.users, weights=rows.values**2, minlength=rows.n_users))

        def planes(rows: Interactions) -> list[Floats]:
            return [rows.values, _ones(rows)]

        return Kernel(Form.COSINE, planes, planes, (0, 1), norms=norms)


@dataclass(frozen=True)
class Pearson(Similarity):
    """Deviations from mean(u) and mean(v), each over all ratings of the user; the three sums over c."""

    def fit(self, ratings: Interactions) -> Kernel:
        """The kernel; it needs only each user's own mean."""
        return _correlation(lambda rows: [rows.values - rows.user_means[rows.users], _ones(rows)])


@dataclass(frozen=True)
class WeightedPearson(Similarity):
    """Pearson with an item weight w(i) >= 0 in all three sums (001, eq. 1); the means stay unweighted."""

    item_weights: tuple[float, ...]

    def fit(self, ratings: Interactions) -> Kernel:
        """The kernel; it checks the weights."""
        weights = np.asarray(self.item_weights, dtype=np.float64)
        if weights.shape != (ratings.n_items,) or not np.isfinite(weights).all() or (weights < 0).any():
            raise InvalidInput(
                f"Weighted Pearson needs {ratings.n_items} finite item weights, none negative."
            )
        return _correlation(lambda rows: [rows.values - rows.user_means[rows.users], weights[rows.indices]])


@dataclass(frozen=True)
class AdjustedCosine(Similarity):
    """Deviations from the item's mean; norms over c."""

    local = False

    def fit(self, ratings: Interactions) -> Kernel:
        """The kernel; it needs the items' means."""
        means = ratings.item_means
        return _correlation(lambda rows: [rows.values - means[rows.indices], _ones(rows)])


@dataclass(frozen=True)
class ConstrainedPearson(Similarity):
    """Deviations from the middle of the scale, (lo + hi) / 2."""

    def fit(self, ratings: Interactions) -> Kernel:
        """The kernel; it depends only on the scale."""
        return _correlation(lambda rows: [rows.values - rows.scale.middle, _ones(rows)])


@dataclass(frozen=True)
class PearsonBaseline(Similarity):
    """Pearson over r - b(u,i), times (|c| - 1) / (|c| - 1 + shrinkage), 0 is off (Koren 2010)."""

    shrinkage: float = 100.0
    local = False

    def __post_init__(self) -> None:
        if not 0 <= self.shrinkage < np.inf:
            raise InvalidInput(f"The shrinkage is a number of common items, 0 or more; got {self.shrinkage}.")

    def fit(self, ratings: Interactions) -> Kernel:
        """The kernel; it needs the global mean and the items' biases."""
        baselines = Baselines.fit(ratings)
        return _correlation(lambda rows: [rows.values - baselines.cells(rows), _ones(rows)], self.shrinkage)


@dataclass(frozen=True)
class Msd(Similarity):
    """1 - mean_c (r'(u,i) - r'(v,i))^2, r' = (r - lo) / (hi - lo) (002, eq. 1)."""

    def fit(self, ratings: Interactions) -> Kernel:
        """The kernel; it depends only on the scale."""
        return squared_distance(1, lambda rows: rows.scale.unit(rows.values)[None])


def squared_distance(k: int, coordinates: Callable[[Interactions], Floats]) -> Kernel:
    """1 - mean_c mean_j (m_j(u) - m_j(v))^2, from |a|^2 + |b|^2 - 2 a.b; `coordinates` gives (k, cells)."""

    def left(rows: Interactions) -> list[Floats]:
        m = coordinates(rows)
        return [(m * m).mean(axis=0), _ones(rows), *(-2.0 * m / k), _ones(rows)]

    def right(rows: Interactions) -> list[Floats]:
        m = coordinates(rows)
        return [_ones(rows), (m * m).mean(axis=0), *m, _ones(rows)]

    return Kernel(Form.DISTANCE, left, right, (0,) * (2 + k) + (1,))


@dataclass(eq=False)
class SimilarityIndex:
    """One matrix of ratings prepared for similarities. Build it once and reuse it for many rows.

    `significance` is gamma of Herlocker's weighting, times min(|c|, gamma) / gamma; 0 is off. In addition to
    the ratings it uses 4 + P size bytes for each rating, where P is the number of planes of the measure. size
    is 4 if single precision is exact (the plain cosine of whole numbers), else 8.
    """

    ratings: Interactions
    measure: Similarity = field(default_factory=Cosine)
    significance: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.significance < np.inf:
            raise InvalidInput(
                f"Significance is a number of common items, 0 or more; got {self.significance}."
            )
        self.kernel = self.measure.fit(self.ratings)
        plain = self.kernel.form is Form.COSINE and not self.significance
        self._planes = 1 if plain else len(self.kernel.target)
        self._dtype = np.float32 if self._exact_in_single() else np.float64
        self.item_starts: Ints = np.concatenate([[0], np.cumsum(self.ratings.item_counts)])
        self.layout = self._layout()

    def left_of(self, rows: Interactions) -> NDArray[Any]:
        """(P, cells): the left planes for the ratings of some users."""
        return self._stacked(self.kernel.left, rows)

    def norms(self, rows: Interactions) -> Floats:
        """(rows,): the norms for the cosine, infinite for a norm of 0; ones for other measures."""
        norms = self.kernel.norms(rows) if self.kernel.norms else np.ones(rows.n_users)
        return np.where(norms > 0, norms, np.inf)

    def similarities_to(self, items: ArrayLike, values: ArrayLike, row: int | None = None) -> Floats:
        """(n_users,): the similarities of a person with these ratings to all users.

        `row` is the person's own row, if any; its similarity is 0.
        """
        similarities: Floats = self._similarities(self.ratings.person(items, values))[0]
        if row is not None:
            similarities[checked_rows("user", [row], self.ratings.n_users)] = 0.0
        return similarities

    def block(self, start: int, stop: int) -> Floats:
        """(stop - start, n_users): the similarities of these rows to all users, 0 to themselves."""
        return self._without_self(self.ratings.rows(start, stop), np.arange(start, stop))

    def of(self, rows: Ints) -> Floats:
        """(len(rows), n_users): like `block`, for rows in any order."""
        return self._without_self(self.ratings.take(rows), rows)

    def _without_self(self, rows: Interactions, own: Ints) -> Floats:
        similarities = self._similarities(rows)
        similarities[np.arange(len(own)), own] = 0.0
        return similarities

    def _similarities(self, rows: Interactions) -> Floats:
        result = np.empty((rows.n_users, self.ratings.n_users))
        left, norms, starts = self.left_of(rows), self.norms(rows), self.item_starts
        similarity_rows(self.layout, rows.indptr, rows.indices, left, norms, starts[:-1], starts[1:], result)
        return result

    def _stacked(self, planes: Planes, rows: Interactions) -> NDArray[Any]:
        return np.array(planes(rows)[: self._planes], dtype=self._dtype).reshape(self._planes, -1)

    def _exact_in_single(self) -> bool:
        values = self.ratings.values
        if (
            self._planes > 1
            or self.kernel.form is not Form.COSINE
            or not np.array_equal(values, np.rint(values))
        ):
            return False
        squares = np.bincount(self.ratings.users, weights=values**2, minlength=1)
        return bool(squares.max(initial=0.0) < _EXACT)

    def _layout(self) -> ItemLayout:
        kernel, ratings = self.kernel, self.ratings
        planes = self._stacked(kernel.right, ratings)
        users, cells = by_item(ratings.indptr, ratings.indices, planes, self.item_starts)
        return ItemLayout(
            int(kernel.form),
            int(kernel.terms),
            kernel.sets,
            kernel.shrinkage,
            float(self.significance),
            np.array(kernel.target[: self._planes], dtype=np.int64),
            users,
            cells,
            kernel.items,
            self.norms(ratings),
        )
