"""Training of a network, with JAX; no other module imports it. An epoch is one compiled scan over batches."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from recommender.engine.errors import CannotLearn
from recommender.engine.types import Interactions

from .layers import TABLES, Array, Parameters, Weight, rows_of
from .pairs import Pairs, in_batches, split, with_negatives
from .settings import Adam, Epoch, NetworkSettings, Target, TrainingSettings

FIRST, SECOND, TINY = 0.9, 0.999, 1e-8  # the decay of Adam's moments, and what its divisor is at least
ADAM = optax.scale_by_adam(FIRST, SECOND, TINY)
MISSED = 160  # moves that are summed up: 0.9 ** 160 of a momentum moves no weight in single precision
AT_ONCE = 4096  # users whose moves are summed up at a time
logging.getLogger("jax._src.xla_bridge").setLevel(logging.WARNING)  # it reports every unavailable platform


class TrainingState(eqx.Module):
    """The state of a training: the weights, and Adam's two moments of each weight."""

    weights: Parameters
    moments: optax.ScaleByAdamState
    moved: Array  # (n_users + 1,): the last step in which each user's embeddings were used or caught up


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


def train_network(
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
    state = TrainingState(weights, ADAM.init(weights), jnp.zeros(ratings.n_users + 1, dtype=jnp.int32))
    table = None if metadata is None else jnp.asarray(metadata)
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
    settings = fixed[0].network.training
    if settings.adam is Adam.CAUGHT_UP:
        everybody = jnp.arange(-(-len(state.moved) // AT_ONCE) * AT_ONCE) % len(state.moved)
        catch_up = partial(_caught_up, settings.learning_rate)
        state, _ = jax.lax.scan(catch_up, state, everybody.reshape(-1, AT_ONCE))
    return state, losses.mean()


def _step(
    config: LossConfig, metadata: Array | None, state: TrainingState, batch: tuple[Array, ...]
) -> tuple[TrainingState, Array]:
    users, items, targets, counted = batch
    settings = config.network.training
    if settings.adam is Adam.CAUGHT_UP:
        state, _ = _caught_up(settings.learning_rate, state, users)
    rows = rows_of(state.weights, users, items)
    dense = {name: weight for name, weight in state.weights.items() if not name.startswith(TABLES)}
    users_metadata = None if metadata is None else metadata[users]
    loss, (to_dense, to_rows) = jax.value_and_grad(config.loss, argnums=(0, 1))(
        dense, rows, users_metadata, targets, counted
    )
    used_rows = {name: users if name.startswith("user.") else items for name in rows}
    weights, moments = _moved(state, to_dense, to_rows, used_rows, settings)
    return TrainingState(weights, moments, state.moved.at[users].set(moments.count)), loss


def _moved(
    state: TrainingState,
    to_dense: Parameters,
    to_rows: Parameters,
    used_rows: dict[str, Array],
    settings: TrainingSettings,
) -> tuple[Parameters, optax.ScaleByAdamState]:
    """The weights and moments after a step of Adam, from the gradients of the layers and of the rows that the
    batch uses."""
    in_part = {Adam.ALL: (), Adam.CAUGHT_UP: TABLES[:1], Adam.USED: TABLES}[settings.adam]
    used, gradients = {}, dict(to_dense)
    for name, gradient in to_rows.items():
        if name.startswith(in_part):
            past_end = len(state.weights[name])  # replaces repeated rows; writes to it are dropped
            used[name], index = jnp.unique(
                used_rows[name], return_inverse=True, size=len(gradient), fill_value=past_end
            )
            gradients[name] = jnp.zeros_like(gradient).at[index].add(gradient)
        else:
            gradients[name] = jnp.zeros_like(state.weights[name]).at[used_rows[name]].add(gradient)

    def select(table: Parameters) -> Parameters:
        return {
            name: part.at[used[name]].get(mode="clip") if name in used else part
            for name, part in table.items()
        }

    def update(table: Parameters, part: Parameters) -> Parameters:
        updated = {name: table[name].at[rows].set(part[name], mode="drop") for name, rows in used.items()}
        return part | updated

    count, mu, nu = state.moments
    updates, moments = ADAM.update(gradients, optax.ScaleByAdamState(count, select(mu), select(nu)))
    weights = {
        name: weight - settings.learning_rate * updates[name]
        for name, weight in select(state.weights).items()
    }
    moved = optax.ScaleByAdamState(moments.count, update(mu, moments.mu), update(nu, moments.nu))
    return update(state.weights, weights), moved


def _caught_up(rate: float, state: TrainingState, users: Array) -> tuple[TrainingState, None]:
    """Makes up for the moves that these users have missed since a batch used them.

    Without a gradient, Adam's moments only decay, so step j after the last one moves a weight by
    rate * m b1^j / (1 - b1^(t + j)) / (sqrt(v b2^j / (1 - b2^(t + j))) + tiny): the sum needs no steps.
    """
    count, mu, nu = state.moments
    since = state.moved[users].astype(jnp.float32)
    missed = count - since
    step = jnp.arange(1.0, MISSED + 1.0)[:, None]
    first = FIRST**step / (1.0 - FIRST ** (since + step)) * (step <= missed)  # (MISSED, users)
    second = jnp.sqrt(SECOND**step / (1.0 - SECOND ** (since + step)))
    weights, mu, nu = dict(state.weights), dict(mu), dict(nu)
    for name in [name for name in weights if name.startswith("user.")]:
        tail = (slice(None),) * 2 + (None,) * (weights[name].ndim - 1)
        here = tail[1:]
        momentum, square = mu[name][users], nu[name][users]
        moves = first[tail] * momentum / (second[tail] * jnp.sqrt(square) + TINY)
        weights[name] = weights[name].at[users].set(weights[name][users] - rate * moves.sum(axis=0))
        mu[name] = mu[name].at[users].set(FIRST ** missed[here] * momentum)
        nu[name] = nu[name].at[users].set(SECOND ** missed[here] * square)
    moved = state.moved.at[users].set(count)
    return TrainingState(weights, optax.ScaleByAdamState(count, mu, nu), moved), None


def _held_out_loss(config: LossConfig, weights: Parameters, held: Pairs, metadata: Weight | None) -> float:
    """The loss on the held-out pairs, without decay."""
    scores = config.network.score(
        weights, rows_of(weights, held.users, held.items), None if metadata is None else metadata[held.users]
    )
    if config.network.target is Target.RATING:
        return float(np.mean((scores - held.targets) ** 2))
    scores = scores + config.offset
    return float(np.mean(np.logaddexp(0.0, scores) - held.targets * scores))
