"""A stack of factors and neighbours: boosted trees over the models' predictions for held-out ratings.

The parts are factors under an ordered probit, and neighbours on users and on items. Their predictions for the
training ratings come from inner folds, so that the boosted model learns how reliable each part is on unseen
ratings. Then the parts are fitted on all training ratings. The prediction is P(level): the mean of the
probabilities of the factors and of the boosted model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from recommender.engine.errors import InvalidInput
from recommender.engine.factorisation import FittedOrdinalFactors, OrdinalFactors
from recommender.engine.features import transposed
from recommender.engine.knn import Centring, FittedUserKnn, UserKnn
from recommender.engine.ordinal import Levels
from recommender.engine.similarity import PearsonBaseline
from recommender.engine.types import Floats, Interactions, Ints

from .boosting import FittedOrdinal, OrdinalBoosting

Tables = Sequence[ArrayLike]  # (rows, d) each: metadata of users, or of items
STACK_NEIGHBOURS = UserKnn(PearsonBaseline(), centring=Centring.BASELINE)
_PRIOR = 5.0  # the global mean counts as this many ratings in a user's or an item's mean


@dataclass(frozen=True)
class Stack:
    """The settings of the parts and the number of inner folds."""

    factors: OrdinalFactors = field(default_factory=OrdinalFactors)
    on_users: UserKnn = STACK_NEIGHBOURS
    on_items: UserKnn = STACK_NEIGHBOURS
    boosting: OrdinalBoosting = field(default_factory=OrdinalBoosting)
    folds: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        if self.folds < 2:
            raise InvalidInput(f"A stack needs at least 2 inner folds; got {self.folds}.")

    def fit(self, ratings: Interactions, users: Tables = (), items: Tables = ()) -> "FittedStack":
        """Fits all parts; `users`, `items` are metadata tables. Needs at least as many ratings as folds."""
        if len(ratings.values) < self.folds:
            raise InvalidInput(
                f"A stack of {self.folds} inner folds needs as many ratings; got {len(ratings.values)}."
            )
        learnt = Levels.of(ratings.values)
        held = _held_out(ratings, self.folds, np.random.default_rng(self.seed))
        cells: list[Floats] = []
        for fold, cases in enumerate(held):
            # one chain is enough to learn how reliable the factors are
            inner = self._parts(
                _without(ratings, cases), users, items, learnt, chains=1, seed=self.seed + 1 + fold
            )
            cells.append(inner.features(ratings.users[cases], ratings.indices[cases]))
        order = np.concatenate(held)
        boosted = self.boosting.fit(np.concatenate(cells), ratings.values[order])
        return FittedStack(
            self._parts(ratings, users, items, learnt, chains=self.factors.chains, seed=self.seed), boosted
        )

    def _parts(
        self, ratings: Interactions, users: Tables, items: Tables, levels: Levels, chains: int, seed: int
    ) -> "_Parts":
        turned = transposed(ratings)
        return _Parts(
            replace(self.factors, chains=chains, seed=seed).fit(ratings, users, items),
            self.on_users.fit(ratings),
            self.on_items.fit(turned),
            _profiles(ratings, levels),
            _profiles(turned, levels),
            levels,
        )


def _held_out(ratings: Interactions, folds: int, rng: np.random.Generator) -> list[Ints]:
    """The cells that are held out in each inner fold, ascending."""
    part = rng.permutation(np.arange(len(ratings.values)) % folds)
    return [np.flatnonzero(part == fold) for fold in range(folds)]


def _without(ratings: Interactions, cells: Ints) -> Interactions:
    """The matrix without these cells."""
    return Interactions.from_triples(
        np.delete(ratings.users, cells),
        np.delete(ratings.indices, cells),
        np.delete(ratings.values, cells),
        n_users=ratings.n_users,
        n_items=ratings.n_items,
        scale=ratings.scale,
    )


def _profiles(ratings: Interactions, levels: Levels) -> Floats:
    """(n_users, L + 2): log count, mean and spread of the ratings; share of each level but the last."""
    users, n = ratings.users, ratings.n_users
    some, level = np.maximum(ratings.user_counts, 1), levels.index(ratings.values)
    sums = np.bincount(users, weights=ratings.values, minlength=n)
    means = (sums + _PRIOR * ratings.global_mean) / (ratings.user_counts + _PRIOR)
    squares = np.bincount(users, weights=(ratings.values - ratings.user_means[users]) ** 2, minlength=n)
    shares = [np.bincount(users, weights=level == k, minlength=n) / some for k in range(len(levels) - 1)]
    return np.column_stack([np.log1p(ratings.user_counts), means, np.sqrt(squares / some), *shares])


@dataclass(frozen=True, eq=False)
class _Parts:
    """All parts, fitted to one matrix."""

    factors: FittedOrdinalFactors
    on_users: FittedUserKnn
    on_items: FittedUserKnn
    users: Floats  # profiles
    items: Floats
    levels: Levels  # of all training ratings; an inner fold may contain fewer

    def features(self, users: ArrayLike, items: ArrayLike) -> Floats:
        """(n, d): the features of each pair; a part without data uses its fallback."""
        rows, columns = np.asarray(users, dtype=np.int64), np.asarray(items, dtype=np.int64)
        table = self.factors.probabilities(rows, columns)
        met = self.factors.levels
        mean = met.mean(table)
        spread = np.sqrt(np.maximum(table @ met.values**2 - mean**2, 0.0))
        upto = np.column_stack([np.zeros(len(table)), np.cumsum(table, axis=1)])
        below = upto[:, np.searchsorted(met.values, self.levels.values[:-1], side="right")]
        said = [self.on_users.predict(rows, columns), self.on_items.predict(columns, rows)]
        neighbours = [part for found in said for part in (found.values, found.neighbours)]
        return np.column_stack([mean, spread, below, *neighbours, self.users[rows], self.items[columns]])


@dataclass(frozen=True, eq=False)
class FittedStack:
    """A `Stack` fitted to one matrix of ratings."""

    parts: _Parts
    boosted: FittedOrdinal

    @property
    def levels(self) -> Levels:
        """The levels of the columns of `probabilities`."""
        return self.parts.levels

    def probabilities(self, users: ArrayLike, items: ArrayLike) -> Floats:
        """(n, L): P(level) of each pair of a user row and an item row."""
        boosted = self.boosted.probabilities(self.parts.features(users, items))
        return (boosted + self.parts.factors.probabilities(users, items)) / 2

    def predict(self, users: ArrayLike, items: ArrayLike) -> Floats:
        """(n,): the expected rating."""
        return self.levels.mean(self.probabilities(users, items))
