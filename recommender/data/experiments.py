"""Which experiment runs, in which arm a user is, who was exposed, and what the exposed people did."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from gallery.models import RatingChange, Source, View
from recommender.data.impressions import without_waiting_for_the_disk
from recommender.engine.agents import ClassicMemory
from recommender.engine.arms import ARMS, CLASSIC, HINDSIGHT, arm_of_person, classic_start, classic_step
from recommender.lab.experiments import ALL_RATINGS, OPENED, SHOWN, ArmLog, ExperimentLog
from recommender.models import AgentMove, AgentStep, ClassicAgents, Experiment, Exposure, Impression


def running() -> Experiment | None:
    return Experiment.objects.filter(ended_at=None).first()


def arm_of(user_id: int, experiment: Experiment | None) -> str:
    """The arm of a user; without an experiment that of the site."""
    return HINDSIGHT if experiment is None else arm_of_person(experiment.key, user_id, experiment.arms)


def expose(user_id: int, experiment_id: int, now: datetime) -> None:
    """Records that the user sees the first page of the feed in this experiment. The first record stays."""
    experiment = Experiment.objects.get(pk=experiment_id)
    exposure = Exposure(experiment=experiment, user_id=user_id, arm=arm_of(user_id, experiment), at=now)
    with without_waiting_for_the_disk():
        Exposure.objects.bulk_create([exposure], ignore_conflicts=True)


def steps_after(
    step_id: int, user_id: int, sources: tuple[str, ...]
) -> list[tuple[AgentStep, tuple[float | None, ...]]]:
    """The logged steps of a user after one step, in order, each with the predictions of these sources."""
    steps = list(AgentStep.objects.filter(user=user_id, pk__gt=step_id).order_by("pk"))
    moves = AgentMove.objects.filter(step__user=user_id, step__gt=step_id, source__in=sources)
    rows = moves.values_list("step", "source", "predicted")
    predicted = {(step, source): value for step, source, value in rows}
    return [(step, tuple(predicted.get((step.pk, source)) for source in sources)) for step in steps]


def classic_states(user_id: int, sources: tuple[str, ...]) -> dict[int, tuple[int, int]]:
    """The states of the paper's agents after each logged step of a user, by the id of the step; that of the
    start is 0. `sources` are the names of their two sources."""
    memory = classic_start(user_id)
    states = {0: memory.states}
    for step, predicted in steps_after(0, user_id, sources):
        memory = classic_step(memory, user_id, step.change_id, float(step.satisfaction), predicted)
        states[step.pk] = memory.states
    return states


def follow_classic(user_id: int, sources: tuple[str, ...]) -> None:
    """If the user is in the arm of the paper's agents, they learn from all logged steps that they have not
    learnt from: when the experiment is new for the user, from the whole log."""
    experiment = running()
    if experiment is None or arm_of(user_id, experiment) != CLASSIC:
        return
    stored = ClassicAgents.objects.filter(user=user_id, experiment=experiment).first()
    memory = ClassicMemory.from_json(stored.memory) if stored else classic_start(user_id)
    through = stored.learnt_through if stored else 0
    for step, predicted in steps_after(through, user_id, sources):
        memory = classic_step(memory, user_id, step.change_id, float(step.satisfaction), predicted)
        through = step.pk
    ClassicAgents.objects.update_or_create(
        user_id=user_id,
        defaults={"experiment": experiment, "memory": memory.to_json(), "learnt_through": through},
    )


def decided_at(experiment: Experiment) -> datetime | None:
    """The moment at which the stopping rule was reached, None if not enough people were exposed yet. It may
    be in the future. What happened later is not part of the result, so looking again cannot change it."""
    moments = experiment.exposures.order_by("at").values_list("at", flat=True)
    enough = moments[experiment.people - 1 : experiment.people].first()
    return enough and max(enough, experiment.started_at + timedelta(days=experiment.days))


def read_experiment(experiment: Experiment, now: datetime) -> ExperimentLog:
    """What the exposed people did, up to the stopping rule, else up to the end or now."""
    last = experiment.ended_at or now
    decided = decided_at(experiment)
    reached = decided is not None and decided <= last
    until = decided if decided is not None and reached else last
    exposed = experiment.exposures.filter(at__lte=until).order_by("pk")
    people: dict[str, list[int]] = {arm: [] for arm in ARMS if experiment.arms.get(arm)}
    for user, arm in exposed.values_list("user_id", "arm"):
        people.setdefault(arm, []).append(user)
    sums = _sums(experiment, until)
    arms = [
        ArmLog(arm, len(users), {name: _columns(by_user, users) for name, by_user in sums.items()})
        for arm, users in people.items()
    ]
    return ExperimentLog(experiment.name, reached, arms)


def _columns(by_user: Mapping[int, tuple[float, float]], users: Sequence[int]) -> tuple[Any, Any]:
    """The sums and the counts of these users, aligned."""
    rows = np.array([by_user.get(user, (0.0, 0.0)) for user in users], dtype=np.float64).reshape(-1, 2)
    return rows[:, 0], rows[:, 1]


def _sums(experiment: Experiment, until: datetime) -> dict[str, dict[int, tuple[float, float]]]:
    """For each measure the sum and the count of each user."""
    # An impression since the start is one since the exposure: the first page of the experiment exposes.
    shown = Impression.objects.filter(feed__private=False, at__gte=experiment.started_at)
    before = Exists(
        shown.filter(feed__user=OuterRef("user"), image=OuterRef("image"), at__lte=OuterRef("at"))
    )
    in_experiment = Q(user__exposures__experiment=experiment, user__exposures__at__lte=F("at"), at__lte=until)
    rated = RatingChange.objects.filter(in_experiment, new__isnull=False)
    opened = View.objects.filter(in_experiment, before, source=Source.FEED)
    pages = shown.filter(feed__user__exposures__experiment=experiment, at__lte=until)
    pictures = dict(pages.order_by().values_list("feed__user").annotate(Count("pk")))
    found = dict(opened.order_by().values_list("user").annotate(Count("image", distinct=True)))
    return {
        SHOWN: _totals(rated.filter(before)),
        ALL_RATINGS: _totals(rated),
        OPENED: {user: (found.get(user, 0), count) for user, count in pictures.items()},
    }


def _totals(rated: "QuerySet[RatingChange]") -> dict[int, tuple[float, float]]:
    rows = rated.order_by().values_list("user").annotate(Sum("new"), Count("pk"))
    return {user: (total, count) for user, total, count in rows}
