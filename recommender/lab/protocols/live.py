"""`live`: evaluation of a site's log.

It reports satisfaction and error by arm (the reason why an image was shown), compares the agents with fixed
weights, reports the experiments of the site, and replays the agents' log.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.engine.agents import Hindsight
from recommender.engine.blend import BlendWeights, best_fixed, blend
from recommender.engine.types import Floats, Ints

from .. import experiments, metrics
from ..context import Context, Protocol
from ..datasets import Dataset
from ..errors import DataError
from ..experiments import ExperimentLog
from ..figures import Bars
from ..live import (
    EXPLORED,
    OTHERS,
    BlendedSteps,
    SiteLog,
    arms,
    daily_lists,
    last_impressions,
    mean_difference,
    replay_differences,
    showings_by_arm,
)
from ..report import Claim, ProtocolReport, Row, Table
from ..stats import bootstrap, paired_bootstrap
from ..time_replay import image_features

BLEND = "blend"
SHOWN_TEXT = (
    "Coverage is the share of the catalogue that was shown at all. Gini is 0 where all images were shown "
    "equally often. Variety is that among the images that one person saw on one day: 1 less "
    "the mean similarity of their features."
)
MOST_DIFFERENCES = 20  # that a report prints


def run(dataset: Dataset, context: Context) -> ProtocolReport:
    """Evaluates the log of a site; raises DataError for other data, which has no log."""
    if dataset.log is None:
        raise DataError(f"The data set {dataset.name} has no log of what was shown; use --data site.")
    log = dataset.log()
    last = last_impressions(log.impressions, log.ratings)
    arm = arms(log.impressions, last)
    differences = {one.user: replay_differences(one, Hindsight(), log.sources) for one in log.agents}
    rows, by_source = _arm_rows(log, last, arm, context), _source_rows(log, last, context)
    shown = _shown_rows(dataset, log, context)
    steps = BlendedSteps.of(log)
    weights = best_fixed(steps.ratings, *steps.predicted) if len(steps.users) else ()
    agents = _agent_rows(steps, log.sources, weights, context) if weights else []
    compared = [(one, experiments.rows(one, context.rng("experiment", one.name))) for one in log.experiments]
    notes = [f"Person {user}: {text}." for user, texts in differences.items() for text in texts]
    replay = {
        "method": "replay of the agents",
        "people": len(differences),
        "steps": sum(len(one.steps) for one in log.agents),
        "exact": sum(not texts for texts in differences.values()),
    }
    return ProtocolReport(
        protocol="live",
        dataset=dataset.name,
        title="The live site, off-line",
        split="every rating with the last impression of that image to that person before it",
        about="An arm is the reason why the image was shown: a rung, exploration, or none of these. People "
        "choose what they rate, so arms differ by more than their predictions. Exploration is the fairest "
        "comparison, because its images are random.",
        data=dataset.describe(),
        rows=[*rows, *shown, *by_source, *agents, *(row for _, found in compared for row in found), replay],
        tables=[
            Table("Satisfaction and error by arm", rows),
            Table("What each arm showed", shown, text=SHOWN_TEXT),
            Table("The same impressions, each side alone and blended", by_source),
            Table(
                "The agents beside weights that are the same for everybody",
                agents,
                text=_weights_text(log.sources, weights),
            ),
            *(Table(f"Experiment: {one.name}", found, text=_rule_text(one)) for one, found in compared),
            Table("The agents' log, replayed", [replay]),
        ],
        figures=[_figure(rows)] if rows else [],
        claims=_claims(rows, replay),
        notes=[*notes[:MOST_DIFFERENCES], *_more(notes)],
    )


def _arm_rows(log: SiteLog, last: Ints, arm: Any, context: Context) -> list[dict[str, Any]]:
    ratings, rows = log.ratings, []
    error = np.abs(_last(log.impressions.blend, last) - ratings.values)
    for name in sorted(set(arm.tolist())):
        mask = arm == name
        values, users = ratings.values, ratings.users
        liked = bootstrap(values[mask], users[mask], context.rng("satisfaction", name))
        mae = bootstrap(error[mask], users[mask], context.rng("mae", name))
        above = mean_difference(values, mask, arm == OTHERS, users, context.rng("apart", name))
        rows.append(
            {"method": name, "ratings": int(mask.sum()), "people": len(np.unique(users[mask]))}
            | {"satisfaction": liked.value, "satisfaction_low": liked.low, "satisfaction_high": liked.high}
            | {"above_others": above.value, "above_others_low": above.low, "above_others_high": above.high}
            | {"mae": mae.value, "mae_low": mae.low, "mae_high": mae.high}
        )
    return rows


def _shown_rows(dataset: Dataset, log: SiteLog, context: Context) -> list[dict[str, Any]]:
    """What each arm showed: coverage and Gini of its showings over the catalogue, and the variety of what it
    showed to one user on one day."""
    features, rows = image_features(dataset, context.rng("content")).astype(np.float64), []
    for name, (users, days, shown) in showings_by_arm(log).items():
        if not len(shown):
            continue
        counts = np.bincount(shown, minlength=dataset.n_items)
        owners, lists = daily_lists(users, days, shown, context.rng("lists", name))
        varied = bootstrap(metrics.variety(lists, features), owners, context.rng("variety", name))
        rows.append(
            {"method": f"shown by {name}", "impressions": len(shown), "people": len(np.unique(users))}
            | {"coverage": float((counts > 0).mean()), "gini": metrics.gini(counts)}
            | {"variety": varied.value, "variety_low": varied.low, "variety_high": varied.high}
        )
    return rows


def _last(predicted: Floats, last: Ints) -> Floats:
    """The predictions of the last impressions; NaN without an impression."""
    values: Floats = np.append(predicted, np.nan)[last]  # -1 is the NaN at the end
    return values


def _source_rows(log: SiteLog, last: Ints, context: Context) -> list[dict[str, Any]]:
    """The errors of each source and of the blend, for impressions with predictions of two sources or more."""
    ratings = log.ratings
    predicted = {name: log.impressions.predicted[name] for name in log.sources} | {
        BLEND: log.impressions.blend
    }
    errors = {name: np.abs(_last(values, last) - ratings.values) for name, values in predicted.items()}
    n_predictions = sum(
        (np.isfinite(errors[name]).astype(int) for name in log.sources),
        np.zeros(len(ratings.users), dtype=int),
    )
    complete = (n_predictions >= 2) & np.isfinite(errors[BLEND])
    rows = []
    for name, error in errors.items():
        mask = complete & np.isfinite(error)
        if mask.any():
            own, blended, users = error[mask], errors[BLEND][mask], ratings.users[mask]
            rows.append(_compared_row(name, own, blended, users, context.rng("side", name)))
    return rows


def _agent_rows(
    steps: BlendedSteps, sources: Sequence[str], weights: BlendWeights, context: Context
) -> list[dict[str, Any]]:
    """The errors of the agents' blend, of fixed weights, and of each source alone, on the logged steps."""
    blends = {
        "agents": steps.blend,
        "equal weights": blend((1.0,) * len(steps.predicted), *steps.predicted),
        "best fixed weights": blend(weights, *steps.predicted),
    } | {f"{source} alone": predicted for source, predicted in zip(sources, steps.predicted, strict=True)}
    rows, agents = [], np.abs(steps.blend - steps.ratings)
    for name, blended in blends.items():
        mask = np.isfinite(blended)
        if mask.any():
            own = np.abs(blended - steps.ratings)[mask]
            rng = context.rng("agents", name)
            rows.append(_compared_row(name, own, agents[mask], steps.users[mask], rng))
    return rows


def _compared_row(
    name: str, errors: Floats, blended: Floats, users: Ints, rng: np.random.Generator
) -> dict[str, Any]:
    """A row with the mean error, and its difference to the blend on the same ratings."""
    worse, mae = paired_bootstrap(errors, blended, users, rng), bootstrap(errors, users, rng)
    return (
        {"method": name, "ratings": len(errors)}
        | {"mae": mae.value, "mae_low": mae.low, "mae_high": mae.high}
        | {
            "worse_than_blend": worse.value,
            "worse_than_blend_low": worse.low,
            "worse_than_blend_high": worse.high,
        }
    )


def _weights_text(sources: Sequence[str], weights: BlendWeights) -> str:
    shares = ", ".join(f"{source} {share:.2f}" for source, share in zip(sources, weights, strict=False))
    return (
        f"All steps with predictions of two or more sources. The best fixed weights ({shares}) were picked "
        "afterwards on the same ratings, so they are better than any choice in advance. A source alone is "
        "evaluated on its own predictions, and the blend beside it on the same ratings."
    )


def _rule_text(log: ExperimentLog) -> str:
    if not log.reached:
        return "The stopping rule is not reached, so there are counts and no result."
    return (
        "What the people of each arm did until the stopping rule was reached. Satisfaction is that with what "
        "the feed showed. The intervals of all differences from the first arm hold together in 95 %."
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
    by_arm = {row["method"]: row for row in rows}
    exact = "yes" if replay["exact"] == replay["people"] else "no"
    ours = f"{replay['exact']} of {replay['people']} people's {replay['steps']} steps come to what is stored"
    claims = [Claim("ours", "the agents' log replays to their stored states exactly", ours, exact)]
    if {"hybrid", EXPLORED} <= by_arm.keys():
        learnt, drawn = by_arm["hybrid"], by_arm[EXPLORED]
        ours = (
            f"satisfaction {learnt['satisfaction']:.2f} where it was learnt, {drawn['satisfaction']:.2f} "
            "where drawn"
        )
        higher = learnt["satisfaction_low"] > drawn["satisfaction_high"]
        holds = "yes" if higher else "no" if learnt["satisfaction"] < drawn["satisfaction"] else "not apart"
        claims.append(Claim("003", "what is recommended is liked", ours, holds))
    return claims


def _more(notes: list[str]) -> list[str]:
    rest = len(notes) - MOST_DIFFERENCES
    return [f"And {rest} more differences."] if rest > 0 else []


ABOUT = "the site's own log: satisfaction, error, variety by arm, agents against fixed weights, a replay"
PROTOCOL = Protocol("live", "003", ABOUT, run, ())
