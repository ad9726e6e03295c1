"""Deep matrix factorisation: hidden layers over concatenated embeddings, no dot product (004, section 2)."""

from dataclasses import dataclass, field

import numpy as np

from recommender.engine.neural.layers import Array, Parameters, biases, glorot, mlp, mlp_weights, table
from recommender.engine.neural.network import Network
from recommender.engine.neural.settings import Target, TrainingSettings


@dataclass(frozen=True)
class DeepMf(Network):
    """s(u,i) = mu + b_u + b_i + w . MLP([p_u | q_i])."""

    factors: int = 32
    widths: tuple[int, ...] = (64, 32)
    target: Target = Target.RATING
    training: TrainingSettings = field(default_factory=TrainingSettings)

    def start(self, rng: np.random.Generator, n_users: int, n_items: int, n_fields: int) -> Parameters:
        return {
            "user.factors": table(rng, n_users, self.factors),
            "item.factors": table(rng, n_items, self.factors),
            "user.bias": biases(n_users),
            "item.bias": biases(n_items),
            **mlp_weights(rng, self.factors, self.factors, self.widths),
            "out": glorot(rng, self.widths[-1], 1)[:, 0],
        }

    def score(self, weights: Parameters, rows: Parameters, metadata: Array | None) -> Array:
        hidden = mlp(weights, len(self.widths), rows["user.factors"], rows["item.factors"])
        return hidden @ weights["out"] + rows["user.bias"] + rows["item.bias"]
