"""The impressions, ratings and agent steps of the site, as a log for the lab. The ids are those of the
database."""

from collections import defaultdict
from typing import Any

import numpy as np
from django.utils import timezone

from gallery.models import RatingChange
from recommender.data.agents import moves_of
from recommender.data.experiments import read_experiment
from recommender.data.snapshot import ROWS_AT_A_TIME
from recommender.engine.ids import IdMap
from recommender.lab.live import AgentLog, Impressions, LoggedMove, LoggedStep, Ratings, SiteLog
from recommender.models import Agents, AgentStep, Experiment, Impression

USERS_AT_A_TIME = 500  # whose steps are in memory at a time


def read_log(sources: tuple[str, ...], catalogue: IdMap) -> SiteLog:
    """The whole log, oldest first. `sources` are the names of the sources of the blend, in the order of the
    agents; `catalogue` are the images of the data set."""
    now = timezone.now()
    experiments = [read_experiment(one, now) for one in Experiment.objects.order_by("pk")]
    return SiteLog(_impressions(sources), _ratings(), _agents(sources), sources, experiments, catalogue)


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _impressions(sources: tuple[str, ...]) -> Impressions:
    kinds = ",".join(["i8,i8,f8,U10,?,f8", *["f8"] * len(sources)])
    rows = Impression.objects.order_by("id").values_list(
        "user_id", "image_id", "at", "rung", "explored", "blend", "predicted"
    )
    found = (
        (
            user,
            image,
            at.timestamp(),
            rung,
            explored,
            _number(blend),
            *(_number(predicted.get(name)) for name in sources),
        )
        for user, image, at, rung, explored, blend, predicted in rows.iterator(chunk_size=ROWS_AT_A_TIME)
    )
    table = np.fromiter(found, dtype=np.dtype(kinds))
    columns: list[Any] = [np.ascontiguousarray(table[name]) for name in table.dtype.names or ()]
    users, items, times, rungs, explored, blend, *by_source = columns
    return Impressions(
        users, items, times, rungs, explored, blend, dict(zip(sources, by_source, strict=True))
    )


def _ratings() -> Ratings:
    rows = RatingChange.objects.filter(new__isnull=False).order_by("id")
    found = (
        (user, image, at.timestamp(), new)
        for user, image, at, new in rows.values_list("user_id", "image_id", "at", "new").iterator(
            chunk_size=ROWS_AT_A_TIME
        )
    )
    table = np.fromiter(found, dtype=np.dtype("i8,i8,f8,f8"))
    return Ratings(*(np.ascontiguousarray(table[name]) for name in table.dtype.names or ()))


def _agents(sources: tuple[str, ...]) -> list[AgentLog]:
    people = list(Agents.objects.order_by("user_id"))
    found = []
    for start in range(0, len(people), USERS_AT_A_TIME):
        block = people[start : start + USERS_AT_A_TIME]
        steps = _steps([agents.user_id for agents in block], sources)
        found += [AgentLog(one.user_id, one.memory, one.steps, steps.get(one.user_id, [])) for one in block]
    return found


def _steps(users: list[int], sources: tuple[str, ...]) -> dict[int, list[LoggedStep]]:
    found: dict[int, list[LoggedStep]] = defaultdict(list)
    rows = (
        AgentStep.objects.filter(user__in=users)
        .order_by("id")
        .values_list("pk", "user_id", "satisfaction", "blend")
    )
    steps = list(rows)
    moves = moves_of(users)
    for pk, user, satisfaction, blend in steps:
        of_step = moves[pk]
        taken = {
            name: LoggedMove(move.predicted, move.state, move.action, move.reward, move.next_state)
            for name in sources
            if (move := of_step.get(name)) is not None
        }
        found[user].append(LoggedStep(satisfaction, blend, taken))
    return found
