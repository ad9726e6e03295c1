"""User-based collaborative filtering: predictions from the most similar raters (docs/algorithms.md)."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import kernels
from .baseline import Baselines
from .demographics import AgeGenderWeight, People
from .errors import InvalidInput
from .neighbours import nearest
from .rank import best
from .similarity import BLOCK_BYTES, Cosine, Similarity, SimilarityIndex
from .tiles import threads
from .types import Floats, Interactions, Ints, Neighbours, checked_pairs, checked_rows

_BLOCK = 64  # rows that are predicted together
Result = TypeVar("Result")


class KnnRule(IntEnum):
    """Which rule gave a prediction."""

    NEIGHBOURS = 0
    USER_MEAN = 1  # no similar user rated the item
    ITEM_MEAN = 2  # the user has no ratings
    GLOBAL_MEAN = 3  # neither the user nor the item has ratings
    BASELINE = 4  # no similar user rated the item, and the model is centred on baselines


class Centring(StrEnum):
    """The centre subtracted from the neighbours' ratings; the user's own centre is added afterwards."""

    NONE = "none"  # weighted mean (003)
    MEAN = "mean"  # mean(v) (001, eq. 2; 002)
    BASELINE = "baseline"  # b(v,i)


@dataclass(frozen=True, eq=False)
class KnnPredictions:
    """Predictions and the rule that gave each; all arrays have the same shape."""

    values: Floats
    reasons: NDArray[np.uint8]  # of Reason
    neighbours: NDArray[np.int32]  # how many neighbours rated the item
    neighbours_mean: Floats  # the plain mean of their ratings; NaN without neighbours

    def __getitem__(self, key: Any) -> "KnnPredictions":
        return KnnPredictions(
            self.values[key], self.reasons[key], self.neighbours[key], self.neighbours_mean[key]
        )

    @classmethod
    def join(cls, parts: Sequence["KnnPredictions"]) -> "KnnPredictions":
        """Predictions concatenated along their first axis."""
        fields = ("values", "reasons", "neighbours", "neighbours_mean")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))


@dataclass(frozen=True)
class UserKnn:
    """Predicts from the k most similar users with similarity > 0 who rated the image.

    `centring` sets how their ratings are averaged. `demographics` multiplies each similarity by a factor of
    both users' age and gender before the k are chosen. With `reach`, raters are searched among that many most
    similar users only; 0 means all users. `shrinkage` is kappa: the deviation that n neighbours predict is
    multiplied by n / (n + kappa), so that one neighbour does not count as much as forty; 0, as in the papers,
    is off. Without centring, `shrinkage` has no effect.
    """

    measure: Similarity = field(default_factory=Cosine)
    significance: int = 0
    neighbours: int = 40
    centring: Centring = Centring.NONE
    demographics: AgeGenderWeight | None = None
    reach: int = 0
    shrinkage: float = 0.0

    def __post_init__(self) -> None:
        if self.neighbours < 1:
            raise InvalidInput(f"A prediction needs room for at least one neighbour; got {self.neighbours}.")
        if self.reach < 0:
            raise InvalidInput(f"The reach is a number of users, 0 for all; got {self.reach}.")
        if not (np.isfinite(self.shrinkage) and self.shrinkage >= 0):
            raise InvalidInput(f"The shrinkage is a finite number, 0 or more; got {self.shrinkage}.")

    def fit(self, ratings: Interactions, people: People | None = None) -> "FittedUserKnn":
        """Prepares `ratings`; nothing is optimised. `people` are the matrix's users, for `demographics`."""
        if people is not None and len(people.ages) != ratings.n_users:
            raise InvalidInput(f"There are {ratings.n_users} users and {len(people.ages)} people.")
        index = SimilarityIndex(ratings, self.measure, self.significance)
        return FittedUserKnn(self, ratings, index, people or People.unknown(ratings.n_users))

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> "FittedUserKnn":
        """The model with these settings from the arrays of `FittedUserKnn.to_arrays`."""
        return self.fit(Interactions.from_arrays(arrays), People.from_arrays(arrays))


@dataclass(eq=False)
class FittedUserKnn:
    """A `UserKnn` fitted to one matrix of ratings."""

    settings: UserKnn
    ratings: Interactions
    index: SimilarityIndex
    people: People

    def predict_user(
        self, items: ArrayLike, values: ArrayLike, row: int | None = None, person: People | None = None
    ) -> KnnPredictions:
        """(n_items,): predictions of all items for a person with these ratings, in the matrix or not.

        `row` is the person's row in the matrix, if any, so that the person is not their own neighbour. Rated
        items are predicted too: the person's own rating is in the mean, but the person is never a neighbour.
        """
        return self.predict_from(
            self.nearest_to(items, values, row, person), self.ratings.person(items, values)
        )[0]

    def nearest_to(
        self, items: ArrayLike, values: ArrayLike, row: int | None = None, person: People | None = None
    ) -> Neighbours:
        """(1, k): the users within reach of a person with these ratings."""
        similarities = self.index.similarities_to(items, values, row)[None]
        if person is None and row is not None:
            person = self.people.take(np.array([row]))
        return self._within_reach(similarities, person or People.unknown(1))

    def nearest(self, rows: ArrayLike) -> Neighbours:
        """(len(rows), k): the users within reach of these rows of the matrix."""
        users = self._rows(rows)
        return self._within_reach(self.index.of(users), self.people.take(users))

    def predict_rows(self, rows: ArrayLike) -> KnnPredictions:
        """(len(rows), n_items): predictions of all items for these rows of the matrix."""
        users = self._rows(rows)

        def of(part: Ints) -> KnnPredictions:
            return self.predict_from(self.nearest(part), self.ratings.take(part))

        return KnnPredictions.join(self._in_blocks(users, of))

    def predict(self, users: ArrayLike, items: ArrayLike) -> KnnPredictions:
        """(n,): predictions of n pairs of a row of the matrix and an item."""
        wanted, columns = checked_pairs(users, items, self.ratings.n_users, self.ratings.n_items)
        order = np.argsort(wanted, kind="stable")
        rows, starts, counts = np.unique(wanted[order], return_index=True, return_counts=True)

        def of(block: Ints) -> KnnPredictions:
            block_rows = np.repeat(np.arange(len(block)), counts[block])
            cells = order[starts[block].min(initial=len(order)) + np.arange(len(block_rows))]
            part = rows[block]
            return self.predict_from(self.nearest(part), self.ratings.take(part))[block_rows, columns[cells]]

        back = np.empty(len(order), dtype=np.int64)
        back[order] = np.arange(len(order))
        return KnnPredictions.join(self._in_blocks(np.arange(len(rows)), of))[back]

    def predict_from(self, nearest: Neighbours, persons: Interactions) -> KnnPredictions:
        """(persons, n_items): predictions for persons with these ratings; `nearest` has one row for each."""
        shape = persons.n_users, self.ratings.n_items
        counts, sums = np.empty(shape, dtype=np.int32), np.empty((3, *shape))
        kernels.sum_rows(
            nearest.rows,
            nearest.similarities,
            self.ratings.indptr,
            self.ratings.indices,
            self.ratings.values,
            self._residuals,
            self.settings.neighbours,
            counts,
            sums,
        )
        weighted_deviations, weights, ratings = sums
        fallback, rules = self._fallback(persons)
        predicted = counts > 0
        deviations = np.divide(weighted_deviations, weights, out=weighted_deviations, where=predicted)
        if self.settings.centring is not Centring.NONE and self.settings.shrinkage:
            deviations *= counts / (counts + self.settings.shrinkage)
        values = self._centre(persons) + deviations
        return KnnPredictions(
            self.ratings.scale.clip(np.where(predicted, values, fallback)),
            np.where(predicted, np.uint8(KnnRule.NEIGHBOURS), rules),
            counts,
            np.divide(ratings, counts, out=np.full(shape, np.nan), where=predicted),
        )

    def without_neighbours(self, persons: Interactions) -> Floats:
        """(persons, n_items): what is predicted of an item that no neighbour rated."""
        return np.broadcast_to(self._fallback(persons)[0], (persons.n_users, self.ratings.n_items))

    def recommend(
        self, users: ArrayLike, n: int, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int32], Floats]:
        """The n best items that each user has not rated, best first, and their values: (len(users), n) both.

        `mask` (n_items,) is False for items that may not be recommended. Ties go to the lower item. Missing
        items are -1, their values NaN.
        """
        rows = self._rows(users)

        def of(part: Ints) -> tuple[NDArray[np.int32], Floats]:
            rated = self.ratings.take(part)
            scores = self.predict_from(self.nearest(part), rated).values
            scores[rated.users, rated.indices] = -np.inf
            return best(scores, n, mask)

        items, values = zip(*self._in_blocks(rows, of), strict=True)
        return np.concatenate(items), np.concatenate(values)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The model as plain arrays, which are the ratings and the people; for `UserKnn.load`."""
        return self.ratings.to_arrays() | self.people.to_arrays()

    def _rows(self, given: ArrayLike) -> Ints:
        return checked_rows("user", given, self.ratings.n_users)

    def _in_blocks(self, rows: Ints, work: Callable[[Ints], Result]) -> list[Result]:
        """The results of `work` on blocks of `rows`, in order. No rows give one empty block."""
        size = max(
            1, min(_BLOCK, BLOCK_BYTES // (8 * max(self.ratings.n_users + 6 * self.ratings.n_items, 1)))
        )
        with ThreadPoolExecutor(threads()) as pool:
            return list(
                pool.map(work, [rows[start : start + size] for start in range(0, max(len(rows), 1), size)])
            )

    def _within_reach(self, similarities: Floats, people: People) -> Neighbours:
        weights = self.settings.demographics
        if weights is not None:
            similarities = similarities * weights.between(people, self.people)
        return nearest(similarities, self.settings.reach or max(self.ratings.n_users, 1))

    @cached_property
    def _baselines(self) -> Baselines:
        return Baselines.fit(self.ratings)

    @cached_property
    def _residuals(self) -> Floats:
        """The deviation of each rating of the matrix from its centre."""
        if self.settings.centring is Centring.NONE:
            return self.ratings.values
        if self.settings.centring is Centring.MEAN:
            return self.ratings.values - self.ratings.user_means[self.ratings.users]
        return self.ratings.values - self._baselines.cells(self.ratings)

    def _centre(self, persons: Interactions) -> Floats | float:
        if self.settings.centring is Centring.NONE:
            return 0.0
        if self.settings.centring is Centring.MEAN:
            return persons.user_means[:, None]
        return self._baselines.mean + self._baselines.users(persons)[:, None] + self._baselines.items

    def _fallback(self, persons: Interactions) -> tuple[Floats, NDArray[np.uint8]]:
        """The prediction for each item that no neighbour rated, and the rule that gave it."""
        if self.settings.centring is Centring.BASELINE:
            return np.asarray(self._centre(persons)), np.array(KnnRule.BASELINE, dtype=np.uint8)
        by_item = np.where(self.ratings.item_counts > 0, KnnRule.ITEM_MEAN, KnnRule.GLOBAL_MEAN)
        has_mean = persons.user_counts[:, None] > 0
        values = np.where(has_mean, persons.user_means[:, None], self.ratings.item_means)
        return values, np.where(has_mean, KnnRule.USER_MEAN, by_item).astype(np.uint8)
