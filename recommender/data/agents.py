"""The weights of users' agents, and the log of their steps. While an experiment runs, the weights are those
of the user's arm."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Case, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from gallery.models import RatingChange
from gallery.plumbing.compiled_query import CompiledQuery
from recommender.engine.agents import Move, weights_from_states
from recommender.engine.arms import EQUAL, HINDSIGHT, arm_of_person, states_in_arm
from recommender.engine.blend import BlendWeights
from recommender.models import AgentMove, Agents, AgentStep, ClassicAgents, Experiment

# of a user without agents: those of the two sources that predict for every user
START_WEIGHTS = (0.5, 0.5)

_running = Experiment.objects.filter(ended_at=None)


def _states(**of: int | str) -> "QuerySet[Agents, tuple[Any, ...]]":
    """Of each of these users the id, the states of the agents, and what decides which states are used."""
    classic = ClassicAgents.objects.filter(user=OuterRef("user"), experiment__ended_at=None)
    return Agents.objects.filter(**of).values_list(
        "user_id",
        "memory__states",
        Subquery(_running.values("key")[:1]),
        Subquery(_running.values("arms")[:1]),
        Subquery(classic.values("memory__states")[:1]),
    )


_states_of_user = CompiledQuery(lambda user: _states(user=user)[:1])


def agent_weights(user_id: int) -> BlendWeights:
    """The weights of the sources for a user, each in [0, 1], in the order of SOURCES: those of the agents, or
    those of the user's arm. Sources that have no weight are missing at the end."""
    for user, states, key, shares, classic in _states_of_user(user_id):
        shares, classic = (json.loads(value) if value else None for value in (shares, classic))
        return _in_effect(user, json.loads(states), key, shares, classic)
    return START_WEIGHTS


def all_weights() -> dict[int, BlendWeights]:
    """The weights of all users who have agents, by user id."""
    return {row[0]: _in_effect(*row) for row in _states().iterator(chunk_size=5000)}


def _in_effect(
    user: int,
    states: Sequence[int],
    key: str | None,
    shares: Mapping[str, int] | None,
    classic: Sequence[int] | None,
) -> BlendWeights:
    usual = EQUAL if settings.RECOMMENDER["weights"] == "equal" else HINDSIGHT
    arm = arm_of_person(key, user, shares) if key and shares else usual
    return weights_from_states(states_in_arm(arm, tuple(states), tuple(classic) if classic else None))


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


@dataclass(frozen=True)
class LoggedPredictions:
    """What was predicted before some ratings, as aligned arrays.

    `given` are the ratings, `blend` is that of the weights of then, `predicted` has the values of each source
    by name, NaN where it had none. `known` is the number of images that the user had rated before.
    """

    given: NDArray[np.float64]
    blend: NDArray[np.float64]
    predicted: Mapping[str, NDArray[np.float64]]
    known: NDArray[np.int64]

    def of(self, source: str) -> NDArray[np.float64]:
        """The predictions of a source, also of one that has made none."""
        return self.predicted.get(source, np.full(len(self.given), np.nan))


def logged_predictions(most: int) -> LoggedPredictions:
    """The predictions of the newest steps that had any, at most so many, by ascending step."""
    gained = Case(
        When(old=None, new__isnull=False, then=1), When(old__isnull=False, new=None, then=-1), default=0
    )
    earlier = RatingChange.objects.filter(user=OuterRef("user"), id__lt=OuterRef("change"))
    known = Subquery(earlier.order_by().values("user").annotate(n=Sum(gained)).values("n"))
    steps = AgentStep.objects.filter(blend__isnull=False).annotate(known=Coalesce(known, Value(0)))
    rows = list(steps.order_by("-id").values_list("id", "satisfaction", "blend", "known")[:most])
    table = np.array(rows[::-1], dtype=np.float64).reshape(-1, 4)
    index = {int(step): row for row, step in enumerate(table[:, 0])}
    predicted: dict[str, NDArray[np.float64]] = {}
    moves = AgentMove.objects.filter(step__gte=min(index, default=0), predicted__isnull=False)
    for step, source, value in moves.values_list("step", "source", "predicted").iterator(chunk_size=5000):
        if step in index:
            predicted.setdefault(source, np.full(len(table), np.nan))[index[step]] = value
    return LoggedPredictions(table[:, 1], table[:, 2], predicted, table[:, 3].astype(np.int64))
