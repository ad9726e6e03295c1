"""Where people's agents stand, and the log of their steps."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gallery.models import RatingChange
from gallery.plumbing.compiled_query import CompiledQuery
from recommender.engine.agents import Move, weights_from_states
from recommender.engine.blend import BlendWeights
from recommender.models import AgentMove, Agents, AgentStep

START = (0.5, 0.5)  # of a person who has no agents yet: the sources that answer for everybody count alike

_states = CompiledQuery(lambda user: Agents.objects.filter(user=user).values_list("memory__states")[:1])


def weights_of_person(user_id: int) -> BlendWeights:
    """The weights of a person's agents, each in [0, 1], in the order of SOURCES; of sources whose agent has
    not joined yet there is none."""
    rows = _states(user_id)
    return weights_from_states(tuple(json.loads(rows[0][0]))) if rows else START


def all_weights() -> dict[int, BlendWeights]:
    """The same for everybody who has agents, by person."""
    rows = Agents.objects.values_list("user_id", "memory__states")
    return {user: weights_from_states(tuple(states)) for user, states in rows.iterator(chunk_size=5000)}


@dataclass(frozen=True)
class Learnt:
    """One step as it is logged: by the name of each source that has an agent,
    its step and what it had predicted."""

    change: RatingChange
    satisfaction: int
    blend: float | None
    moves: Mapping[str, tuple[Move, float | None]]


def log_steps(learnt: Sequence[Learnt]) -> None:
    """Writes the steps and the moves of each."""
    steps = AgentStep.objects.bulk_create(
        [
            AgentStep(
                user_id=one.change.user_id,
                change=one.change,
                satisfaction=one.satisfaction,
                blend=one.blend,
                at=one.change.at,
            )
            for one in learnt
        ],
        batch_size=200,
    )
    AgentMove.objects.bulk_create(
        [
            AgentMove(
                step=step,
                source=source,
                predicted=predicted,
                state=move.state,
                action=move.action,
                reward=move.reward,
                next_state=move.next_state,
            )
            for step, one in zip(steps, learnt, strict=True)
            for source, (move, predicted) in one.moves.items()
        ],
        batch_size=100,
    )


def moves_of(users: Sequence[int]) -> dict[int, dict[str, AgentMove]]:
    """The moves of these people's agents by the id of the step, and by the name of the source."""
    found: dict[int, dict[str, AgentMove]] = defaultdict(dict)
    for move in AgentMove.objects.filter(step__user__in=users).order_by("id").iterator(chunk_size=5000):
        found[move.step_id][move.source] = move
    return found
