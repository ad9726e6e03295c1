"""The informed start of new agents: the weights that would have been best for all users together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .agents import MIDDLE_STATE, N_STATES, best_state, weights_from_states
from .blend import blend
from .types import Floats

_MOST_TURNS = 20  # of the search for the best common states; a few are enough


def population_prior(
    given: ArrayLike, *predictions: ArrayLike, start: Sequence[int] | None = None
) -> Floats | None:
    """(n, 11): the mean reward of each agent's states over these ratings, with the others at their best.

    The agents start at the middle, or at `start`. In turn, each takes its best state while the others keep
    theirs, until none changes; so the states fit each other, as one agent's best state depends on the
    others'. `given` (the ratings) and each of the `predictions` are (m,), NaN without a prediction; ratings
    with fewer than two predictions are left out. None without any rating. Ours.
    """
    table, rated = np.stack([np.asarray(one, np.float64) for one in predictions]), np.asarray(given)
    counted = (~np.isnan(table)).sum(axis=0) >= 2
    table, rated = table[:, counted], rated[counted]
    if not rated.size:
        return None
    states = list(start or [MIDDLE_STATE] * len(table))
    rewards = np.zeros((len(table), N_STATES))
    for _ in range(_MOST_TURNS):
        before = tuple(states)
        for agent in range(len(table)):
            for state in range(N_STATES):
                tried = (*states[:agent], state, *states[agent + 1 :])
                blended = blend(weights_from_states(tried), *table)
                rewards[agent, state] = np.mean(2.0 - np.abs(rated - blended))
            states[agent] = best_state(rewards[agent])
        if tuple(states) == before:
            break
    return rewards
