"""The site's impressions, ratings and agents' steps as the lab's log; ids are those of the database."""

from collections import defaultdict
from typing import Any

import numpy as np

from gallery.models import RatingChange
from recommender.data.agents import states_of
from recommender.data.snapshot import CHUNK
from recommender.lab.live import AgentLog, Given, Log, Shown
from recommender.models import AgentPair, AgentStep, Impression

STEP = (
    *("satisfaction", "p_cf", "p_cb", "p_net", "blend"),
    *("cf_state", "cf_action", "cf_reward", "cf_next"),
    *("cb_state", "cb_action", "cb_reward", "cb_next"),
    *("net_state", "net_action", "net_reward", "net_next"),
)


def read_log() -> Log:
    """All of it, oldest first."""
    return Log(_shown(), _given(), _agents())


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _shown() -> Shown:
    kinds = "i8,i8,f8,U10,?,f8,f8,f8,f8"
    rows = Impression.objects.order_by("id").values_list(
        "user_id", "image_id", "at", "rung", "explored", "p_cf", "p_cb", "blend", "p_net"
    )
    found = (
        (user, image, at.timestamp(), rung, explored, *map(_number, predicted))
        for user, image, at, rung, explored, *predicted in rows.iterator(chunk_size=CHUNK)
    )
    table = np.fromiter(found, dtype=np.dtype(kinds))
    return Shown(*(np.ascontiguousarray(table[name]) for name in table.dtype.names or ()))


def _given() -> Given:
    rows = RatingChange.objects.filter(new__isnull=False).order_by("id")
    found = (
        (user, image, at.timestamp(), new)
        for user, image, at, new in rows.values_list("user_id", "image_id", "at", "new").iterator(chunk_size=CHUNK)
    )
    table = np.fromiter(found, dtype=np.dtype("i8,i8,f8,f8"))
    return Given(*(np.ascontiguousarray(table[name]) for name in table.dtype.names or ()))


def _agents() -> list[AgentLog]:
    steps: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in AgentStep.objects.order_by("id").values("user_id", *STEP).iterator(chunk_size=CHUNK):
        steps[row.pop("user_id")].append(row)
    return [
        AgentLog(
            pair.user_id,
            pair.memory,
            states_of((pair.cf_state, pair.cb_state, pair.net_state)),
            pair.steps,
            steps.pop(pair.user_id, []),
        )
        for pair in AgentPair.objects.order_by("user_id").iterator(chunk_size=500)
    ]
