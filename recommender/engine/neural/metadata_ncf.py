"""NCF with metadata in place of the user's id (000, section II.2): it also predicts for unseen users."""

from dataclasses import dataclass

import numpy as np

from recommender.engine.errors import InvalidInput
from recommender.engine.types import Floats, Ints

from .layers import Array, Parameters, glorot, head, head_weights, item_weights
from .network import Network
from .settings import Adam, TrainingSettings


@dataclass(frozen=True)
class MetadataNcf(Network):
    """NCF with standardised metadata x_u in place of both user embeddings: x_u V for GMF, x_u for the MLP.

    Only items have embeddings, so no weight belongs to a single user.
    """

    factors: int = 11
    widths: tuple[int, ...] = (32, 64, 32, 16)

    @property
    def reads_metadata(self) -> bool:
        return True

    def start(self, rng: np.random.Generator, n_users: int, n_items: int, n_fields: int) -> Parameters:
        return {
            "projection": glorot(rng, n_fields, self.factors),
            **item_weights(rng, n_items, self.factors),
            **head_weights(rng, n_fields, self.factors, self.widths),
        }

    def score(self, weights: Parameters, rows: Parameters, metadata: Array | None) -> Array:
        if metadata is None:
            raise InvalidInput("This network scores people by their metadata, and none was given.")
        return head(weights, rows, metadata @ weights["projection"], metadata, len(self.widths))


# For predictions for users without ratings, in the lab (`cold-start`) and on the site. Trained on likes, with
# four unrated items as 0 for each like. It stops by itself, usually after six to ten epochs.
NEWCOMERS = MetadataNcf(
    factors=16,
    widths=(32,),
    training=TrainingSettings(
        epochs=60,
        batch=256,
        learning_rate=2e-3,
        decay=0.003,
        layer_decay=1e-4,
        held_out=0.1,
        patience=3,
        negatives=4,
        adam=Adam.USED,
    ),
)


def popularity(likes: Ints, people: int) -> Floats:
    """The log-odds of the share of users who like each item, (likes + 1/2) / (people + 1)."""
    share = (likes + 0.5) / (people + 1.0)
    return np.asarray(np.log(share / (1.0 - share)), dtype=np.float64)


def guess(chances: Floats, popular: Floats) -> Floats:
    """The mean of the log-odds of the network and of popularity; better than either (decision 20)."""
    safe = np.clip(chances, 1e-9, 1.0 - 1e-9)
    return np.asarray(0.5 * (np.log(safe / (1.0 - safe)) + popular), dtype=np.float64)
