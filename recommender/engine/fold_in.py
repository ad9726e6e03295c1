"""Ordered-probit factors for serving: the items' side of `OrdinalFactors`, and users who are folded in.

A night samples the factors and keeps means over the draws, of the items' side alone. A user is folded in from
the ratings at hand, whether or not the night knew the user. With x(i) = [1, q(i)],

f(u,i) = b(i) + x(i) . (w + s),    s = sum of y(j) weight(n) over the n rated items j,    w ~ N(m, 1 / l).

w is the mean of its posterior, found by rounds of ridge regression on the expected latent utilities
z(j) = E[f(u,j) + N(0, 1) | level of the rating] (Albert and Chib 1993). With C = (L + X'X)^-1 over the rated
items, L = diag(l), P(level <= k) = Phi((c(k) - f) / sqrt(1 + x'Cx)).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtr

from .features import implicit_weight
from .ordinal import Levels
from .types import Floats, Interactions, Ints

if TYPE_CHECKING:  # compiled; a user is folded in without it
    from .factorisation import OrdinalFactors, Sampler

HALF = 10.0  # a user with so many ratings is predicted by factors and neighbours in equal parts
MIN_RATERS = 3
LOOKS = 16  # so many of the content features describe an image, beside its genres
MAX_ROUNDS = 50
STILL = 1e-4  # the rounds end if no number of w moves further
_NORMAL = -0.5 * np.log(2 * np.pi)


@dataclass(frozen=True, eq=False)
class ItemFactors:
    """What a night keeps: 2 (rank + 1) numbers for each item, and some for all.

    `vectors` (n_items, rank + 1) has b(i) and q(i). `implicit` (n_items, rank + 1) has y(i): the effect of
    having rated the item on the user's bias and factors. `means` m and `precisions` l are (rank + 1,).
    """

    levels: Levels
    cuts: Floats  # (L + 1,)
    vectors: NDArray[np.float32]
    implicit: NDArray[np.float32]
    means: Floats
    precisions: Floats
    damping: float

    @classmethod
    def fit(cls, settings: "OrdinalFactors", ratings: Interactions, items: Sequence[ArrayLike] = ()) -> Self:
        """The means over the draws for these ratings; `items` are tables (n_items, d) of metadata.

        The columns of one chain keep their meaning from draw to draw; those of two chains differ, so
        `settings.chains` must be 1.
        """
        sums: list[Floats] = []
        draws = 0
        for sampler in settings.draws(ratings, items=items):
            drawn = _drawn(sampler)
            sums = [total + part for total, part in zip(sums, drawn, strict=True)] if draws else drawn
            draws += 1
        cuts, vectors, rated, means, precisions = (total / draws for total in sums)
        implicit = np.zeros(vectors.shape)
        implicit[ratings.item_counts > 0] = rated
        return cls(
            Levels.of(ratings.values),
            cuts,
            vectors.astype(np.float32),
            implicit.astype(np.float32),
            means,
            precisions,
            settings.damping,
        )

    @classmethod
    def of_images(
        cls, settings: "OrdinalFactors", ratings: Interactions, genres: Floats, features: NDArray[Any]
    ) -> Self | None:
        """`fit`, with the images described by genres and look; None with fewer than MIN_RATERS users, who
        have nothing in common to learn."""
        if np.count_nonzero(ratings.user_counts) < MIN_RATERS:
            return None
        return cls.fit(
            settings, ratings, [table for table in (genres, features[:, :LOOKS]) if table.shape[1]]
        )

    def fold_in(self, items: Ints, ratings: ArrayLike) -> "FoldedUser":
        """The user who gave these ratings to these items."""
        x = _with_one(self.vectors[items])
        level = self.levels.index(ratings)
        low, high = self.cuts[level], self.cuts[level + 1]
        weight = implicit_weight(np.array([len(items)]), self.damping)[0]
        shared = weight * self.implicit[items].sum(axis=0, dtype=np.float64)
        known = self.vectors[items, 0] + x @ shared
        covariance = np.linalg.inv(np.diag(self.precisions) + x.T @ x).astype(np.float64)
        start = self.precisions * self.means
        own, utility = self.means.copy(), np.zeros(len(items))
        for _ in range(MAX_ROUNDS):
            utility = _expected_utility(known + x @ own, low, high)
            moved = covariance @ (start + x.T @ (utility - known))
            still = np.abs(moved - own).max() < STILL
            own = moved
            if still:
                break
        return FoldedUser(self, shared, own, covariance, items, utility - known)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, for an artifact."""
        return {
            "levels": self.levels.values,
            "edges": self.levels.edges,
            "cuts": self.cuts,
            "vectors": self.vectors,
            "implicit": self.implicit,
            "means": self.means,
            "precisions": self.precisions,
            "damping": np.array(self.damping),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The factors from the arrays of `to_arrays`."""
        levels = Levels(arrays["levels"], arrays["edges"])
        names = ("cuts", "vectors", "implicit", "means", "precisions")
        cuts, vectors, implicit, means, precisions = (arrays[name] for name in names)
        return cls(levels, cuts, vectors, implicit, means, precisions, float(arrays["damping"]))


@dataclass(frozen=True, eq=False)
class FoldedUser:
    """One user over the items of `factors`. `shared` is s, `own` is w, `residuals` are z(j) - f(j) without w
    for the rated items j."""

    factors: ItemFactors
    shared: Floats
    own: Floats
    covariance: Floats
    rated: Ints
    residuals: Floats

    @property
    def share(self) -> float:
        """How much the factors count beside neighbours: the more, the more the user rated."""
        return len(self.rated) / (len(self.rated) + HALF)

    def expected(self) -> Floats:
        """(n_items,): the expected rating of every item."""
        x, factors = _with_one(self.factors.vectors), self.factors
        utility = factors.vectors[:, 0] + x @ (self.own + self.shared)
        spread = np.sqrt(1.0 + np.einsum("ik,ik->i", x @ self.covariance, x))
        values = factors.levels.values
        # sum of P(level) value(level) = the highest value - sum of P(level <= k) (value(k + 1) - value(k))
        expected = np.full(len(x), values[-1])
        for cut, step in zip(factors.cuts[1:-1], np.diff(values), strict=True):
            expected -= step * ndtr((cut - utility) / spread)
        return expected

    def reasons(self, items: Ints) -> Floats:
        """(len(items), rated): what each rated item j adds to f(i): x(i)' C x(j) (z(j) - rest(j)).

        Together with b(i), x(i) . s and the prior x(i)' C L m these add up to f(i).
        """
        vectors = self.factors.vectors
        left, right = _with_one(vectors[items]) @ self.covariance, _with_one(vectors[self.rated])
        return left @ (right * self.residuals[:, None]).T


def _drawn(sampler: "Sampler") -> list[Floats]:
    """The cuts; the items' [b, q]; the effects of having rated an item on a user's [a, p]; and the prior of
    the user's own effects."""
    users, items = sampler.users, sampler.items
    of_user, of_item = [0, *range(2, len(users.rows))], [1, *range(2, len(items.rows))]
    own, implicit = users.columns.groups[:2]  # columns of items without ratings are left out
    first = own.start
    return [
        sampler.cuts.copy(),
        items.rows[of_item].T.copy(),
        users.values[of_user, implicit].T.copy(),
        users.means[of_user, first].copy(),
        users.precisions[of_user, first].copy(),
    ]


def _with_one(vectors: NDArray[np.float32]) -> Floats:
    """x = [1, q] for rows of [b, q]."""
    x = vectors.astype(np.float64)
    x[:, 0] = 1.0
    return x


def _expected_utility(f: Floats, low: Floats, high: Floats) -> Floats:
    """E[z | low < z < high] for z ~ N(f, 1).

    With a = low - f and b = high - f, it is f + (phi(a) - phi(b)) / (Phi(b) - Phi(a)).
    Computed in the tail in which both ends lie, so that it stays exact far from f.
    """
    a, b = low - f, high - f
    flip = a > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)  # the mass is now at or below the middle of the tail
    log_b, log_a = log_ndtr(b), log_ndtr(a)
    log_mass = log_b + np.log1p(-np.exp(np.minimum(log_a - log_b, -1e-300)))
    density = np.exp(_NORMAL - 0.5 * a * a - log_mass) - np.exp(_NORMAL - 0.5 * b * b - log_mass)
    moved: Floats = f + np.where(flip, -density, density)
    return moved
