"""Neural collaborative filtering, NeuMF: factorisation and MLP with one sigmoid (000, section II.1)."""

from dataclasses import dataclass

import numpy as np

from .layers import Array, Weights, glorot, mlp, mlp_weights, table
from .network import Network


@dataclass(frozen=True)
class Ncf(Network):
    """sigmoid(w . [p_u * q_i | MLP([p'_u | q'_i])] + b); table 1: embeddings 11, layers 32, 64, 32, 16."""

    factors: int = 11
    widths: tuple[int, ...] = (32, 64, 32, 16)

    def start(self, rng: np.random.Generator, n_users: int, n_items: int, n_fields: int) -> Weights:
        return {
            "user.gmf": table(rng, n_users, self.factors),
            "user.mlp": table(rng, n_users, self.factors),
            **item_weights(rng, n_items, self.factors),
            **head_weights(rng, self.factors, self.factors, self.widths),
        }

    def score(self, weights: Weights, rows: Weights, about: Array | None) -> Array:
        return head(weights, rows, rows["user.gmf"], rows["user.mlp"], len(self.widths))


def item_weights(rng: np.random.Generator, n_items: int, factors: int) -> Weights:
    """Initial embeddings of the items, one table for each branch."""
    return {"item.gmf": table(rng, n_items, factors), "item.mlp": table(rng, n_items, factors)}


def head_weights(rng: np.random.Generator, user_width: int, factors: int, widths: tuple[int, ...]) -> Weights:
    """Initial weights of the layers; the last matrix is stored in two halves, one for each branch."""
    out = glorot(rng, factors + widths[-1], 1)[:, 0]
    return {
        **mlp_weights(rng, user_width, factors, widths),
        "out.gmf": out[:factors],
        "out.mlp": out[factors:],
        "out.bias": np.zeros((), dtype=np.float32),
    }


def head(weights: Weights, rows: Weights, gmf_user: Array, mlp_user: Array, depth: int) -> Array:
    """The NeuMF layer over both branches: [gmf | mlp] . out + bias, before the sigmoid."""
    product = gmf_user * rows["item.gmf"]  # (000, eq. 1)
    hidden = mlp(weights, depth, mlp_user, rows["item.mlp"])
    return product @ weights["out.gmf"] + hidden @ weights["out.mlp"] + weights["out.bias"]
