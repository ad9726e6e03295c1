"""The parts of a network, for numpy and JAX arrays: only operations that both have."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recommender.engine.types import Floats

Array = Any  # of numpy or of JAX
Parameters = dict[str, Array]
Weight = NDArray[np.float32]

# prefixes of weights with a row for each user or item, and a last row for unseen users or items
TABLES = ("user.", "item.")
UNSEEN = -1  # the row of a user or an item that was not in the training data: the mean of all trained rows


def rows_of(weights: Parameters, users: Array, items: Array) -> Parameters:
    """The rows of every table for these pairs, (n, width) each."""
    return {
        name: table[users if name.startswith("user.") else items]
        for name, table in weights.items()
        if name.startswith(TABLES)
    }


def relu(values: Array) -> Array:
    """max(0, x) (000, eq. 2)."""
    return values * (values > 0)


def mlp(weights: Parameters, depth: int, left: Array, right: Array) -> Array:
    """`depth` layers over [left | right]; returns (n, width of the last layer).

    The first matrix is stored in two halves: [l | r] W = l W_left + r W_right, so nothing is concatenated.
    """
    hidden = relu(left @ weights["layer0.left"] + right @ weights["layer0.right"] + weights["bias0"])
    for layer in range(1, depth):
        hidden = relu(hidden @ weights[f"layer{layer}"] + weights[f"bias{layer}"])
    return hidden


def mlp_weights(rng: np.random.Generator, left: int, right: int, widths: tuple[int, ...]) -> Parameters:
    """Initial weights of `mlp`: uniform matrices after Glorot, biases 0."""
    whole = glorot(rng, left + right, widths[0])
    weights: Parameters = {"layer0.left": whole[:left], "layer0.right": whole[left:]}
    for layer in range(1, len(widths)):
        weights[f"layer{layer}"] = glorot(rng, widths[layer - 1], widths[layer])
    return weights | {f"bias{layer}": np.zeros(width, dtype=np.float32) for layer, width in enumerate(widths)}


def item_weights(rng: np.random.Generator, n_items: int, factors: int) -> Parameters:
    """Initial embeddings of the items, one table for each branch."""
    return {"item.gmf": table(rng, n_items, factors), "item.mlp": table(rng, n_items, factors)}


def head_weights(
    rng: np.random.Generator, user_width: int, factors: int, widths: tuple[int, ...]
) -> Parameters:
    """Initial weights of `head`; the last matrix is stored in two halves, one for each branch."""
    out = glorot(rng, factors + widths[-1], 1)[:, 0]
    return {
        **mlp_weights(rng, user_width, factors, widths),
        "out.gmf": out[:factors],
        "out.mlp": out[factors:],
        "out.bias": np.zeros((), dtype=np.float32),
    }


def head(weights: Parameters, rows: Parameters, gmf_user: Array, mlp_user: Array, depth: int) -> Array:
    """The NeuMF layer over both branches: [gmf | mlp] . out + bias, before the sigmoid."""
    product = gmf_user * rows["item.gmf"]  # (000, eq. 1)
    hidden = mlp(weights, depth, mlp_user, rows["item.mlp"])
    return product @ weights["out.gmf"] + hidden @ weights["out.mlp"] + weights["out.bias"]


def glorot(rng: np.random.Generator, into: int, out: int) -> Weight:
    """(into, out): uniform in +- sqrt(6 / (into + out))."""
    bound = np.sqrt(6.0 / (into + out))
    return rng.uniform(-bound, bound, (into, out)).astype(np.float32)


def table(rng: np.random.Generator, rows: int, width: int, spread: float = 0.05) -> Weight:
    """(rows + 1, width): normal embeddings with this standard deviation.

    The last row is for an unseen user or item.
    """
    return rng.normal(0.0, spread, (rows + 1, width)).astype(np.float32)


def biases(rows: int) -> Weight:
    """(rows + 1,): a bias of 0 for each row; the last is for an unseen user or item."""
    return np.zeros(rows + 1, dtype=np.float32)


def sigmoid(scores: ArrayLike) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(scores, dtype=np.float64)))


def logit(share: float) -> float:
    """log(p / (1 - p))."""
    return float(np.log(share / (1.0 - share)))
