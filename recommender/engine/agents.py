"""Two agents a person, one for each side of the blend: what weight should its predictions have?

State s in 0 .. 10 stands for the weight w = s / 10; both agents start at 5. Their three actions are to lower, keep or
raise the state by one. `Hindsight` is the product's pair, `Classic` the one of the source (003); both are frozen
settings, and what a person's pair remembers is a value that goes to JSON and back without losing a bit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from .blend import Weights, blend, shares
from .errors import InvalidInput
from .types import Floats, Ints

STATES = 11
ACTIONS = (-1, 0, 1)
HALF_WAY = STATES // 2
TIE = 1e-12  # Q values closer than this are equal: rounding must not move an agent

_GRID = np.arange(STATES) / (STATES - 1)
_NEXT: Ints = np.clip(np.arange(STATES)[:, None] + np.array(ACTIONS), 0, STATES - 1)


@dataclass(frozen=True)
class Step:
    """What one agent did after one rating: the logged quadruple (s, a, rho, s')."""

    state: int
    action: int  # -1, 0 or +1
    reward: float
    next_state: int


@dataclass(frozen=True)
class Steps:
    """The steps of both agents after one rating, and the blend that stood before it (None: nothing was predicted)."""

    cf: Step
    cb: Step
    blend: float | None


def reward(satisfaction: float) -> float:
    """rho: 1 -> -2, 2 -> -1, 3 -> 0, 4 -> +1, 5 -> +2, linear between (003, table 2, settled in algorithms.md 6)."""
    if not 1 <= satisfaction <= 5:
        raise InvalidInput(f"A satisfaction lies in 1 .. 5; got {satisfaction}.")
    return float(satisfaction) - 3.0


def weights_of(states: tuple[int, int]) -> Weights:
    """w = s / 10 of both agents."""
    return float(_GRID[states[0]]), float(_GRID[states[1]])


def _present(prediction: float | None) -> float | None:
    """A prediction, or None where the side is missing (NaN says so too)."""
    if prediction is None or np.isnan(prediction):
        return None
    if np.isinf(prediction):
        raise InvalidInput("A prediction must be finite.")
    return float(prediction)


def _blended(states: tuple[int, int], p_cf: float | None, p_cb: float | None) -> float | None:
    if p_cf is None and p_cb is None:
        return None
    return float(blend(weights_of(states), p_cf, p_cb))


def _checked_states(cf_state: Any, cb_state: Any) -> tuple[int, int]:
    for state in (cf_state, cb_state):
        if type(state) is not int or not 0 <= state < STATES:
            raise InvalidInput(f"The state of an agent is a whole number in 0 .. {STATES - 1}; got {state!r}.")
    return cf_state, cb_state


def _checked_table(name: str, given: Any, shape: tuple[int, ...]) -> Floats:
    try:
        table = np.array(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"The {name} of an agent must be a table of numbers.") from error
    if table.shape != shape or not np.isfinite(table).all():
        raise InvalidInput(f"The {name} of an agent must be finite numbers in the shape {shape}.")
    table.setflags(write=False)
    return table


@dataclass(frozen=True, eq=False)
class Memory:
    """What a person's two hindsight agents know: decayed rewards of 2 x 11 states, and the prior they began with."""

    states: tuple[int, int]
    sums: Floats  # (2, 11): decayed sum of the reward that every state would have earned
    weight: float  # decayed number of ratings behind `sums`
    prior: Floats | None  # (2, 11): the population's mean reward model at the start
    prior_mass: float  # decayed number of ratings that the prior still counts for

    @property
    def weights(self) -> Weights:
        """(w_cf, w_cb)."""
        return weights_of(self.states)

    def rewards(self) -> Floats:
        """The reward model, (2, 11): mean reward of every state of both agents; 0 where nothing is known."""
        total = self.weight + self.prior_mass
        known = self.sums if self.prior is None else self.sums + self.prior * self.prior_mass
        return known / total if total > 0 else np.zeros((2, STATES))

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
            cf_state, cb_state = record["states"]
            weight, mass = float(record["weight"]), float(record["prior_mass"])
            prior, sums = record["prior"], record["sums"]
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput("This is not the memory of a pair of hindsight agents.") from error
        if not (0 <= weight < np.inf and 0 <= mass < np.inf):
            raise InvalidInput("The memory of a pair of agents has a weight that is negative or not finite.")
        sums = _checked_table("reward sums", sums, (2, STATES))
        prior = None if prior is None else _checked_table("prior", prior, (2, STATES))
        return cls(_checked_states(cf_state, cb_state), sums, weight, prior, mass)


def population_prior(memories: Iterable[Memory]) -> Floats | None:
    """The mean reward model (2, 11) of everybody's own ratings, a person one vote; None when nobody rated."""
    models = [memory.sums / memory.weight for memory in memories if memory.weight > 0]
    return np.mean(models, axis=0) if models else None


@dataclass(frozen=True)
class Hindsight:
    """After a rating every state's reward is known, so each agent plans on a model of them (algorithms.md 6)."""

    discount: float = 0.9
    decay: float = 0.98
    sweeps: int = 30
    prior_weight: float = 20.0

    def start(self, prior: Floats | None = None) -> Memory:
        """A new person's pair: both at 5, or each at the best state of the population's `prior` (2, 11)."""
        nothing = _checked_table("reward sums", np.zeros((2, STATES)), (2, STATES))
        if prior is None:
            return Memory((HALF_WAY, HALF_WAY), nothing, 0.0, None, 0.0)
        known = _checked_table("prior", prior, (2, STATES))
        best = known.argmax(axis=1)
        return Memory((int(best[0]), int(best[1])), nothing, 0.0, known, float(self.prior_weight))

    def step(self, memory: Memory, satisfaction: float, p_cf: float | None, p_cb: float | None) -> tuple[Memory, Steps]:
        """Learn from one rating of an image with these predictions, then take each agent's greedy step.

        The reward that is reported is what the blend earned: reward(5 - |y - blend|). With a side missing every state
        blends alike, so there is nothing to learn: the memory stays as it is and both agents keep (with both sides
        missing the reward is 0).
        """
        reward(satisfaction)  # refuses what is not on the scale
        p_cf, p_cb = _present(p_cf), _present(p_cb)
        before = _blended(memory.states, p_cf, p_cb)
        earned = 0.0 if before is None else _earned(satisfaction, before)
        if p_cf is None or p_cb is None:
            kept = [Step(state, 0, earned, state) for state in memory.states]
            return memory, Steps(kept[0], kept[1], before)
        sums = memory.sums * self.decay + _hindsight_rewards(memory.states, satisfaction, p_cf, p_cb)
        sums.setflags(write=False)
        learnt = replace(
            memory, sums=sums, weight=memory.weight * self.decay + 1.0, prior_mass=memory.prior_mass * self.decay
        )
        q = self.q(learnt)
        cf, cb = (_greedy(q[agent], memory.states[agent], earned) for agent in range(2))
        return replace(learnt, states=(cf.next_state, cb.next_state)), Steps(cf, cb, before)

    def q(self, memory: Memory) -> Floats:
        """Q (2, 11, 3) after `sweeps` of Q(s,a) <- R(s') + discount * max_a' Q(s',a'), from 0."""
        rewards = memory.rewards()
        padded = np.full((2, STATES + 2), -np.inf)  # room at both ends, so that a shift is a slice
        worth = np.zeros((2, STATES))
        for _ in range(self.sweeps):
            inner = padded[:, 1:-1]
            np.multiply(worth, self.discount, out=inner)
            inner += rewards
            worth = np.maximum(np.maximum(padded[:, :-2], padded[:, 2:]), inner)
        arriving = padded[:, 1:-1] if self.sweeps else worth
        return arriving[:, _NEXT]


def _earned(satisfaction: float, blended: float) -> float:
    """reward(5 - |y - blend|): the closer the blend came, the better. A blend is on the scale, so this is too."""
    return 2.0 - abs(satisfaction - blended)


def _hindsight_rewards(states: tuple[int, int], satisfaction: float, p_cf: float, p_cb: float) -> Floats:
    """(2, 11): the reward of every state of each agent, the other one held where it stood."""
    w_cf = np.stack([_GRID, np.full(STATES, _GRID[states[0]])])
    w_cb = np.stack([np.full(STATES, _GRID[states[1]]), _GRID])
    total = w_cf + w_cb
    silent = total == 0  # both weights 0 count as equal
    blended = (np.where(silent, 1.0, w_cf) * p_cf + np.where(silent, 1.0, w_cb) * p_cb) / np.where(silent, 2.0, total)
    return 2.0 - np.abs(satisfaction - blended)


def _greedy(q: Floats, state: int, earned: float) -> Step:
    """The best action of `state`; keep on a tie with keeping, and then lower before raise."""
    values = q[state]
    best = 1 if values[1] >= values.max() - TIE else int(values.argmax())
    return Step(state, ACTIONS[best], earned, int(_NEXT[state, best]))


def q_update(
    q: Floats, state: int, action: int, satisfaction: float, learning_rate: float, discount: float
) -> tuple[float, Floats, int]:
    """Q(s,a) += lr * (rho + discount * max Q(s',.) - Q(s,a)) (003). Returns (rho, the new Q (11, 3), s').

    `action` is -1, 0 or +1; `q` itself is left as it is.
    """
    column = ACTIONS.index(action)
    rho, following = reward(satisfaction), int(_NEXT[state, column])
    updated = q.copy()
    updated[state, column] += learning_rate * (rho + discount * q[following].max() - q[state, column])
    return rho, updated, following


def is_paused(satisfactions: Sequence[float], window: int = 10, threshold: float = 4.0) -> bool:
    """Whether the mean of the last `window` satisfactions is at least `threshold`: the person is content."""
    latest = satisfactions[-window:]
    return bool(latest) and sum(latest) / len(latest) >= threshold


@dataclass(frozen=True, eq=False)
class ClassicMemory:
    """What a person's two Q-learning agents know: Q of both, and the last satisfactions."""

    states: tuple[int, int]
    q: Floats  # (2, 11, 3)
    satisfactions: tuple[float, ...]

    @property
    def weights(self) -> Weights:
        """(w_cf, w_cb)."""
        return weights_of(self.states)

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers; `from_json` gives the same memory to the last bit."""
        return {"states": list(self.states), "q": self.q.tolist(), "satisfactions": list(self.satisfactions)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The memory of a `to_json` record; raises InvalidInput for any other."""
        try:
            cf_state, cb_state = record["states"]
            q, satisfactions = record["q"], tuple(float(one) for one in record["satisfactions"])
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput("This is not the memory of a pair of classic agents.") from error
        table = _checked_table("Q", q, (2, STATES, len(ACTIONS)))
        return cls(_checked_states(cf_state, cb_state), table, satisfactions)


@dataclass(frozen=True)
class Classic:
    """Q-learning as the source has it (003): one reward a rating, whatever the agent did."""

    learning_rate: float = 0.3
    discount: float = 0.9
    epsilon: float = 0.1
    window: int = 10
    threshold: float = 4.0
    spread: float = 0.01  # Q begins uniform in [0, spread)

    def start(self, rng: np.random.Generator) -> ClassicMemory:
        """A new person's pair: both at 5, Q small and random."""
        q = _checked_table("Q", rng.uniform(0.0, self.spread, (2, STATES, len(ACTIONS))), (2, STATES, len(ACTIONS)))
        return ClassicMemory((HALF_WAY, HALF_WAY), q, ())

    def step(
        self,
        memory: ClassicMemory,
        satisfaction: float,
        p_cf: float | None,
        p_cb: float | None,
        rng: np.random.Generator,
    ) -> tuple[ClassicMemory, Steps]:
        """Choose both actions epsilon-greedily, then `learn`. Two choices are drawn for every rating."""
        choices = [self._choose(memory.q[agent, memory.states[agent]], rng) for agent in range(2)]
        return self.learn(memory, satisfaction, p_cf, p_cb, (choices[0], choices[1]))

    def learn(
        self,
        memory: ClassicMemory,
        satisfaction: float,
        p_cf: float | None,
        p_cb: float | None,
        actions: tuple[int, int],
    ) -> tuple[ClassicMemory, Steps]:
        """Learn from one rating with given actions: how a log is replayed, since it holds them.

        An agent learns, and moves, only when its side decided at least half of the blended score; a missing side
        decides nothing. Both wait while the person is content (`is_paused`, this rating included).
        """
        p_cf, p_cb = _present(p_cf), _present(p_cb)
        recent = (*memory.satisfactions, float(satisfaction))[-self.window :]
        waiting = is_paused(recent, self.window, self.threshold)
        rho, q, steps = reward(satisfaction), memory.q.copy(), []
        for agent, share in enumerate(_score_shares(memory.states, p_cf, p_cb)):
            state, action = memory.states[agent], actions[agent]
            if waiting or share < 0.5:
                steps.append(Step(state, 0, rho, state))
                continue
            _, q[agent], following = q_update(q[agent], state, action, satisfaction, self.learning_rate, self.discount)
            steps.append(Step(state, action, rho, following))
        q.setflags(write=False)
        cf, cb = steps
        learnt = ClassicMemory((cf.next_state, cb.next_state), q, recent)
        return learnt, Steps(cf, cb, _blended(memory.states, p_cf, p_cb))

    def _choose(self, values: Floats, rng: np.random.Generator) -> int:
        explores, random_action = rng.random() < self.epsilon, int(rng.integers(len(ACTIONS)))
        return ACTIONS[random_action if explores else int(values.argmax())]


def _score_shares(states: tuple[int, int], p_cf: float | None, p_cb: float | None) -> tuple[float, float]:
    """Each side's share of the blended score: w p over the sum of both; 0 for a side that is missing."""
    cf, cb = (float(share) for share in shares(weights_of(states), p_cf, p_cb))
    parts = cf * (p_cf or 0.0), cb * (p_cb or 0.0)
    total = sum(parts)
    return (parts[0] / total, parts[1] / total) if total > 0 else (cf, cb)
