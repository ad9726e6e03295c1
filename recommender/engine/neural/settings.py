"""The settings of a network: training, target and score."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from recommender.engine.errors import InvalidInput

from .layers import Array, Parameters


class Target(StrEnum):
    """The target of the training."""

    RATING = "rating"  # the rating itself; squared error
    LIKED = "liked"  # 1 for ratings from `liked_from` on, else 0; binary cross-entropy (000, eq. 4)


class Adam(StrEnum):
    """Which embeddings Adam moves in a step; by momentum it moves unused ones, too."""

    ALL = "all"  # the original
    CAUGHT_UP = (
        "caught up"  # the same weights: a user's missed moves are summed up when a batch uses the user
    )
    USED = "used"  # only the embeddings that the batch uses: a different algorithm


@dataclass(frozen=True)
class Epoch:
    """One pass over the training pairs; `held_out` is None without pairs held out."""

    number: int
    loss: float
    held_out: float | None


@dataclass(frozen=True)
class TrainingSettings:
    """The settings of the training: Adam over shuffled batches, one compiled scan for each epoch.

    `held_out` is the share of pairs that are kept for early stopping: after `patience` epochs without a lower
    loss on them, the weights of the best epoch are used. `decay` is the L2 penalty of the embeddings that a
    pair uses. In each epoch, `negatives` unrated items are drawn with target 0 for each liked one. `adam`
    says which embeddings a step moves (decision 11).
    """

    epochs: int = 20
    batch: int = 128
    learning_rate: float = 1e-3
    decay: float = 0.0
    layer_decay: float = 0.0
    held_out: float = 0.0
    patience: int = 2
    negatives: int = 0
    adam: Adam = Adam.ALL

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch, self.patience) < 1 or self.negatives < 0:
            raise InvalidInput("Epochs, batch and patience are at least 1, and negatives at least 0.")
        if not (0 < self.learning_rate < np.inf and 0 <= self.held_out < 1):
            raise InvalidInput("The learning rate is positive and the share held out in 0 .. 1.")
        if not (0 <= self.decay < np.inf and 0 <= self.layer_decay < np.inf):
            raise InvalidInput("A decay is at least 0.")


@dataclass(frozen=True)
class NetworkSettings(ABC):
    """Settings of a network. A subclass defines the initial weights and the score of pairs."""

    training: TrainingSettings = field(default_factory=TrainingSettings)
    target: Target = Target.LIKED
    liked_from: float = 4.0  # on the rating scale; only for Target.LIKED

    @abstractmethod
    def start(self, rng: np.random.Generator, n_users: int, n_items: int, n_fields: int) -> Parameters:
        """The initial weights, float32."""

    @abstractmethod
    def score(self, weights: Parameters, rows: Parameters, metadata: Array | None) -> Array:
        """(n,): the scores of n pairs from their `rows` of the tables; `metadata` (n, n_fields) is their
        metadata.
        """

    @property
    def reads_metadata(self) -> bool:
        """Whether `fit` needs the users' metadata."""
        return False
