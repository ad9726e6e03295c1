"""What a network is told before it learns: how, what, and by which score."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from recommender.engine.errors import InvalidInput

from .layers import Array, Weights


class Target(StrEnum):
    """What the network is taught."""

    RATING = "rating"  # the rating itself; squared error
    LIKED = "liked"  # 1 from `liked_from` on, else 0; binary cross-entropy (000, eq. 4)


@dataclass(frozen=True)
class Epoch:
    """One pass over the training pairs; `held_out` is None without pairs held out."""

    number: int
    loss: float
    held_out: float | None


@dataclass(frozen=True)
class Training:
    """How weights are found: Adam over shuffled batches, whole epochs in one compiled scan.

    `held_out` is the share of the pairs kept aside to stop at: after `patience` epochs without a lower loss on them the
    weights of the best epoch are taken. `decay` is L2 on the embeddings that a pair uses. `negatives` unrated items are
    drawn anew as 0 for each liked one. `lazy` moves only the embeddings that a batch uses (decision 0011).
    """

    epochs: int = 20
    batch: int = 128
    learning_rate: float = 1e-3
    decay: float = 0.0
    layer_decay: float = 0.0
    held_out: float = 0.0
    patience: int = 2
    negatives: int = 0
    lazy: bool = False

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch, self.patience) < 1 or self.negatives < 0:
            raise InvalidInput("Epochs, batch and patience are at least 1, and negatives at least 0.")
        if not (0 < self.learning_rate < np.inf and 0 <= self.held_out < 1):
            raise InvalidInput("The learning rate is positive and the share held out in 0 .. 1.")
        if not (0 <= self.decay < np.inf and 0 <= self.layer_decay < np.inf):
            raise InvalidInput("A decay is at least 0.")


@dataclass(frozen=True)
class Settings(ABC):
    """Settings of a network. A subclass gives the start of its weights and the score of pairs."""

    training: Training = field(default_factory=Training)
    target: Target = Target.LIKED
    liked_from: float = 4.0  # on the scale of the ratings; only for Target.LIKED

    @abstractmethod
    def start(self, rng: np.random.Generator, n_users: int, n_items: int, n_fields: int) -> Weights:
        """Weights before training, float32."""

    @abstractmethod
    def score(self, weights: Weights, rows: Weights, about: Array | None) -> Array:
        """(n,) scores of n pairs from the tables' `rows` of them; `about` is their users' metadata, (n, n_fields)."""

    @property
    def reads_metadata(self) -> bool:
        """Whether `fit` needs a table of metadata."""
        return False
