"""The arms of an experiment: how people are dealt to them, and which states of the agents they use.

Everything here is a function of its arguments: the same experiment deals the same person to the same arm, and
a replay of the paper's agents gives the same memory.
"""

import hashlib
from collections.abc import Mapping

import numpy as np

from .agents import MIDDLE_STATE, Classic, ClassicMemory

HINDSIGHT, EQUAL, CLASSIC = "hindsight", "equal", "classic"
ARMS = (HINDSIGHT, EQUAL, CLASSIC)  # the first one is what the site does without an experiment
CLASSIC_AGENTS = Classic()


def arm_of_person(key: str, user: int, shares: Mapping[str, int]) -> str:
    """The arm of a user in the experiment of this key. `shares` has the size of each arm, a whole number."""
    digest = hashlib.sha256(f"{key}:{user}".encode()).digest()
    place = int.from_bytes(digest[:8]) * sum(shares.values()) >> 64
    for arm in ARMS:  # not in the order of the mapping: a database may change it
        place -= shares.get(arm, 0)
        if place < 0:
            return arm
    return HINDSIGHT


def states_in_arm(arm: str, agents: tuple[int, ...], classic: tuple[int, ...] | None) -> tuple[int, ...]:
    """The states that the blend uses: `agents` are those of the hindsight agents, `classic` those of the
    paper's agents, None if they have not started."""
    if arm == EQUAL:
        return (MIDDLE_STATE,) * len(agents)
    return classic if arm == CLASSIC and classic is not None else agents


def classic_start(user: int) -> ClassicMemory:
    """The paper's agents of a user before the first rating."""
    return CLASSIC_AGENTS.start(np.random.default_rng([user]))


def classic_step(
    memory: ClassicMemory, user: int, change: int, satisfaction: float, predicted: tuple[float | None, ...]
) -> ClassicMemory:
    """The paper's agents after one more rating; `predicted` are the predictions of their two sources. The
    choices are drawn from the ids of user and change, so no state of a generator must be stored."""
    neighbours, content = predicted
    rng = np.random.default_rng([user, change])
    return CLASSIC_AGENTS.step(memory, satisfaction, neighbours, content, rng)[0]
