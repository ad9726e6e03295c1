"""The base class of all networks (settings with `fit`), and the fitted network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recommender.engine.errors import CannotLearn, InvalidInput
from recommender.engine.rank import best_of_each
from recommender.engine.types import Floats, Interactions, Ints, Scale, checked_pairs, checked_rows

from .layers import TABLES, UNSEEN, Parameters, Weight, logit, rows_of, sigmoid
from .metadata import Encoder, MetadataTable
from .settings import Epoch, NetworkSettings, Target

_CHUNK = 65_536  # pairs that are predicted at a time
MIN_RATINGS = 20  # the smallest number of ratings for a training
USUAL_SPAN = Scale().span  # other scales are rescaled to this span, so that settings mean the same


class NetworkRule(IntEnum):
    """Which rule gave a prediction."""

    NETWORK = 0
    UNKNOWN_USER = 1  # no ratings (or no metadata) of the user: the average user's prediction
    UNKNOWN_ITEM = 2  # no ratings of the item in the training: the average item's prediction
    UNKNOWN_BOTH = 3


OnEpoch = Callable[[Epoch, "FittedNetwork"], None]


def ignore_epoch(_epoch: Epoch, _reached: "FittedNetwork") -> None:
    """Ignores the epochs; the default of `fit`."""


@dataclass(frozen=True)
class Network(NetworkSettings):
    """The settings of a network, which can be fitted."""

    def fit(
        self,
        ratings: Interactions,
        rng: np.random.Generator,
        metadata: MetadataTable | None = None,
        on_epoch: OnEpoch = ignore_epoch,
        items: Floats | None = None,
    ) -> "FittedNetwork":
        """Trains on `ratings`; `metadata` has a row for each user. The same generator gives the same weights.

        `items` (n_items, k) are initial values for the item embeddings, instead of random ones. Then similar
        items share what is learnt, and an item without ratings has its own prediction. Raises CannotLearn,
        with one sentence, for too little data, for a single class and for a loss that is not finite.
        """
        from .training import train  # only the training needs JAX

        targets, offset = self._targets(ratings)
        encoder, encoded = None, None
        if self.reads_metadata:
            if metadata is None or len(metadata) != ratings.n_users:
                raise InvalidInput("This network needs the metadata of every user: one row each.")
            encoder = Encoder.fit(metadata[ratings.user_counts > 0])
            encoded = encoder.encode(metadata)
        start = self.start(rng, ratings.n_users, ratings.n_items, encoder.width if encoder else 0)
        known = ratings.user_counts > 0, ratings.item_counts > 0
        if items is not None:
            start = {name: _with_item_values(name, weight, items) for name, weight in start.items()}
            known = known[0], np.ones(ratings.n_items, dtype=bool)

        def reached(weights: Parameters) -> FittedNetwork:
            averaged = {name: _with_unseen_row(name, weight, *known) for name, weight in weights.items()}
            seen = ratings.indptr, ratings.indices
            fitted = FittedNetwork(self, averaged, offset, ratings.scale, *known, *seen, encoder)
            return fitted.with_metadata(metadata) if metadata is not None and encoder else fitted

        def report(epoch: Epoch, weights: Parameters) -> None:
            on_epoch(epoch, reached(weights))

        return reached(train(self, start, ratings, targets, offset, encoded, rng, report))

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> "FittedNetwork":
        """The network with these settings from the arrays of `FittedNetwork.to_arrays`."""
        weights = {
            key.removeprefix("weight."): value for key, value in arrays.items() if key.startswith("weight.")
        }
        encoder = {
            key.removeprefix("encoder."): value for key, value in arrays.items() if key.startswith("encoder.")
        }
        return FittedNetwork(
            self,
            weights,
            float(arrays["offset"][0]),
            Scale(*arrays["scale"].tolist()),
            arrays["known_users"],
            arrays["known_items"],
            arrays["seen.indptr"],
            arrays["seen.indices"],
            Encoder.from_arrays(encoder) if encoder else None,
        )

    def _targets(self, ratings: Interactions) -> tuple[Weight, float]:
        """The target of each cell, and the offset of all scores: mean, or log-odds of liked ratings."""
        if len(ratings.values) < MIN_RATINGS:
            raise CannotLearn(
                f"There are {len(ratings.values)} ratings; a network needs at least {MIN_RATINGS}."
            )
        if self.target is Target.RATING:
            unit = ratings.scale.span / USUAL_SPAN
            return ((ratings.values - ratings.global_mean) / unit).astype(np.float32), ratings.global_mean
        liked = ratings.values >= self.liked_from
        share = float(liked.mean()) / (1.0 if not self.training.negatives else 1.0 + self.training.negatives)
        if not liked.any() or (liked.all() and not self.training.negatives):
            raise CannotLearn("All ratings are of one class: there is nothing to tell apart.")
        return liked.astype(np.float32), logit(share)


@dataclass(frozen=True, eq=False)
class NetworkPredictions:
    """Predictions (ratings, or probabilities of being liked) and the rule that gave each, in one shape."""

    values: Floats
    reasons: NDArray[np.uint8]  # of Reason


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """A `Network` with its weights. It needs only numpy."""

    settings: Network
    weights: Parameters
    offset: float
    scale: Scale
    known_users: NDArray[np.bool_]
    known_items: NDArray[np.bool_]
    indptr: Ints  # with `indices`: the items that each user rated, which are never recommended
    indices: NDArray[np.int32]
    encoder: Encoder | None
    people: Weight | None = None  # encoded metadata of the rows; it is not saved

    @property
    def n_items(self) -> int:
        """The number of items for which it can predict."""
        return len(self.known_items)

    def with_metadata(self, metadata: MetadataTable) -> "FittedNetwork":
        """A loaded network with the metadata of its users, in the same rows as in the training."""
        if len(metadata) != len(self.indptr) - 1:
            raise InvalidInput(
                f"The training knew {len(self.indptr) - 1} people; got metadata of {len(metadata)}."
            )
        return replace(self, people=self._encoded(metadata), known_users=metadata.known)

    def for_unseen(self, metadata: MetadataTable) -> "FittedNetwork":
        """The same network with rows for these unseen users, without ratings, instead of its own."""
        no_ratings = np.zeros(len(metadata) + 1, dtype=np.int64)
        people = self._encoded(metadata)
        return replace(
            self, people=people, known_users=metadata.known, indptr=no_ratings, indices=self.indices[:0]
        )

    def predict(self, users: ArrayLike, items: ArrayLike) -> NetworkPredictions:
        """(n,): predictions of pairs of a user row and an item row; -1 stands for an unseen user or item."""
        user_rows, item_rows = checked_pairs(users, items, len(self.known_users), self.n_items, lowest=UNSEEN)
        rules = self._unseen(user_rows, self.known_users) + 2 * self._unseen(item_rows, self.known_items)
        if self.encoder is None:
            user_rows = np.where(rules & 1, UNSEEN, user_rows)
        item_rows = np.where(rules & 2, UNSEEN, item_rows)
        scores = np.empty(len(user_rows))
        for start in range(0, len(scores), _CHUNK):
            part = slice(start, start + _CHUNK)
            rows = rows_of(self.weights, user_rows[part], item_rows[part])
            scores[part] = self._scored(rows, user_rows[part])
        return NetworkPredictions(self._to_predictions(scores), rules.astype(np.uint8))

    def predict_all(self, user: int) -> Floats:
        """(n_items,): the result of `predict` for this user row and every item, several times as fast."""
        row = checked_rows("user", [user], len(self.known_users), lowest=UNSEEN)
        unseen = self.encoder is None and self._unseen(row, self.known_users)[0]
        rows = {
            name: table[[UNSEEN if unseen else user]] if name.startswith("user.") else table
            for name, table in self.weights.items()
            if name.startswith(TABLES)
        }
        scores = self._scored(rows, row)
        return self._to_predictions(np.where(self.known_items, scores[:-1], scores[UNSEEN]))

    def recommend(
        self, users: ArrayLike, n: int, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int32], Floats]:
        """The n best items that each user has not rated, best first, and their values: (len(users), n) both.

        `mask` (n_items,) is False for items that may not be recommended. Ties go to the lower item. Missing
        items are -1, their values NaN.
        """

        def scores(row: int) -> Floats:
            values = self.predict_all(row)
            if row != UNSEEN:
                values[self.indices[self.indptr[row] : self.indptr[row + 1]]] = -np.inf
            return values

        rows = checked_rows("user", users, len(self.known_users), lowest=UNSEEN)
        return best_of_each(map(scores, rows.tolist()), self.n_items, n, mask)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The weights and other data for `Network.load` as plain arrays, without the metadata of users."""
        arrays: dict[str, NDArray[Any]] = {f"weight.{name}": weight for name, weight in self.weights.items()}
        if self.encoder is not None:
            arrays |= {f"encoder.{name}": array for name, array in self.encoder.to_arrays().items()}
        return arrays | {
            "offset": np.array([self.offset]),
            "scale": np.array([self.scale.low, self.scale.high]),
            "known_users": self.known_users,
            "known_items": self.known_items,
            "seen.indptr": self.indptr,
            "seen.indices": self.indices,
        }

    def _encoded(self, metadata: MetadataTable) -> Weight:
        if self.encoder is None:
            raise InvalidInput("This network does not read metadata.")
        return self.encoder.encode(metadata)

    def _to_predictions(self, scores: Floats) -> Floats:
        return sigmoid(scores) if self.settings.target is Target.LIKED else self.scale.clip(scores)

    def _scored(self, rows: Parameters, users: Ints) -> Floats:
        """The scores of pairs from their `rows` of the tables; `users` may be one row for all pairs."""
        encoded = None
        if self.encoder is not None:
            if self.people is None:
                raise InvalidInput("This network needs the people's metadata: give it with `with_metadata`.")
            encoded = np.where((users == UNSEEN)[:, None], np.float32(0), self.people[users])
        scores: Floats = self.settings.score(self.weights, rows, encoded)
        unit = self.scale.span / USUAL_SPAN if self.settings.target is Target.RATING else 1.0
        return np.asarray(scores, dtype=np.float64) * unit + self.offset

    @staticmethod
    def _unseen(rows: Ints, known: NDArray[np.bool_]) -> Ints:
        return np.where((rows == UNSEEN) | ~known[rows] if len(known) else rows == UNSEEN, 1, 0)


def _with_item_values(name: str, weight: Weight, items: Floats) -> Weight:
    """The weight; if it is an item embedding, with `items` in its first columns."""
    if not name.startswith("item.") or weight.ndim != 2:
        return weight
    if items.ndim != 2 or len(items) != len(weight) - 1 or not np.isfinite(items).all():
        raise InvalidInput(
            f"Embeddings begin at finite numbers, one row for each of the {len(weight) - 1} items."
        )
    width = min(weight.shape[1], items.shape[1])
    weight[:-1, :width] = items[:, :width]
    return weight


def _with_unseen_row(name: str, weight: Weight, users: NDArray[np.bool_], items: NDArray[np.bool_]) -> Weight:
    """The weight; if it is a table, its last row becomes the mean of the trained rows."""
    if name.startswith(("user.", "item.")):
        trained = users if name.startswith("user.") else items
        weight = np.array(weight)
        weight[UNSEEN] = weight[:-1][trained].mean(axis=0)
    return weight
