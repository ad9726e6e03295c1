"""The weights of users' agents, and the log of their steps."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gallery.models import RatingChange
from gallery.plumbing.compiled_query import CompiledQuery
from recommender.engine.agents import Move, weights_from_states
from recommender.engine.blend import BlendWeights
from recommender.models import AgentMove, Agents, AgentStep

# of a user without agents: those of the two sources that predict for every user
START_WEIGHTS = (0.5, 0.5)

_states = CompiledQuery(lambda user: Agents.objects.filter(user=user).values_list("memory__states")[:1])


def agent_weights(user_id: int) -> BlendWeights:
    """The weights of a user's agents, each in [0, 1], in the order of SOURCES. Sources whose agent has not
    joined yet are missing at the end."""
    rows = _states(user_id)
    return weights_from_states(tuple(json.loads(rows[0][0]))) if rows else START_WEIGHTS


def all_weights() -> dict[int, BlendWeights]:
    """The weights of all users who have agents, by user id."""
    rows = Agents.objects.values_list("user_id", "memory__states")
    return {user: weights_from_states(tuple(states)) for user, states in rows.iterator(chunk_size=5000)}


@dataclass(frozen=True)
class LearntRating:
    """One step for the log. `moves` has the step and the prediction of each source that has an agent, by
    name."""

    change: RatingChange
    satisfaction: int
    blend: float | None
    moves: Mapping[str, tuple[Move, float | None]]


def log_steps(learnt: Sequence[LearntRating]) -> None:
    """Writes the steps and their moves."""
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
    """The moves of these users' agents: step id -> name of the source -> move."""
    found: dict[int, dict[str, AgentMove]] = defaultdict(dict)
    for move in AgentMove.objects.filter(step__user__in=users).order_by("id").iterator(chunk_size=5000):
        found[move.step_id][move.source] = move
    return found
