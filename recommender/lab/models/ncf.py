"""Neural collaborative filtering, NeuMF: factorisation and MLP with one sigmoid (000, section II.1)."""

from dataclasses import dataclass

import numpy as np

from recommender.engine.neural.layers import Array, Parameters, head, head_weights, item_weights, table
from recommender.engine.neural.network import Network


@dataclass(frozen=True)
class Ncf(Network):
    """sigmoid(w . [p_u * q_i | MLP([p'_u | q'_i])] + b); table 1: embeddings 11, layers 32, 64, 32, 16."""

    factors: int = 11
    widths: tuple[int, ...] = (32, 64, 32, 16)

    def start(self, rng: np.random.Generator, n_users: int, n_items: int, n_fields: int) -> Parameters:
        return {
            "user.gmf": table(rng, n_users, self.factors),
            "user.mlp": table(rng, n_users, self.factors),
            **item_weights(rng, n_items, self.factors),
            **head_weights(rng, self.factors, self.factors, self.widths),
        }

    def score(self, weights: Parameters, rows: Parameters, metadata: Array | None) -> Array:
        return head(weights, rows, rows["user.gmf"], rows["user.mlp"], len(self.widths))
