"""User-based collaborative filtering: what the most similar users who rated an image say about it (algorithms.md 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .baseline import Baselines
from .errors import InvalidInput
from .neighbours import nearness
from .similarity import Cosine, Measure, SimilarityIndex
from .types import Floats, Interactions, Ints


class Reason(IntEnum):
    """Which rule gave a prediction."""

    NEIGHBOURS = 0
    USER_MEAN = 1  # nobody similar rated it
    ITEM_MEAN = 2  # the user rated nothing
    GLOBAL_MEAN = 3  # the user rated nothing, and nobody rated it
    BASELINE = 4  # nobody similar rated it, and the model is centred on baselines


class Centring(StrEnum):
    """What is taken off the neighbours' ratings and the user's own put back."""

    NONE = "none"  # weighted mean (003)
    MEAN = "mean"  # mean(v) (001, eq. 2; 002)
    BASELINE = "baseline"  # b(v,i)


@dataclass(frozen=True, eq=False)
class Predictions:
    """What was predicted and why; the arrays have one shape."""

    values: Floats
    reasons: NDArray[np.uint8]  # of Reason
    neighbours: NDArray[np.int32]  # how many answered
    neighbours_mean: Floats  # the plain mean of what they gave; NaN without any

    def __getitem__(self, key: Any) -> "Predictions":
        return Predictions(self.values[key], self.reasons[key], self.neighbours[key], self.neighbours_mean[key])

    @classmethod
    def stack(cls, rows: Sequence["Predictions"], n_items: int) -> "Predictions":
        """(n, n_items) from n predictions of (n_items,)."""
        shape = (len(rows), n_items)
        return cls(
            np.array([row.values for row in rows], dtype=np.float64).reshape(shape),
            np.array([row.reasons for row in rows], dtype=np.uint8).reshape(shape),
            np.array([row.neighbours for row in rows], dtype=np.int32).reshape(shape),
            np.array([row.neighbours_mean for row in rows], dtype=np.float64).reshape(shape),
        )


@dataclass(frozen=True)
class UserKnn:
    """The k most similar users with similarity > 0 who rated the image; `centring` says how they are averaged."""

    measure: Measure = field(default_factory=Cosine)
    significance: int = 0
    neighbours: int = 40
    centring: Centring = Centring.NONE

    def __post_init__(self) -> None:
        if self.neighbours < 1:
            raise InvalidInput(f"A prediction needs room for at least one neighbour; got {self.neighbours}.")

    def fit(self, ratings: Interactions) -> "FittedUserKnn":
        """Lay out `ratings`; there is nothing to optimise."""
        return FittedUserKnn(self, ratings, SimilarityIndex(ratings, self.measure, self.significance))

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> "FittedUserKnn":
        """The model that `FittedUserKnn.to_arrays` gave, under these settings."""
        return self.fit(Interactions.from_arrays(arrays))


@dataclass(eq=False)
class FittedUserKnn:
    """A `UserKnn` on one matrix of ratings."""

    settings: UserKnn
    ratings: Interactions
    index: SimilarityIndex

    def predict_user(self, items: ArrayLike, values: ArrayLike, row: int | None = None) -> Predictions:
        """(n_items,): one person's ratings as they are now, whether the matrix knows the person or not.

        `row` is the person's row in the matrix, if any, so that they are not their own neighbour. Rated items are
        predicted too: the own rating is in the mean but never among the neighbours.
        """
        person = self.ratings.person(items, values)
        return self._answer(person, self.index.similarities_to(items, values, row))

    def predict_rows(self, rows: ArrayLike) -> Predictions:
        """(len(rows), n_items): all items for rows of the matrix."""
        users = [int(row) for row in np.asarray(rows, dtype=np.int64)]
        answers = [self._answer(self.ratings.rows(row, row + 1), self.index.block(row, row + 1)[0]) for row in users]
        return Predictions.stack(answers, self.ratings.n_items)

    def predict(self, users: ArrayLike, items: ArrayLike) -> Predictions:
        """(n,): pairs of a row of the matrix and an item."""
        rows, places = np.unique(np.asarray(users, dtype=np.int64), return_inverse=True)
        return self.predict_rows(rows)[places, np.asarray(items, dtype=np.int64)]

    def recommend(
        self, users: ArrayLike, n: int, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int32], Floats]:
        """The n best items that each user has not rated, best first, and their values: (len(users), n) both.

        `mask` (n_items,) is False where an item may not be recommended. Ties go to the lower item; -1 and NaN fill up.
        """
        rows = np.asarray(users, dtype=np.int64)
        best, values = np.full((len(rows), n), -1, dtype=np.int32), np.full((len(rows), n), np.nan)
        for place, row in enumerate(rows):
            scores = self.predict_rows([row]).values[0]
            allowed = np.ones(self.ratings.n_items, dtype=bool) if mask is None else mask.copy()
            allowed[self.ratings.row(int(row))[0]] = False
            candidates = np.flatnonzero(allowed)
            order = candidates[np.argsort(-scores[candidates], kind="stable")[:n]]
            best[place, : len(order)], values[place, : len(order)] = order, scores[order]
        return best, values

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The ratings, which are the model; `UserKnn.load` takes them."""
        return self.ratings.to_arrays()

    @cached_property
    def _baselines(self) -> Baselines:
        return Baselines.fit(self.ratings)

    @cached_property
    def _residuals(self) -> Floats:
        """What each rating of the matrix says beyond its centre."""
        if self.settings.centring is Centring.NONE:
            return self.ratings.values
        if self.settings.centring is Centring.MEAN:
            return self.ratings.values - self.ratings.user_means[self.ratings.users]
        return self.ratings.values - self._baselines.cells(self.ratings)

    def _centre(self, person: Interactions) -> Floats | float:
        if self.settings.centring is Centring.NONE:
            return 0.0
        if self.settings.centring is Centring.MEAN:
            return float(person.user_means[0])
        return self._baselines.mean + float(self._baselines.users(person)[0]) + self._baselines.items

    def _fallback(self, person: Interactions) -> tuple[Floats, NDArray[np.uint8]]:
        """The answer for each item that no neighbour rated, and by which rule."""
        n = self.ratings.n_items
        if self.settings.centring is Centring.BASELINE:
            return np.broadcast_to(self._centre(person), n), np.full(n, Reason.BASELINE, dtype=np.uint8)
        if len(person.values):
            return np.full(n, person.user_means[0]), np.full(n, Reason.USER_MEAN, dtype=np.uint8)
        rated = self.ratings.item_counts > 0
        return self.ratings.item_means, np.where(rated, Reason.ITEM_MEAN, Reason.GLOBAL_MEAN).astype(np.uint8)

    def _answer(self, person: Interactions, similarities: Floats) -> Predictions:
        items, users, cells = self._chosen(similarities)
        n, weights = self.ratings.n_items, similarities[users]
        total = np.bincount(items, weights=weights, minlength=n)
        said = np.bincount(items, weights=weights * self._residuals[cells], minlength=n)
        counts = np.bincount(items, minlength=n)
        given = np.bincount(items, weights=self.ratings.values[cells], minlength=n)
        fallback, rules = self._fallback(person)
        answered, nothing = counts > 0, np.full(n, np.nan)
        values = self._centre(person) + np.divide(said, total, out=np.zeros(n), where=answered)
        return Predictions(
            self.ratings.scale.clip(np.where(answered, values, fallback)),
            np.where(answered, np.uint8(Reason.NEIGHBOURS), rules),
            counts.astype(np.int32),
            np.divide(given, counts, out=nothing, where=answered),
        )

    def _chosen(self, similarities: Floats) -> tuple[Ints, Ints, Ints]:
        """(item, user, cell of the matrix) of every rating that the predictions rest on: an item's k nearest raters.

        The cells of all positive neighbours are laid out nearest first; turning rows into columns is a counting sort,
        which keeps that order within each item, so the k nearest raters of an item are the first k of its column.
        """
        near = nearness(similarities)
        positive = np.flatnonzero(near)
        ranked = positive[np.argsort(-near[positive])]
        starts, lengths = self.ratings.indptr[ranked], self.ratings.user_counts[ranked]
        indptr = np.concatenate([[0], np.cumsum(lengths)])
        cells = np.repeat(starts - indptr[:-1], lengths) + np.arange(indptr[-1])
        shape = (len(ranked), self.ratings.n_items)
        columns = sparse.csr_array((cells, self.ratings.indices[cells], indptr), shape=shape).tocsc()
        counts = np.diff(columns.indptr)
        kept = np.arange(len(cells)) - np.repeat(columns.indptr[:-1], counts) < self.settings.neighbours
        items = np.repeat(np.arange(self.ratings.n_items), counts)[kept]
        return items, ranked[columns.indices[kept]], columns.data[kept]
