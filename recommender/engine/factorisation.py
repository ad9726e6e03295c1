"""Factors of users and items under an ordered probit: P(rating = level), sampled from the posterior.

f(u,i) = a(u) + b(i) + p(u) . q(i), and the rating is the level between whose two cuts f(u,i) + N(0, 1) falls.
Each of a, b, p, q is a sum of effects of columns: the identity, the rated items or the raters (SVD++, Koren
2008, on both sides), and metadata. The effects of a group of columns share a normal prior whose mean and
precision are sampled too (Salakhutdinov and Mnih 2008; Rendle 2012), so that only the rank needs tuning. The
noise is probit (Albert and Chib 1993). The probabilities of the levels give both predictions: their mean for
RMSE, their median for MAE.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from . import gibbs
from .errors import InvalidInput
from .features import FeatureColumns, feature_columns, interactions_of, transposed
from .ordinal import Levels
from .rank import best_of_each
from .types import Floats, Interactions, Ints, checked_pairs, checked_rows

FAR = 40.0  # the outermost cuts; no utility lies beyond them
_START = 0.1  # standard deviation of the initial factors


@dataclass(frozen=True)
class OrdinalFactors:
    """Settings of the sampler.

    Every `thin`-th sweep of each chain after `burn_in` is kept; predictions are averages over these. Chains
    start and converge to different values, so two short chains are better than one long chain. `damping` is
    that of `features.implicit_weight`.
    """

    rank: int = 12
    chains: int = 2
    sweeps: int = 160
    burn_in: int = 40
    thin: int = 2
    damping: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.rank < 0 or min(self.chains, self.thin) < 1 or not 0 <= self.burn_in < self.sweeps:
            raise InvalidInput(
                "Factors need a rank of 0 or more and sweeps beyond those that are thrown away."
            )

    def fit(
        self, ratings: Interactions, users: Sequence[ArrayLike] = (), items: Sequence[ArrayLike] = ()
    ) -> "FittedOrdinalFactors":
        """Samples the posterior for these ratings.

        `users` and `items` are tables (n_users, d) and (n_items, d) of metadata, each a group of columns; NaN
        is refused. The same ratings, tables and settings give the same draws.
        """
        draws = [
            (
                sampler.users.rows.T.astype(np.float32),
                sampler.items.rows.T.astype(np.float32),
                sampler.cuts.copy(),
            )
            for sampler in self.draws(ratings, users, items)
        ]
        rows_drawn, columns_drawn, cuts = (np.ascontiguousarray(part) for part in zip(*draws, strict=True))
        levels = Levels.of(ratings.values)
        return FittedOrdinalFactors(levels, rows_drawn, columns_drawn, cuts, ratings.indptr, ratings.indices)

    def draws(
        self, ratings: Interactions, users: Sequence[ArrayLike] = (), items: Sequence[ArrayLike] = ()
    ) -> Iterator["Sampler"]:
        """The sampler at each kept draw; it changes with the next one."""
        if not len(ratings.values):
            raise InvalidInput("Factors are learnt from ratings; there are none.")
        rows = feature_columns(ratings.n_users, interactions_of(ratings, self.damping), users)
        raters = interactions_of(transposed(ratings), self.damping)
        columns = feature_columns(ratings.n_items, raters, items)
        for rng in np.random.default_rng(self.seed).spawn(self.chains):
            yield from Sampler(self, ratings, rows, columns, rng).run()

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> "FittedOrdinalFactors":
        """The model that `FittedOrdinalFactors.to_arrays` gave."""
        levels = Levels(arrays["levels"], arrays["edges"])
        return FittedOrdinalFactors(
            levels, *(arrays[name] for name in ("users", "items", "cuts", "seen.indptr", "seen.indices"))
        )


# one chain, whose means `fold_in.py` keeps; the short one is for replays of many nights
SERVED = OrdinalFactors(chains=1, sweeps=80, burn_in=20, damping=10.0)
SERVED_SHORT = replace(SERVED, sweeps=40, burn_in=10)


class FactorRule(IntEnum):
    """Which rule gave a prediction."""

    FACTORS = 0
    UNKNOWN_USER = 1  # the user has no ratings: the prediction comes from the prior and the metadata
    UNKNOWN_ITEM = 2
    UNKNOWN_BOTH = 3


@dataclass(frozen=True, eq=False)
class FactorPredictions:
    """Predictions and the rule that gave each; both arrays have the same shape."""

    values: Floats
    reasons: NDArray[np.uint8]  # of FactorRule


@dataclass(frozen=True, eq=False)
class FittedOrdinalFactors:
    """The fitted model: the kept draws."""

    levels: Levels
    users: NDArray[np.float32]  # (draws, n_users, rank + 2): a, 1, p
    items: NDArray[np.float32]  # (draws, n_items, rank + 2): 1, b, q
    cuts: Floats  # (draws, L + 1)
    indptr: Ints  # with `indices`: the items that each user rated, which are never recommended
    indices: NDArray[np.int32]

    def probabilities(self, users: ArrayLike, items: ArrayLike) -> Floats:
        """(n, L): P(level) of pairs of a user row and an item row; rows without ratings have their priors."""
        rows, columns = checked_pairs(users, items, self.users.shape[1], self.items.shape[1])
        table: Floats = gibbs.level_probabilities(rows, columns, self.users, self.items, self.cuts)
        return table

    def predict(self, users: ArrayLike, items: ArrayLike) -> FactorPredictions:
        """(n,): the expected rating of pairs of a user row and an item row."""
        rows, columns = checked_pairs(users, items, self.users.shape[1], self.items.shape[1])
        rated_by = np.bincount(self.indices, minlength=self.items.shape[1]) > 0
        strange = (np.diff(self.indptr)[rows] == 0) + 2 * ~rated_by[columns]
        return FactorPredictions(
            self.levels.mean(self.probabilities(rows, columns)), strange.astype(np.uint8)
        )

    def recommend(
        self, users: ArrayLike, n: int, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int32], Floats]:
        """The n best items that each user has not rated, best first, and their values: (len(users), n) both.

        `mask` (n_items,) is False for items that may not be recommended. Ties go to the lower item. Missing
        items are -1, their values NaN.
        """
        rows, n_items = checked_rows("user", users, self.users.shape[1]), self.items.shape[1]

        def scores(row: int) -> Floats:
            values = self.predict(np.full(n_items, row), np.arange(n_items)).values
            values[self.indices[self.indptr[row] : self.indptr[row + 1]]] = -np.inf
            return values

        return best_of_each(map(scores, rows.tolist()), n_items, n, mask)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The draws as plain arrays, for `OrdinalFactors.load`."""
        return {
            "users": self.users,
            "items": self.items,
            "cuts": self.cuts,
            "levels": self.levels.values,
            "edges": self.levels.edges,
            "seen.indptr": self.indptr,
            "seen.indices": self.indices,
        }


class Effects:
    """The effects of one side's columns on each factor, with the priors of their groups.

    `values`, `means` and `precisions` are (rank + 2, columns), `rows` the factors (rank + 2, rows).
    """

    def __init__(self, columns: FeatureColumns, factors: int) -> None:
        self.columns = columns
        self.values = np.zeros((factors, columns.width))
        self.means = np.zeros((factors, columns.width))
        self.precisions = np.full((factors, columns.width), 10.0)
        self.rows = np.zeros((factors, columns.n))

    def start(self, factor: int, rng: np.random.Generator) -> None:
        """Small random factors of the identity columns: from 0 on both sides the sampler would not move."""
        own = self.columns.groups[0]
        self.values[factor, own] = rng.normal(0.0, _START, self.columns.n)
        self.rows[factor] = self.values[factor, own]

    def draw_priors(self, factor: int, rng: np.random.Generator) -> None:
        """Samples each group's precision and mean; their priors are Gamma(1/2, 1/2), N(0, 1 / precision)."""
        for group in self.columns.groups:
            effects, mean = self.values[factor, group], self.means[factor, group.start]
            away = float(((effects - mean) ** 2).sum() + mean**2)
            precision = rng.gamma((len(effects) + 2) / 2, 2 / (1 + away))
            self.precisions[factor, group] = precision
            share = len(effects) + 1
            self.means[factor, group] = rng.normal(effects.sum() / share, 1 / np.sqrt(share * precision))


class Sampler:
    """One chain. Factor 0 is the users' bias (1 for all items), factor 1 the items' bias, the rest p . q."""

    def __init__(
        self,
        settings: OrdinalFactors,
        ratings: Interactions,
        users: FeatureColumns,
        items: FeatureColumns,
        rng: np.random.Generator,
    ) -> None:
        self.settings, self.rng = settings, rng
        self.own: Ints = ratings.users.astype(np.int64)
        self.other: Ints = ratings.indices.astype(np.int64)
        levels = Levels.of(ratings.values)
        self.level = levels.index(ratings.values)
        self.factors = settings.rank + 2
        self.users, self.items = Effects(users, self.factors), Effects(items, self.factors)
        self.users.rows[1] = 1.0
        self.items.rows[0] = 1.0
        for factor in range(2, self.factors):
            self.users.start(factor, self.rng)
            self.items.start(factor, self.rng)
        shares = np.cumsum(np.bincount(self.level, minlength=len(levels)))[:-1] / len(self.level)
        self.cuts = np.concatenate([[-FAR], ndtri(shares), [FAR]])
        self.f: Floats = (self.users.rows[:, self.own] * self.items.rows[:, self.other]).sum(axis=0)
        self.e = np.zeros(len(self.f))

    def run(self) -> Iterator["Sampler"]:
        """Runs all sweeps and yields itself after those that are kept."""
        for sweep in range(self.settings.sweeps):
            self._sweep()
            if sweep >= self.settings.burn_in and (sweep - self.settings.burn_in) % self.settings.thin == 0:
                yield self

    def _sweep(self) -> None:
        gibbs.move_cuts(self.f, self.level, self.cuts)
        gibbs.draw_latents(self.e, self.f, self.level, self.cuts, self.rng)
        for factor in range(self.factors):
            if factor != 1:
                self._draw(factor, self.users, self.items, self.own, self.other)
            if factor != 0:
                self._draw(factor, self.items, self.users, self.other, self.own)

    def _draw(self, factor: int, drawn: Effects, held: Effects, own: Ints, other: Ints) -> None:
        drawn.draw_priors(factor, self.rng)
        columns = drawn.columns
        gibbs.draw_side(
            own,
            other,
            drawn.rows[factor],
            held.rows[factor],
            self.e,
            self.f,
            columns.indptr,
            columns.rows,
            columns.weights,
            drawn.values[factor],
            drawn.means[factor],
            drawn.precisions[factor],
            self.rng,
        )
