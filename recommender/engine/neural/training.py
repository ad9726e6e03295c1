"""Training of a network, with JAX; no other module imports it. An epoch is one compiled scan over batches."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from recommender.engine.errors import CannotLearn
from recommender.engine.types import Interactions

from .layers import TABLES, Array, Parameters, Weight, rows_of
from .pairs import Pairs, in_batches, split, with_negatives
from .settings import Epoch, NetworkSettings, Target

ADAM = optax.scale_by_adam()
logging.getLogger("jax._src.xla_bridge").setLevel(logging.WARNING)  # it reports every unavailable platform


class TrainingState(eqx.Module):
    """The state of a training: the weights, and Adam's two moments of each weight."""

    weights: Parameters
    moments: optax.ScaleByAdamState


@dataclass(frozen=True)
class LossConfig:
    """The constants of a training; hashable, so that each config is compiled once."""

    network: NetworkSettings
    offset: float

    def loss(
        self, dense: Parameters, rows: Parameters, metadata: Array | None, targets: Array, counted: Array
    ) -> Array:
        """Mean loss of the counted pairs, plus the penalties of their embeddings and of the layers."""
        scores = self.network.score(dense, rows, metadata)
        if self.network.target is Target.LIKED:
            scores = scores + self.offset
            each = jnp.logaddexp(0.0, scores) - targets * scores  # -t log p - (1 - t) log(1 - p) (000, eq. 4)
        else:
            each = (scores - targets) ** 2
        if self.network.training.decay:
            squares = (jnp.square(row).reshape(len(targets), -1).sum(axis=1) for row in rows.values())
            each = each + self.network.training.decay * sum(squares)
        loss = (each * counted).sum() / counted.sum()
        layers = sum(jnp.square(weight).sum() for weight in dense.values())
        return (
            loss + self.network.training.layer_decay * layers if self.network.training.layer_decay else loss
        )


def train(
    network: NetworkSettings,
    start: Parameters,
    ratings: Interactions,
    targets: Weight,
    offset: float,
    metadata: Weight | None,
    rng: np.random.Generator,
    on_epoch: Callable[[Epoch, Parameters], None],
) -> dict[str, Weight]:
    """The weights of the last epoch, or of the best epoch on the held-out pairs. Raises CannotLearn."""
    settings, config = network.training, LossConfig(network, offset)
    trained, held = split(Pairs(ratings.users, ratings.indices, targets), settings.held_out, rng)
    if settings.negatives:
        held = with_negatives(held, ratings, settings.negatives, rng)
    weights = jax.tree.map(jnp.asarray, start)
    state, table = (
        TrainingState(weights, ADAM.init(weights)),
        None if metadata is None else jnp.asarray(metadata),
    )
    best, lowest, worse = start, np.inf, 0
    for number in range(1, settings.epochs + 1):
        pairs = with_negatives(trained, ratings, settings.negatives, rng) if settings.negatives else trained
        state, losses = _epoch((config, table), state, in_batches(pairs, settings.batch, rng))
        loss, reached = float(losses), {name: np.array(weight) for name, weight in state.weights.items()}
        if not (np.isfinite(loss) and all(np.isfinite(weight).all() for weight in reached.values())):
            raise CannotLearn(
                f"The loss is not finite in epoch {number}: the learning rate is too high for the data."
            )
        on_held = _held_out_loss(config, reached, held, metadata) if len(held.users) else None
        on_epoch(Epoch(number, loss, on_held), reached)
        if on_held is None or on_held < lowest:
            best, lowest, worse = reached, np.inf if on_held is None else on_held, 0
        else:
            worse += 1
        if worse >= settings.patience:
            break
    return best


@eqx.filter_jit(donate="all-except-first")
def _epoch(
    fixed: tuple[LossConfig, Array | None], state: TrainingState, batches: tuple[Array, ...]
) -> tuple[TrainingState, Array]:
    """Runs all batches; returns the new state and the mean of their losses."""
    state, losses = jax.lax.scan(partial(_step, *fixed), state, batches)
    return state, losses.mean()


def _step(
    config: LossConfig, metadata: Array | None, state: TrainingState, batch: tuple[Array, ...]
) -> tuple[TrainingState, Array]:
    users, items, targets, counted = batch
    rows = rows_of(state.weights, users, items)
    dense = {name: weight for name, weight in state.weights.items() if not name.startswith(TABLES)}
    users_metadata = None if metadata is None else metadata[users]
    loss, (to_dense, to_rows) = jax.value_and_grad(config.loss, argnums=(0, 1))(
        dense, rows, users_metadata, targets, counted
    )
    settings = config.network.training
    used_rows = {name: users if name.startswith("user.") else items for name in rows}
    move = _lazily if settings.lazy else _exactly
    return move(state, to_dense, to_rows, used_rows, settings.learning_rate), loss


def _exactly(
    state: TrainingState, to_dense: Parameters, to_rows: Parameters, used_rows: dict[str, Array], rate: float
) -> TrainingState:
    """The original Adam: an embedding that no pair of the batch uses still moves by its momentum."""
    spread = {
        name: jnp.zeros_like(state.weights[name]).at[used_rows[name]].add(row)
        for name, row in to_rows.items()
    }
    updates, moments = ADAM.update(to_dense | spread, state.moments)
    return TrainingState(_moved(state.weights, updates, rate), moments)


def _lazily(
    state: TrainingState, to_dense: Parameters, to_rows: Parameters, used_rows: dict[str, Array], rate: float
) -> TrainingState:
    """Adam only on the embeddings that the batch uses: only their rows and moments change."""
    used, summed = {}, dict(to_dense)
    for name, gradient in to_rows.items():
        past_end = len(state.weights[name])  # replaces repeated rows; writes to it are dropped
        used[name], index = jnp.unique(
            used_rows[name], return_inverse=True, size=len(gradient), fill_value=past_end
        )
        summed[name] = jnp.zeros_like(gradient).at[index].add(gradient)

    def select(table: Parameters) -> Parameters:
        return {
            name: part.at[used[name]].get(mode="clip") if name in used else part
            for name, part in table.items()
        }

    def update(table: Parameters, part: Parameters) -> Parameters:
        updated = {name: table[name].at[rows].set(part[name], mode="drop") for name, rows in used.items()}
        return part | updated

    count, mu, nu = state.moments
    updates, moved = ADAM.update(summed, optax.ScaleByAdamState(count, select(mu), select(nu)))
    weights = update(state.weights, _moved(select(state.weights), updates, rate))
    return TrainingState(
        weights, optax.ScaleByAdamState(moved.count, update(mu, moved.mu), update(nu, moved.nu))
    )


def _moved(weights: Parameters, updates: Any, rate: float) -> Parameters:
    return {name: weight - rate * updates[name] for name, weight in weights.items()}


def _held_out_loss(config: LossConfig, weights: Parameters, held: Pairs, metadata: Weight | None) -> float:
    """The loss on the held-out pairs, without decay."""
    scores = config.network.score(
        weights, rows_of(weights, held.users, held.items), None if metadata is None else metadata[held.users]
    )
    if config.network.target is Target.RATING:
        return float(np.mean((scores - held.targets) ** 2))
    scores = scores + config.offset
    return float(np.mean(np.logaddexp(0.0, scores) - held.targets * scores))
