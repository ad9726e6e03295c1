"""Matrix factorisation as a network: embeddings, their dot product, biases, the global mean (004,
section 1)."""

from dataclasses import dataclass, field

import numpy as np

from recommender.engine.neural.layers import Array, Parameters, biases, table
from recommender.engine.neural.network import Network
from recommender.engine.neural.settings import Target, TrainingSettings


@dataclass(frozen=True)
class MfNetwork(Network):
    """s(u,i) = mu + b_u + b_i + p_u . q_i; for `Target.LIKED` mu and s are log-odds of being liked."""

    factors: int = 64
    target: Target = Target.RATING
    training: TrainingSettings = field(default_factory=TrainingSettings)

    def start(self, rng: np.random.Generator, n_users: int, n_items: int, n_fields: int) -> Parameters:
        return {
            "user.factors": table(rng, n_users, self.factors),
            "item.factors": table(rng, n_items, self.factors),
            "user.bias": biases(n_users),
            "item.bias": biases(n_items),
        }

    def score(self, weights: Parameters, rows: Parameters, metadata: Array | None) -> Array:
        dot = (rows["user.factors"] * rows["item.factors"]).sum(axis=1)
        return dot + rows["user.bias"] + rows["item.bias"]
