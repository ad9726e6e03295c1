"""The contract of every network: settings, `fit`, and a fitted one that predicts, recommends, is saved and loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recommender.engine.errors import CannotLearn, InvalidInput
from recommender.engine.rank import best_of_each
from recommender.engine.types import Floats, Interactions, Ints, Scale, checked_pairs, checked_rows

from .layers import STRANGER, TABLES, Weight, Weights, logit, rows_of, sigmoid
from .metadata import Encoder, Table
from .settings import Epoch, Settings, Target

CHUNK = 65_536  # pairs that are predicted at a time
LEAST = 20  # ratings below which nothing is learnt
USUAL_SPAN = Scale().span  # on another scale a rating is learnt in its share of this, so settings mean the same


class Reason(IntEnum):
    """Which rule gave a prediction."""

    NETWORK = 0
    UNKNOWN_USER = 1  # the training met no rating of the user (or gave no field): the average person answers
    UNKNOWN_ITEM = 2  # nobody rated the item in the training: the average item answers
    UNKNOWN_BOTH = 3


OnEpoch = Callable[[Epoch, "FittedNetwork"], None]


def unheard(_epoch: Epoch, _reached: "FittedNetwork") -> None:
    """Nobody is told of the epochs."""


@dataclass(frozen=True)
class Network(Settings):
    """Settings that can be fitted."""

    def fit(
        self,
        ratings: Interactions,
        rng: np.random.Generator,
        metadata: Table | None = None,
        on_epoch: OnEpoch = unheard,
        items: Floats | None = None,
    ) -> "FittedNetwork":
        """Learn `ratings`, whose rows are the rows of `metadata`; the same generator gives the same weights.

        `items` (n_items, k) is where the embeddings of the items begin in place of chance: what is alike there is
        learnt about together, and an item without a rating is answered as itself.
        Raises CannotLearn, in one sentence, for too little data, for a single class and for a loss that is not finite.
        """
        from .training import train  # JAX is needed to learn, and for nothing else

        targets, offset = self._targets(ratings)
        encoder, about = None, None
        if self.reads_metadata:
            if metadata is None or len(metadata) != ratings.n_users:
                raise InvalidInput("This network needs the metadata of every user: one row each.")
            encoder = Encoder.fit(metadata[ratings.user_counts > 0])
            about = encoder.encode(metadata)
        start = self.start(rng, ratings.n_users, ratings.n_items, encoder.width if encoder else 0)
        known = ratings.user_counts > 0, ratings.item_counts > 0
        if items is not None:
            start = {name: _begun(name, weight, items) for name, weight in start.items()}
            known = known[0], np.ones(ratings.n_items, dtype=bool)

        def reached(weights: Weights) -> FittedNetwork:
            averaged = {name: _with_stranger(name, weight, *known) for name, weight in weights.items()}
            seen = ratings.indptr, ratings.indices
            fitted = FittedNetwork(self, averaged, offset, ratings.scale, *known, *seen, encoder)
            return fitted.about(metadata) if metadata is not None and encoder else fitted

        def told(epoch: Epoch, weights: Weights) -> None:
            on_epoch(epoch, reached(weights))

        return reached(train(self, start, ratings, targets, offset, about, rng, told))

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> "FittedNetwork":
        """The model that `FittedNetwork.to_arrays` gave, under these settings."""
        weights = {key.removeprefix("weight."): value for key, value in arrays.items() if key.startswith("weight.")}
        encoder = {key.removeprefix("encoder."): value for key, value in arrays.items() if key.startswith("encoder.")}
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
        """What each cell should score, and the score that all begin from: mean, or log-odds of the liked."""
        if len(ratings.values) < LEAST:
            raise CannotLearn(f"There are {len(ratings.values)} ratings; a network needs at least {LEAST}.")
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
    """What was predicted and why: ratings on the scale, or the chance to be liked; the arrays have one shape."""

    values: Floats
    reasons: NDArray[np.uint8]  # of Reason


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """A `Network` with its weights. Needs numpy alone."""

    settings: Network
    weights: Weights
    offset: float
    scale: Scale
    known_users: NDArray[np.bool_]
    known_items: NDArray[np.bool_]
    indptr: Ints  # what each user rated: never recommended again
    indices: NDArray[np.int32]
    encoder: Encoder | None
    people: Weight | None = None  # encoded metadata of the rows; it is not saved

    @property
    def n_items(self) -> int:
        """How many items it can answer for."""
        return len(self.known_items)

    def about(self, metadata: Table) -> "FittedNetwork":
        """A loaded network with the metadata of its people again: one row each, in the rows of the training."""
        if len(metadata) != len(self.indptr) - 1:
            raise InvalidInput(f"The training knew {len(self.indptr) - 1} people; got metadata of {len(metadata)}.")
        return replace(self, people=self._encoded(metadata), known_users=metadata.known)

    def strangers(self, metadata: Table) -> "FittedNetwork":
        """The same network with these people as its rows in place of those of the training; they rated nothing."""
        nothing = np.zeros(len(metadata) + 1, dtype=np.int64)
        people = self._encoded(metadata)
        return replace(self, people=people, known_users=metadata.known, indptr=nothing, indices=self.indices[:0])

    def predict(self, users: ArrayLike, items: ArrayLike) -> NetworkPredictions:
        """(n,): pairs of a user row and an item; a row of -1 is somebody, or something, the training never met."""
        user_rows, item_rows = checked_pairs(users, items, len(self.known_users), self.n_items, lowest=STRANGER)
        strange = self._strange(user_rows, self.known_users) + 2 * self._strange(item_rows, self.known_items)
        if self.encoder is None:
            user_rows = np.where(strange & 1, STRANGER, user_rows)
        item_rows = np.where(strange & 2, STRANGER, item_rows)
        scores = np.empty(len(user_rows))
        for start in range(0, len(scores), CHUNK):
            part = slice(start, start + CHUNK)
            rows = rows_of(self.weights, user_rows[part], item_rows[part])
            scores[part] = self._scored(rows, user_rows[part])
        return NetworkPredictions(self._answers(scores), strange.astype(np.uint8))

    def predict_all(self, user: int) -> Floats:
        """(n_items,): what `predict` gives for this row and every item in turn, several times as fast."""
        row = checked_rows("user", [user], len(self.known_users), lowest=STRANGER)
        stranger = self.encoder is None and self._strange(row, self.known_users)[0]
        rows = {
            name: table[[STRANGER if stranger else user]] if name.startswith("user.") else table
            for name, table in self.weights.items()
            if name.startswith(TABLES)
        }
        scores = self._scored(rows, row)
        return self._answers(np.where(self.known_items, scores[:-1], scores[STRANGER]))

    def recommend(
        self, users: ArrayLike, n: int, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int32], Floats]:
        """The n best items that each user has not rated, best first, and their values: (len(users), n) both.

        `mask` (n_items,) is False where an item may not be recommended. Ties go to the lower item; -1 and NaN fill up.
        """

        def scores(row: int) -> Floats:
            found = self.predict_all(row)
            if row != STRANGER:
                found[self.indices[self.indptr[row] : self.indptr[row + 1]]] = -np.inf
            return found

        rows = checked_rows("user", users, len(self.known_users), lowest=STRANGER)
        return best_of_each(map(scores, rows.tolist()), self.n_items, n, mask)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Weights and what a loaded model needs beside them; nobody's metadata. `Network.load` takes them."""
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

    def _encoded(self, metadata: Table) -> Weight:
        if self.encoder is None:
            raise InvalidInput("This network does not read metadata.")
        return self.encoder.encode(metadata)

    def _answers(self, scores: Floats) -> Floats:
        return sigmoid(scores) if self.settings.target is Target.LIKED else self.scale.clip(scores)

    def _scored(self, rows: Weights, users: Ints) -> Floats:
        """Scores of pairs by the tables' rows of them; `users` may be one for all."""
        about = None
        if self.encoder is not None:
            if self.people is None:
                raise InvalidInput("This network needs the people's metadata: give it with `about`.")
            about = np.where((users == STRANGER)[:, None], np.float32(0), self.people[users])
        scores: Floats = self.settings.score(self.weights, rows, about)
        unit = self.scale.span / USUAL_SPAN if self.settings.target is Target.RATING else 1.0
        return np.asarray(scores, dtype=np.float64) * unit + self.offset

    @staticmethod
    def _strange(rows: Ints, known: NDArray[np.bool_]) -> Ints:
        return np.where((rows == STRANGER) | ~known[rows] if len(known) else rows == STRANGER, 1, 0)


def _begun(name: str, weight: Weight, items: Floats) -> Weight:
    """An embedding of the items with these in its first columns; any other weight as it is."""
    if not name.startswith("item.") or weight.ndim != 2:
        return weight
    if items.ndim != 2 or len(items) != len(weight) - 1 or not np.isfinite(items).all():
        raise InvalidInput(f"Embeddings begin at finite numbers, one row for each of the {len(weight) - 1} items.")
    width = min(weight.shape[1], items.shape[1])
    weight[:-1, :width] = items[:, :width]
    return weight


def _with_stranger(name: str, weight: Weight, users: NDArray[np.bool_], items: NDArray[np.bool_]) -> Weight:
    """A table whose last row is the mean of the rows that were taught."""
    if name.startswith(("user.", "item.")):
        taught = users if name.startswith("user.") else items
        weight = np.array(weight)
        weight[STRANGER] = weight[:-1][taught].mean(axis=0)
    return weight
