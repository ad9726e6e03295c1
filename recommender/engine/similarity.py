"""How alike two users rate: the measures of algorithms.md 1, for one user's vector or a block of users against all.

A measure is a frozen setting; `fit` gives the kernel that it is on one matrix of ratings. Most kernels are sums over
the common items c of a product, left(u,i) * right(v,i), and so are sparse matrix products; the others look at each pair
of cells (`pairwise.py`). No users x users matrix is ever held: a block of B users needs about 8 B n_users (K + 2)
bytes, K the number of sums.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from .baseline import Baselines
from .errors import InvalidInput
from .types import Floats, Interactions, Ints

DECIMALS = 6  # similarities are compared at so many decimals
BLOCK_BYTES = 64_000_000
_NOISE = 1e-9  # a deviation below this is a rounding error of a mean, not a taste


@dataclass(frozen=True)
class Products:
    """A kernel of products: sums[k](u,v) = sum_c left[k](u,i) * right[k](v,i), and what to make of them.

    `left` and `right` take a matrix and give K arrays, one number a rated cell. `combine` takes the K sums, |c| (all
    B x n_users) and the B left users' own ratings; it need not care about pairs without a common item.
    """

    left: Callable[[Interactions], list[Floats]]
    right: Callable[[Interactions], list[Floats]]
    combine: Callable[[list[Floats], Floats, Interactions], Floats]


@dataclass(frozen=True)
class Pairs:
    """A kernel of cell pairs: `terms` takes items, the left user's ratings and the others', and gives `width` arrays.

    `combine` is as that of `Products`, of the sums over c of these arrays.
    """

    width: int
    terms: Callable[[Ints, Floats, Floats], list[Floats]]
    combine: Callable[[list[Floats], Floats, Interactions], Floats]


Kernel = Products | Pairs


class Measure(ABC):
    """A similarity of two users: symmetric, 0 without a common item, 0 for a zero denominator."""

    @abstractmethod
    def fit(self, ratings: Interactions) -> Kernel:
        """What the measure needs to know about `ratings` as a whole, such as its items' means."""


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _deviations_kernel(deviations: Callable[[Interactions], Floats]) -> Products:
    """sum_c d(u) d(v) / sqrt(sum_c d(u)^2 * sum_c d(v)^2)."""

    def cleaned(rows: Interactions) -> Floats:
        away = deviations(rows)
        return np.where(np.abs(away) > _NOISE * rows.scale.span, away, 0.0)

    def left(rows: Interactions) -> list[Floats]:
        away = cleaned(rows)
        return [away, away * away, np.ones_like(away)]

    def right(rows: Interactions) -> list[Floats]:
        away = cleaned(rows)
        return [away, np.ones_like(away), away * away]

    def combine(sums: list[Floats], common: Floats, rows: Interactions) -> Floats:
        return _ratio(sums[0], np.sqrt(sums[1] * sums[2]))

    return Products(left, right, combine)


@dataclass(frozen=True)
class Cosine(Measure):
    """sum_c r(u,i) r(v,i) / (|r(u)| |r(v)|), norms over all that each rated (003)."""

    def fit(self, ratings: Interactions) -> Products:
        """The norms of the users of `ratings`."""

        def norms(rows: Interactions) -> Floats:
            return np.sqrt(np.bincount(rows.users, weights=rows.values**2, minlength=rows.n_users))

        others = norms(ratings)

        def factor(rows: Interactions) -> list[Floats]:
            return [rows.values]

        def combine(sums: list[Floats], common: Floats, rows: Interactions) -> Floats:
            return _ratio(sums[0], norms(rows)[:, None] * others)

        return Products(factor, factor, combine)


@dataclass(frozen=True)
class Pearson(Measure):
    """Deviations from mean(u), mean(v), each over all that the user rated; the three sums over c."""

    def fit(self, ratings: Interactions) -> Products:
        """Nothing to know beyond each user's own mean."""
        return _deviations_kernel(lambda rows: rows.values - rows.user_means[rows.users])


@dataclass(frozen=True)
class WeightedPearson(Measure):
    """Pearson with an item weight w(i) >= 0 in all three sums (001, eq. 1); the means stay unweighted."""

    item_weights: tuple[float, ...]

    def fit(self, ratings: Interactions) -> Products:
        """The roots of the weights, so that each product carries w(i)."""
        weights = np.asarray(self.item_weights, dtype=np.float64)
        if weights.shape != (ratings.n_items,) or not np.isfinite(weights).all() or (weights < 0).any():
            raise InvalidInput(f"Weighted Pearson needs {ratings.n_items} finite item weights, none negative.")
        roots = np.sqrt(weights)
        plain = Pearson().fit(ratings)

        def left(rows: Interactions) -> list[Floats]:
            root, (away, square, one) = roots[rows.indices], plain.left(rows)
            return [root * away, root * root * square, one]

        def right(rows: Interactions) -> list[Floats]:
            root, (away, one, square) = roots[rows.indices], plain.right(rows)
            return [root * away, one, root * root * square]

        return Products(left, right, plain.combine)


@dataclass(frozen=True)
class AdjustedCosine(Measure):
    """Deviations from the item's mean; norms over c."""

    def fit(self, ratings: Interactions) -> Products:
        """The items' means."""
        means = ratings.item_means
        return _deviations_kernel(lambda rows: rows.values - means[rows.indices])


@dataclass(frozen=True)
class ConstrainedPearson(Measure):
    """Deviations from the middle of the scale, (lo + hi) / 2."""

    def fit(self, ratings: Interactions) -> Products:
        """The scale is all it needs."""
        return _deviations_kernel(lambda rows: rows.values - rows.scale.middle)


@dataclass(frozen=True)
class PearsonBaseline(Measure):
    """Pearson over r - b(u,i), times (|c| - 1) / (|c| - 1 + shrinkage) (Koren 2010; algorithms.md 2)."""

    shrinkage: float = 100.0

    def fit(self, ratings: Interactions) -> Products:
        """The global mean and the items' biases."""
        baselines = Baselines.fit(ratings)
        plain = _deviations_kernel(lambda rows: rows.values - baselines.cells(rows))

        def combine(sums: list[Floats], common: Floats, rows: Interactions) -> Floats:
            beyond_one = np.maximum(common - 1.0, 0.0)
            return plain.combine(sums, common, rows) * _ratio(beyond_one, beyond_one + self.shrinkage)

        return Products(plain.left, plain.right, combine)


@dataclass(frozen=True)
class Msd(Measure):
    """1 - mean_c (r'(u,i) - r'(v,i))^2, r' = (r - lo) / (hi - lo) (002, eq. 1)."""

    def fit(self, ratings: Interactions) -> Products:
        """The scale is all it needs."""
        return squared_distance(lambda rows: rows.scale.unit(rows.values)[None])


def squared_distance(coordinates: Callable[[Interactions], Floats]) -> Products:
    """1 - mean_c mean_j (m_j(u) - m_j(v))^2, from |a|^2 + |b|^2 - 2 a.b; `coordinates` gives (k, cells)."""

    def left(rows: Interactions) -> list[Floats]:
        m = coordinates(rows)
        return [(m * m).mean(axis=0), np.ones(len(rows.values)), *(-2.0 * m / len(m))]

    def right(rows: Interactions) -> list[Floats]:
        m = coordinates(rows)
        return [np.ones(len(rows.values)), (m * m).mean(axis=0), *m]

    def combine(sums: list[Floats], common: Floats, rows: Interactions) -> Floats:
        return 1.0 - _ratio(np.maximum(sum(sums), 0.0), common)

    return Products(left, right, combine)


@dataclass(eq=False)
class SimilarityIndex:
    """One matrix of ratings laid out for similarities: build it once, keep it, ask it for rows.

    `significance` is gamma of Herlocker's weighting, times min(|c|, gamma) / gamma; 0 is off.
    """

    ratings: Interactions
    measure: Measure = field(default_factory=Cosine)
    significance: int = 0

    def __post_init__(self) -> None:
        if self.significance < 0:
            raise InvalidInput(f"Significance is a number of common items, 0 or more; got {self.significance}.")
        self._kernel = self.measure.fit(self.ratings)
        self._by_item = self._matrix(self.ratings, np.arange(len(self.ratings.values))).T.tocsr()
        order = self._by_item.data.astype(np.int64)
        cells = [np.ones(len(order))]
        cells += self._kernel.right(self.ratings) if isinstance(self._kernel, Products) else [self.ratings.values]
        self._rights = [self._as_by_item(array[order]) for array in cells]

    def similarities_to(self, items: ArrayLike, values: ArrayLike, row: int | None = None) -> Floats:
        """(n_users,): one person's ratings against everybody's. `row`, the person's own if there is one, comes to 0."""
        similarities: Floats = self._similarities(self.ratings.person(items, values))[0]
        if row is not None:
            similarities[row] = 0.0
        return similarities

    def block(self, start: int, stop: int) -> Floats:
        """(stop - start, n_users): the similarities of these rows to all, 0 on the diagonal."""
        similarities = self._similarities(self.ratings.rows(start, stop))
        similarities[np.arange(stop - start), np.arange(start, stop)] = 0.0
        return similarities

    def block_rows(self) -> int:
        """How many users a block may have within BLOCK_BYTES; at least one."""
        return max(1, BLOCK_BYTES // (8 * max(self.ratings.n_users, 1) * (len(self._rights) + 2)))

    def _similarities(self, rows: Interactions) -> Floats:
        common = self._product(rows, np.ones(len(rows.values)), self._rights[0])
        sums = self._sums(rows)
        found = np.where(common > 0, self._kernel.combine(sums, common, rows), 0.0)
        if self.significance:
            found *= np.minimum(common, self.significance) / self.significance
        return np.asarray(found)

    def _sums(self, rows: Interactions) -> list[Floats]:
        if isinstance(self._kernel, Products):
            lefts = self._kernel.left(rows)
            return [self._product(rows, left, right) for left, right in zip(lefts, self._rights[1:], strict=True)]
        sums = np.zeros((self._kernel.width, rows.n_users, self.ratings.n_users))
        for user in range(rows.n_users):
            sums[:, user] = self._pair_sums(self._kernel, rows, user)
        return list(sums)

    def _pair_sums(self, kernel: Pairs, rows: Interactions, user: int) -> list[Floats]:
        items, values = rows.row(user)
        columns = self._rights[1][items]
        lengths = np.diff(columns.indptr)
        terms = kernel.terms(np.repeat(items, lengths), np.repeat(values, lengths), columns.data)
        n = self.ratings.n_users
        return [np.bincount(columns.indices, weights=term, minlength=n).astype(np.float64) for term in terms]

    def _product(self, rows: Interactions, left: Floats, right: Any) -> Floats:
        product: Floats = (self._matrix(rows, left) @ right).toarray()
        return product

    def _matrix(self, rows: Interactions, cells: Any) -> Any:
        return sparse.csr_array((cells, rows.indices, rows.indptr), shape=(rows.n_users, rows.n_items))

    def _as_by_item(self, cells: Floats) -> Any:
        shape = (self.ratings.n_items, self.ratings.n_users)
        return sparse.csr_array((cells, self._by_item.indices, self._by_item.indptr), shape=shape)
