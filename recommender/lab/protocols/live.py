"""The live site judged off-line: satisfaction and error by what showed an image, and the agents' log replayed."""

from typing import Any

import numpy as np

from recommender.engine.agents import Hindsight
from recommender.engine.types import Floats

from ..context import Context, Protocol
from ..datasets import Dataset
from ..errors import DataError
from ..figures import Bars
from ..live import EXPLORED, OTHERS, Log, arms, between, last_shown, replayed
from ..report import Claim, Report, Row, Table
from ..stats import bootstrap, paired_bootstrap

SIDES = ("p_cf", "p_cb", "blend")
MOST_DIFFERENCES = 20  # that a report prints


def run(dataset: Dataset, context: Context) -> Report:
    """Needs the site's own log; no other data has one."""
    if dataset.log is None:
        raise DataError(f"The data set {dataset.name} has no log of what was shown; use --data site.")
    log = dataset.log()
    places = last_shown(log.shown, log.given)
    arm = arms(log.shown, places)
    wrong = {one.user: replayed(one, Hindsight()) for one in log.agents}
    rows, sides = _arm_rows(log, places, arm, context), _side_rows(log, places, context)
    steps = sum(len(one.steps) for one in log.agents)
    broken = [f"Person {user}: {sentence}." for user, sentences in wrong.items() for sentence in sentences]
    replay = {
        "method": "replay of the agents",
        "people": len(wrong),
        "steps": steps,
        "exact": sum(not one for one in wrong.values()),
    }
    return Report(
        protocol="live",
        dataset=dataset.name,
        title="The live site, off-line",
        split="every rating with the last impression of that image to that person before it",
        about="An arm is what had put the image before the person: a rung of the ladder, a place drawn for "
        "exploration, or neither. People choose what they rate, so arms differ by more than their "
        "predictions: explored places are the fairest comparison, being drawn by chance.",
        data=dataset.describe(),
        rows=[*rows, *sides, replay],
        tables=[
            Table("Satisfaction and error by arm", rows),
            Table("The same impressions, each side alone and blended", sides),
            Table("The agents' log, replayed", [replay]),
        ],
        figures=[_figure(rows)] if rows else [],
        claims=_claims(rows, replay),
        notes=[*broken[:MOST_DIFFERENCES], *_more(broken)],
    )


def _arm_rows(log: Log, places: Any, arm: Any, context: Context) -> list[dict[str, Any]]:
    given, rows = log.given, []
    error = np.abs(_told(log, places, "blend") - given.values)
    for name in sorted(set(arm.tolist())):
        here = arm == name
        liked = bootstrap(given.values[here], given.users[here], context.rng("satisfaction", name))
        missed = bootstrap(error[here], given.users[here], context.rng("mae", name))
        apart = between(given.values, here, arm == OTHERS, given.users, context.rng("apart", name))
        rows.append(
            {"method": name, "ratings": int(here.sum()), "people": len(np.unique(given.users[here]))}
            | {"satisfaction": liked.value, "satisfaction_low": liked.low, "satisfaction_high": liked.high}
            | {"above_others": apart.value, "above_others_low": apart.low, "above_others_high": apart.high}
            | {"mae": missed.value, "mae_low": missed.low, "mae_high": missed.high}
        )
    return rows


def _told(log: Log, places: Any, name: str) -> Floats:
    """What the last impression had predicted; NaN without one."""
    column = np.append(getattr(log.shown, name), np.nan)
    told: Floats = column[places]  # -1 is the NaN at the end
    return told


def _side_rows(log: Log, places: Any, context: Context) -> list[dict[str, Any]]:
    given = log.given
    errors = {name: np.abs(_told(log, places, name) - given.values) for name in SIDES}
    complete = np.isfinite(sum(errors.values()))
    rows = []
    for name in SIDES if complete.any() else ():
        apart = paired_bootstrap(
            errors[name][complete], errors["blend"][complete], given.users[complete], context.rng("side", name)
        )
        rows.append(
            {"method": name, "ratings": int(complete.sum()), "mae": float(errors[name][complete].mean())}
            | {"worse_than_blend": apart.value, "worse_than_blend_low": apart.low, "worse_than_blend_high": apart.high}
        )
    return rows


def _figure(rows: list[dict[str, Any]]) -> Bars:
    return Bars(
        "satisfaction",
        "Satisfaction by arm",
        "mean satisfaction",
        "",
        *([row[name] for row in rows] for name in ("method", "satisfaction", "satisfaction_low", "satisfaction_high")),
    )


def _claims(rows: list[dict[str, Any]], replay: Row) -> list[Claim]:
    found = {row["method"]: row for row in rows}
    whole = "yes" if replay["exact"] == replay["people"] else "no"
    said = f"{replay['exact']} of {replay['people']} people's {replay['steps']} steps come to what is stored"
    claims = [Claim("ours", "the agents' log replays to their stored states exactly", said, whole)]
    if {"hybrid", EXPLORED} <= found.keys():
        learnt, drawn = found["hybrid"], found[EXPLORED]
        said = f"satisfaction {learnt['satisfaction']:.2f} where it was learnt, {drawn['satisfaction']:.2f} where drawn"
        apart = learnt["satisfaction_low"] > drawn["satisfaction_high"]
        holds = "yes" if apart else "no" if learnt["satisfaction"] < drawn["satisfaction"] else "not apart"
        claims.append(Claim("003", "what is recommended is liked", said, holds))
    return claims


def _more(broken: list[str]) -> list[str]:
    rest = len(broken) - MOST_DIFFERENCES
    return [f"And {rest} more differences."] if rest > 0 else []


PROTOCOL = Protocol("live", "003", "the site's own log: satisfaction and error by arm, the agents replayed", run, ())
