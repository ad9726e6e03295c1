"""`live`: evaluation of a site's log.

It reports satisfaction and error by arm (the reason why an image was shown), compares the agents with fixed
weights, and replays the agents' log.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.engine.agents import Hindsight
from recommender.engine.blend import Weights, best_fixed, blend
from recommender.engine.types import Floats, Ints

from ..context import Context, Protocol
from ..datasets import Dataset
from ..errors import DataError
from ..figures import Bars
from ..live import EXPLORED, OTHERS, Judged, Log, arms, between, last_shown, replayed
from ..report import Claim, Report, Row, Table
from ..stats import bootstrap, paired_bootstrap

BLEND = "blend"
MOST_DIFFERENCES = 20  # that a report prints


def run(dataset: Dataset, context: Context) -> Report:
    """Evaluates the log of a site; raises DataError for other data, which has no log."""
    if dataset.log is None:
        raise DataError(f"The data set {dataset.name} has no log of what was shown; use --data site.")
    log = dataset.log()
    places = last_shown(log.shown, log.given)
    arm = arms(log.shown, places)
    wrong = {one.user: replayed(one, Hindsight(), log.sources) for one in log.agents}
    rows, sides = _arm_rows(log, places, arm, context), _side_rows(log, places, context)
    judged = Judged.of(log)
    weights = best_fixed(judged.given, *judged.said) if len(judged.users) else ()
    agents = _agent_rows(judged, log.sources, weights, context) if weights else []
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
        about="An arm is the reason why the image was shown: a rung, exploration, or none of these. People "
        "choose what they rate, so arms differ by more than their predictions. Exploration is the fairest "
        "comparison, because its images are random.",
        data=dataset.describe(),
        rows=[*rows, *sides, *agents, replay],
        tables=[
            Table("Satisfaction and error by arm", rows),
            Table("The same impressions, each side alone and blended", sides),
            Table(
                "The agents beside weights that are the same for everybody",
                agents,
                text=_picked(log.sources, weights),
            ),
            Table("The agents' log, replayed", [replay]),
        ],
        figures=[_figure(rows)] if rows else [],
        claims=_claims(rows, replay),
        notes=[*broken[:MOST_DIFFERENCES], *_more(broken)],
    )


def _arm_rows(log: Log, places: Any, arm: Any, context: Context) -> list[dict[str, Any]]:
    given, rows = log.given, []
    error = np.abs(_last(log.shown.blend, places) - given.values)
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


def _last(predicted: Floats, places: Any) -> Floats:
    """What the last impression had predicted; NaN without one."""
    found: Floats = np.append(predicted, np.nan)[places]  # -1 is the NaN at the end
    return found


def _side_rows(log: Log, places: Any, context: Context) -> list[dict[str, Any]]:
    """Where two sources or more had predicted: each source by what it predicted,
    the blend beside it by the same."""
    given = log.given
    predicted = {name: log.shown.predicted[name] for name in log.sources} | {BLEND: log.shown.blend}
    errors = {name: np.abs(_last(values, places) - given.values) for name, values in predicted.items()}
    spoke = sum(
        (np.isfinite(errors[name]).astype(int) for name in log.sources), np.zeros(len(given.users), dtype=int)
    )
    complete = (spoke >= 2) & np.isfinite(errors[BLEND])
    rows = []
    for name, error in errors.items():
        there = complete & np.isfinite(error)
        if there.any():
            own, blended, users = error[there], errors[BLEND][there], given.users[there]
            rows.append(_beside(name, own, blended, users, context.rng("side", name)))
    return rows


def _agent_rows(
    judged: Judged, sources: Sequence[str], weights: Weights, context: Context
) -> list[dict[str, Any]]:
    """The agents' blend on the logged steps, the same predictions under fixed weights,
    and each source alone."""
    answers = {
        "agents": judged.blend,
        "equal weights": blend((1.0,) * len(judged.said), *judged.said),
        "best fixed weights": blend(weights, *judged.said),
    } | {f"{source} alone": said for source, said in zip(sources, judged.said, strict=True)}
    rows, agents = [], np.abs(judged.blend - judged.given)
    for name, answer in answers.items():
        there = np.isfinite(answer)
        if there.any():
            own = np.abs(answer - judged.given)[there]
            rows.append(_beside(name, own, agents[there], judged.users[there], context.rng("agents", name)))
    return rows


def _beside(
    name: str, errors: Floats, blended: Floats, users: Ints, rng: np.random.Generator
) -> dict[str, Any]:
    """A row with the mean error, and its difference to the blend on the same ratings."""
    apart, mae = paired_bootstrap(errors, blended, users, rng), bootstrap(errors, users, rng)
    return (
        {"method": name, "ratings": len(errors)}
        | {"mae": mae.value, "mae_low": mae.low, "mae_high": mae.high}
        | {
            "worse_than_blend": apart.value,
            "worse_than_blend_low": apart.low,
            "worse_than_blend_high": apart.high,
        }
    )


def _picked(sources: Sequence[str], weights: Weights) -> str:
    shares = ", ".join(f"{source} {share:.2f}" for source, share in zip(sources, weights, strict=False))
    return (
        f"All steps with predictions of two or more sources. The best fixed weights ({shares}) were picked "
        "afterwards on the same ratings, so they are better than any choice in advance. A source alone is "
        "evaluated on its own predictions, and the blend beside it on the same ratings."
    )


def _figure(rows: list[dict[str, Any]]) -> Bars:
    return Bars(
        "satisfaction",
        "Satisfaction by arm",
        "mean satisfaction",
        "",
        *(
            [row[name] for row in rows]
            for name in ("method", "satisfaction", "satisfaction_low", "satisfaction_high")
        ),
    )


def _claims(rows: list[dict[str, Any]], replay: Row) -> list[Claim]:
    found = {row["method"]: row for row in rows}
    whole = "yes" if replay["exact"] == replay["people"] else "no"
    said = f"{replay['exact']} of {replay['people']} people's {replay['steps']} steps come to what is stored"
    claims = [Claim("ours", "the agents' log replays to their stored states exactly", said, whole)]
    if {"hybrid", EXPLORED} <= found.keys():
        learnt, drawn = found["hybrid"], found[EXPLORED]
        said = (
            f"satisfaction {learnt['satisfaction']:.2f} where it was learnt, {drawn['satisfaction']:.2f} "
            "where drawn"
        )
        apart = learnt["satisfaction_low"] > drawn["satisfaction_high"]
        holds = "yes" if apart else "no" if learnt["satisfaction"] < drawn["satisfaction"] else "not apart"
        claims.append(Claim("003", "what is recommended is liked", said, holds))
    return claims


def _more(broken: list[str]) -> list[str]:
    rest = len(broken) - MOST_DIFFERENCES
    return [f"And {rest} more differences."] if rest > 0 else []


ABOUT = "the site's own log: satisfaction and error by arm, the agents against fixed weights, and a replay"
PROTOCOL = Protocol("live", "003", ABOUT, run, ())
