"""Agents: one for each user and each source of the blend. They learn the weight of the source's predictions.

A state s in 0 .. 10 stands for the weight w = s / 10. All agents start at 5. The three actions lower, keep or
raise the state by one. `Hindsight` is the rule of the site, for two or more sources. `Classic` is the rule of
paper 003, for its two sources. Both are frozen settings. The memory of a user's agents is a separate value;
it can be converted to JSON and back without losing a bit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from .blend import BlendWeights, blend, shares
from .errors import InvalidInput
from .types import Floats, Ints

N_STATES = 11
ACTIONS = (-1, 0, 1)
MIDDLE_STATE = N_STATES // 2
Q_TOLERANCE = 1e-12  # Q values closer than this are equal: rounding must not move an agent

_GRID = np.arange(N_STATES) / (N_STATES - 1)
_NEXT: Ints = np.clip(np.arange(N_STATES)[:, None] + np.array(ACTIONS), 0, N_STATES - 1)


@dataclass(frozen=True)
class Move:
    """What one agent did after one rating: the logged tuple (s, a, rho, s')."""

    state: int
    action: int  # -1, 0 or +1
    reward: float
    next_state: int


@dataclass(frozen=True)
class Moves:
    """The moves of all agents after one rating, by source; `blend` is the blend before them, or None."""

    moves: tuple[Move, ...]
    blend: float | None


def reward(satisfaction: float) -> float:
    """rho: 1 -> -2, 2 -> -1, 3 -> 0, 4 -> +1, 5 -> +2, linear between (003, table 2)."""
    if not 1 <= satisfaction <= 5:
        raise InvalidInput(f"A satisfaction lies in 1 .. 5; got {satisfaction}.")
    return float(satisfaction) - 3.0


def weights_from_states(states: tuple[int, ...]) -> BlendWeights:
    """The weight w = s / 10 of each agent."""
    return tuple(float(_GRID[state]) for state in states)


def _present(prediction: float | None) -> float | None:
    """The prediction, or None if the source is missing (None or NaN)."""
    if prediction is None or np.isnan(prediction):
        return None
    if np.isinf(prediction):
        raise InvalidInput("A prediction must be finite.")
    return float(prediction)


def _blended(states: tuple[int, ...], predictions: Sequence[float | None]) -> float | None:
    if all(prediction is None for prediction in predictions):
        return None
    return float(blend(weights_from_states(states), *predictions))


def _checked_states(states: Iterable[Any]) -> tuple[int, ...]:
    checked = tuple(states)
    for state in checked:
        if type(state) is not int or not 0 <= state < N_STATES:
            states_text = f"0 .. {N_STATES - 1}"
            raise InvalidInput(f"The state of an agent is a whole number in {states_text}; got {state!r}.")
    return checked


def _checked_table(name: str, given: Any, shape: tuple[int, ...]) -> Floats:
    try:
        table = np.array(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"The {name} of an agent must be a table of numbers.") from error
    if table.shape != shape or not np.isfinite(table).all():
        raise InvalidInput(f"The {name} of an agent must be finite numbers in the shape {shape}.")
    table.setflags(write=False)
    return table


def _rows(table: Floats, n: int) -> Floats:
    """(n, 11): the table, with added rows of 0 for sources that it does not contain."""
    return np.concatenate([table, np.zeros((n - len(table), N_STATES))]) if len(table) < n else table


@dataclass(frozen=True, eq=False)
class Memory:
    """The memory of a user's n >= 2 hindsight agents: decayed rewards of n x 11 states, and the prior.

    A source may join later. Before it joined, all of its states earned the same, so its row of `sums` starts
    at 0. The prior stays unchanged; it has no rows for sources that joined later.
    """

    states: tuple[int, ...]
    sums: Floats  # (n, 11): decayed sum of the reward that every state would have earned
    weight: float  # decayed number of ratings behind `sums`
    prior: Floats | None  # (2 .. n, 11): the population's mean reward model at the start
    prior_mass: float  # decayed number of ratings that the prior counts as

    @property
    def weights(self) -> BlendWeights:
        """The weight of each source, in [0, 1]."""
        return weights_from_states(self.states)

    def rewards(self) -> Floats:
        """The reward model, (n, 11): mean reward of every state of every agent; 0 without any data."""
        total = self.weight + self.prior_mass
        known = self.sums
        if self.prior is not None:
            known = known + _rows(self.prior, len(self.states)) * self.prior_mass
        return known / total if total > 0 else np.zeros((len(self.states), N_STATES))

    def joined(self, n: int) -> "Memory":
        """The memory with agents for n sources; the agents that join start at the middle state."""
        if n <= len(self.states):
            return self
        states = self.states + (MIDDLE_STATE,) * (n - len(self.states))
        return replace(self, states=states, sums=_rows(self.sums, n))

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers; `from_json` gives the same memory to the last bit."""
        return {
            "states": list(self.states),
            "sums": self.sums.tolist(),
            "weight": self.weight,
            "prior": None if self.prior is None else self.prior.tolist(),
            "prior_mass": self.prior_mass,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The memory of a `to_json` record; raises InvalidInput for any other."""
        try:
            states = _checked_states(record["states"])
            weight, mass = float(record["weight"]), float(record["prior_mass"])
            prior, sums = record["prior"], record["sums"]
            known = 2 if prior is None else len(prior)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput("This is not the memory of hindsight agents.") from error
        if not 2 <= known <= len(states):
            raise InvalidInput("The memory of agents has two sources at least, and no prior of others.")
        if not (0 <= weight < np.inf and 0 <= mass < np.inf):
            raise InvalidInput("The memory of agents has a weight that is negative or not finite.")
        sums = _checked_table("reward sums", sums, (len(states), N_STATES))
        prior = None if prior is None else _checked_table("prior", prior, (known, N_STATES))
        return cls(states, sums, weight, prior, mass)


def best_state(rewards: Floats) -> int:
    """The state with the highest reward; of equal ones that nearest to the middle, then the lower one."""
    equal = np.flatnonzero(rewards >= rewards.max() - Q_TOLERANCE)
    return int(equal[np.argmin(np.abs(equal - MIDDLE_STATE))])


@dataclass(frozen=True)
class Hindsight:
    """The hindsight rule (docs/algorithms.md): a rating reveals the reward of every state of each agent."""

    discount: float = 0.9
    decay: float = 0.98
    sweeps: int = 30
    prior_weight: float = 20.0

    def start(self, prior: Floats | None = None) -> Memory:
        """The agents of a new user.

        Without a prior these are two agents at state 5. With the population's `prior` (n, 11) there is one
        agent for each of its n sources, at the source's best state.
        """
        known = None if prior is None else _checked_table("prior", prior, (max(len(prior), 2), N_STATES))
        nothing = np.zeros((2 if known is None else len(known), N_STATES))
        nothing.setflags(write=False)
        if known is None:
            return Memory((MIDDLE_STATE, MIDDLE_STATE), nothing, 0.0, None, 0.0)
        best = tuple(best_state(row) for row in known)
        return Memory(best, nothing, 0.0, known, float(self.prior_weight))

    def step(self, memory: Memory, satisfaction: float, *predictions: float | None) -> tuple[Memory, Moves]:
        """Learns from one rating of an image, then takes each agent's greedy step.

        `predictions` has one entry for each source. A source that predicts for the first time joins.

        The reported reward is that of the blend: reward(5 - |y - blend|). All states of a missing source give
        the same blend, so its agent keeps its state. With fewer than two predictions there is nothing to
        learn: the memory stays unchanged and all agents keep their states. Without any prediction the reward
        is 0.
        """
        reward(satisfaction)  # refuses what is not on the scale
        known = [_present(prediction) for prediction in predictions]
        present = [source for source, prediction in enumerate(known) if prediction is not None]
        memory = memory.joined(max(present, default=0) + 1)
        n = len(memory.states)
        known = (known + [None] * n)[:n]
        blended = _blended(memory.states, known)
        earned = 0.0 if blended is None else _earned(satisfaction, blended)
        if len(present) < 2:
            return memory, Moves(tuple(Move(state, 0, earned, state) for state in memory.states), blended)
        sums = memory.sums * self.decay + _hindsight_rewards(memory.states, satisfaction, known)
        sums.setflags(write=False)
        learnt = replace(
            memory,
            sums=sums,
            weight=memory.weight * self.decay + 1.0,
            prior_mass=memory.prior_mass * self.decay,
        )
        q = self.q(learnt)
        moves = tuple(
            _greedy(q[agent], state, earned) if agent in present else Move(state, 0, earned, state)
            for agent, state in enumerate(memory.states)
        )
        return replace(learnt, states=tuple(move.next_state for move in moves)), Moves(moves, blended)

    def q(self, memory: Memory) -> Floats:
        """Q (n, 11, 3) after `sweeps` of Q(s,a) <- R(s') + discount * max_a' Q(s',a'), from 0."""
        rewards = memory.rewards()
        # one more entry at both ends, so that a shift is a slice
        padded = np.full((len(rewards), N_STATES + 2), -np.inf)
        lower, inner, higher = padded[:, :-2], padded[:, 1:-1], padded[:, 2:]
        state_values = np.zeros((len(rewards), N_STATES))
        for _ in range(self.sweeps):  # written in place: a step is taken after every rating
            np.multiply(state_values, self.discount, out=inner)
            np.add(inner, rewards, out=inner)
            np.maximum(lower, higher, out=state_values)
            np.maximum(state_values, inner, out=state_values)
        arriving = inner if self.sweeps else state_values
        return arriving[:, _NEXT]


def _earned(satisfaction: float, blended: float) -> float:
    """reward(5 - |y - blend|): the smaller the error of the blend, the larger the reward."""
    return 2.0 - abs(satisfaction - blended)


def _hindsight_rewards(
    states: tuple[int, ...], satisfaction: float, predictions: Sequence[float | None]
) -> Floats:
    """(n, 11): the reward of every state of each agent, with the other agents' states fixed."""
    n = len(states)
    present = [source for source, prediction in enumerate(predictions) if prediction is not None]
    # of each source, for each agent and state
    weights = np.tile(_GRID[list(states)][:, None, None], (1, n, N_STATES))
    weights[range(n), range(n)] = _GRID
    counted, values = weights[present], np.array([predictions[source] for source in present])[:, None, None]
    total = counted.sum(axis=0)
    equal = total == 0  # weights that are all 0 count as equal
    divisor = np.where(equal, float(len(present)), total)
    blended = (np.where(equal, 1.0, counted) * values).sum(axis=0) / divisor
    rewards: Floats = 2.0 - np.abs(satisfaction - blended)
    return rewards


def _greedy(q: Floats, state: int, earned: float) -> Move:
    """The best action in `state`. On a tie, keeping is preferred, then lowering."""
    values = q[state]
    best = 1 if values[1] >= values.max() - Q_TOLERANCE else int(values.argmax())
    return Move(state, ACTIONS[best], earned, int(_NEXT[state, best]))


def q_update(
    q: Floats, state: int, action: int, satisfaction: float, learning_rate: float, discount: float
) -> tuple[float, Floats, int]:
    """Q(s,a) += lr * (rho + discount * max Q(s',.) - Q(s,a)) (003). Returns (rho, the new Q (11, 3), s').

    `action` is -1, 0 or +1; `q` itself is not changed.
    """
    column = ACTIONS.index(action)
    rho, following = reward(satisfaction), int(_NEXT[state, column])
    updated = q.copy()
    updated[state, column] += learning_rate * (rho + discount * q[following].max() - q[state, column])
    return rho, updated, following


def is_satisfied(satisfactions: Sequence[float], window: int = 10, threshold: float = 4.0) -> bool:
    """Whether learning pauses: the mean of the last `window` satisfactions is at least `threshold`."""
    latest = satisfactions[-window:]
    return bool(latest) and sum(latest) / len(latest) >= threshold


@dataclass(frozen=True, eq=False)
class ClassicMemory:
    """The memory of a user's two Q-learning agents: Q of both, and the last satisfactions."""

    states: tuple[int, int]
    q: Floats  # (2, 11, 3)
    satisfactions: tuple[float, ...]

    @property
    def weights(self) -> BlendWeights:
        """(w_cf, w_cb)."""
        return weights_from_states(self.states)

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers; `from_json` gives the same memory to the last bit."""
        return {"states": list(self.states), "q": self.q.tolist(), "satisfactions": list(self.satisfactions)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The memory of a `to_json` record; raises InvalidInput for any other."""
        try:
            states = _checked_states(record["states"])
            q, satisfactions = record["q"], tuple(float(value) for value in record["satisfactions"])
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput("This is not the memory of a pair of classic agents.") from error
        if len(states) != 2:
            raise InvalidInput("Classic agents are a pair.")
        table = _checked_table("Q", q, (2, N_STATES, len(ACTIONS)))
        return cls((states[0], states[1]), table, satisfactions)


@dataclass(frozen=True)
class Classic:
    """Q-learning as in paper 003: every agent gets the same reward for a rating, whatever its action was."""

    learning_rate: float = 0.3
    discount: float = 0.9
    epsilon: float = 0.1
    window: int = 10
    threshold: float = 4.0
    spread: float = 0.01  # Q begins uniform in [0, spread)

    def start(self, rng: np.random.Generator) -> ClassicMemory:
        """The two agents of a new user: both at state 5, Q small and random."""
        shape = (2, N_STATES, len(ACTIONS))
        q = _checked_table("Q", rng.uniform(0.0, self.spread, shape), shape)
        return ClassicMemory((MIDDLE_STATE, MIDDLE_STATE), q, ())

    def step(
        self,
        memory: ClassicMemory,
        satisfaction: float,
        p_cf: float | None,
        p_cb: float | None,
        rng: np.random.Generator,
    ) -> tuple[ClassicMemory, Moves]:
        """Chooses both actions epsilon-greedily, with two draws from `rng`, then calls `learn`."""
        choices = [self._choose(memory.q[agent, memory.states[agent]], rng) for agent in range(2)]
        return self.learn(memory, satisfaction, p_cf, p_cb, (choices[0], choices[1]))

    def learn(
        self,
        memory: ClassicMemory,
        satisfaction: float,
        p_cf: float | None,
        p_cb: float | None,
        actions: tuple[int, int],
    ) -> tuple[ClassicMemory, Moves]:
        """Learns from one rating with given actions; a replay takes them from the log.

        An agent learns and moves only if its source contributed at least half of the blended score; a missing
        source contributes nothing. Both agents wait while learning pauses (`is_satisfied`, with this rating
        included).
        """
        p_cf, p_cb = _present(p_cf), _present(p_cb)
        recent = (*memory.satisfactions, float(satisfaction))[-self.window :]
        waiting = is_satisfied(recent, self.window, self.threshold)
        rho, q, moves = reward(satisfaction), memory.q.copy(), []
        for agent, share in enumerate(_score_shares(memory.states, p_cf, p_cb)):
            state, action = memory.states[agent], actions[agent]
            if waiting or share < 0.5:
                moves.append(Move(state, 0, rho, state))
                continue
            _, q[agent], following = q_update(
                q[agent], state, action, satisfaction, self.learning_rate, self.discount
            )
            moves.append(Move(state, action, rho, following))
        q.setflags(write=False)
        cf, cb = moves
        learnt = ClassicMemory((cf.next_state, cb.next_state), q, recent)
        return learnt, Moves((cf, cb), _blended(memory.states, (p_cf, p_cb)))

    def _choose(self, values: Floats, rng: np.random.Generator) -> int:
        explores, random_action = rng.random() < self.epsilon, int(rng.integers(len(ACTIONS)))
        return ACTIONS[random_action if explores else int(values.argmax())]


def _score_shares(states: tuple[int, int], p_cf: float | None, p_cb: float | None) -> tuple[float, float]:
    """Each source's share of the blended score: w p over the sum of both; 0 for a missing source."""
    cf, cb = (float(share) for share in shares(weights_from_states(states), p_cf, p_cb))
    parts = cf * (p_cf or 0.0), cb * (p_cb or 0.0)
    total = sum(parts)
    return (parts[0] / total, parts[1] / total) if total > 0 else (cf, cb)
