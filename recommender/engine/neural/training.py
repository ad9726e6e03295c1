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

from .layers import TABLES, Array, Weight, Weights, rows_of
from .pairs import Pairs, in_batches, split, with_negatives
from .settings import Epoch, Settings, Target

ADAM = optax.scale_by_adam()
logging.getLogger("jax._src.xla_bridge").setLevel(logging.WARNING)  # it reports every unavailable platform


class State(eqx.Module):
    """The state of a training: the weights, and Adam's two moments of each weight."""

    weights: Weights
    moments: optax.ScaleByAdamState


@dataclass(frozen=True)
class Course:
    """The constants of a training; hashable, so that each course is compiled once."""

    network: Settings
    offset: float

    def loss(
        self, dense: Weights, rows: Weights, about: Array | None, targets: Array, counted: Array
    ) -> Array:
        """Mean loss of the counted pairs, plus the penalties of their embeddings and of the layers."""
        scores = self.network.score(dense, rows, about)
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
    network: Settings,
    start: Weights,
    ratings: Interactions,
    targets: Weight,
    offset: float,
    about: Weight | None,
    rng: np.random.Generator,
    on_epoch: Callable[[Epoch, Weights], None],
) -> dict[str, Weight]:
    """The weights of the last epoch, or of the best epoch on the held-out pairs. Raises CannotLearn."""
    settings, course = network.training, Course(network, offset)
    taught, held = split(Pairs(ratings.users, ratings.indices, targets), settings.held_out, rng)
    if settings.negatives:
        held = with_negatives(held, ratings, settings.negatives, rng)
    weights = jax.tree.map(jnp.asarray, start)
    state, table = State(weights, ADAM.init(weights)), None if about is None else jnp.asarray(about)
    best, lowest, worse = start, np.inf, 0
    for number in range(1, settings.epochs + 1):
        pairs = with_negatives(taught, ratings, settings.negatives, rng) if settings.negatives else taught
        state, losses = _epoch((course, table), state, in_batches(pairs, settings.batch, rng))
        loss, reached = float(losses), {name: np.array(weight) for name, weight in state.weights.items()}
        if not (np.isfinite(loss) and all(np.isfinite(weight).all() for weight in reached.values())):
            raise CannotLearn(
                f"The loss is not finite in epoch {number}: the learning rate is too high for the data."
            )
        on_held = _held_out_loss(course, reached, held, about) if len(held.users) else None
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
    fixed: tuple[Course, Array | None], state: State, batches: tuple[Array, ...]
) -> tuple[State, Array]:
    """Runs all batches; returns the new state and the mean of their losses."""
    state, losses = jax.lax.scan(partial(_step, *fixed), state, batches)
    return state, losses.mean()


def _step(course: Course, about: Array | None, state: State, batch: tuple[Array, ...]) -> tuple[State, Array]:
    users, items, targets, counted = batch
    rows = rows_of(state.weights, users, items)
    dense = {name: weight for name, weight in state.weights.items() if not name.startswith(TABLES)}
    person = None if about is None else about[users]
    loss, (to_dense, to_rows) = jax.value_and_grad(course.loss, argnums=(0, 1))(
        dense, rows, person, targets, counted
    )
    settings = course.network.training
    places = {name: users if name.startswith("user.") else items for name in rows}
    move = _lazily if settings.lazy else _exactly
    return move(state, to_dense, to_rows, places, settings.learning_rate), loss


def _exactly(
    state: State, to_dense: Weights, to_rows: Weights, places: dict[str, Array], rate: float
) -> State:
    """The original Adam: an embedding that no pair of the batch uses still moves by its momentum."""
    spread = {
        name: jnp.zeros_like(state.weights[name]).at[places[name]].add(row) for name, row in to_rows.items()
    }
    updates, moments = ADAM.update(to_dense | spread, state.moments)
    return State(_moved(state.weights, updates, rate), moments)


def _lazily(
    state: State, to_dense: Weights, to_rows: Weights, places: dict[str, Array], rate: float
) -> State:
    """Adam only on the embeddings that the batch uses: only their rows and moments change."""
    used, summed = {}, dict(to_dense)
    for name, gradient in to_rows.items():
        beyond = len(state.weights[name])  # replaces repeated rows; writes to it are dropped
        used[name], place = jnp.unique(
            places[name], return_inverse=True, size=len(gradient), fill_value=beyond
        )
        summed[name] = jnp.zeros_like(gradient).at[place].add(gradient)

    def taken(whole: Weights) -> Weights:
        return {
            name: part.at[used[name]].get(mode="clip") if name in used else part
            for name, part in whole.items()
        }

    def put(whole: Weights, part: Weights) -> Weights:
        back = {name: whole[name].at[rows].set(part[name], mode="drop") for name, rows in used.items()}
        return part | back

    count, mu, nu = state.moments
    updates, moved = ADAM.update(summed, optax.ScaleByAdamState(count, taken(mu), taken(nu)))
    weights = put(state.weights, _moved(taken(state.weights), updates, rate))
    return State(weights, optax.ScaleByAdamState(moved.count, put(mu, moved.mu), put(nu, moved.nu)))


def _moved(weights: Weights, updates: Any, rate: float) -> Weights:
    return {name: weight - rate * updates[name] for name, weight in weights.items()}


def _held_out_loss(course: Course, weights: Weights, held: Pairs, about: Weight | None) -> float:
    """The loss on the held-out pairs, without decay."""
    scores = course.network.score(
        weights, rows_of(weights, held.users, held.items), None if about is None else about[held.users]
    )
    if course.network.target is Target.RATING:
        return float(np.mean((scores - held.targets) ** 2))
    scores = scores + course.offset
    return float(np.mean(np.logaddexp(0.0, scores) - held.targets * scores))
