"""The panel of the newest experiment: before its stopping rule is reached counts, then the result."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _

from recommender.data.experiments import read_experiment
from recommender.lab.experiments import ALL_RATINGS, OPENED, SHOWN, ArmResult, results
from recommender.lab.stats import Interval
from recommender.models import Arm, Experiment


@dataclass(frozen=True)
class ArmCounts:
    """What is counted of an arm, result or not."""

    name: str
    people: int
    pictures: int
    ratings: int


@dataclass(frozen=True)
class ArmFigures:
    """The result of an arm as texts: means and the difference from the first arm, each with its interval."""

    name: str
    shown: str
    ratings: str
    opened: str
    difference: str


@dataclass(frozen=True)
class ExperimentPanel:
    """`day` is that of the experiment, the first one is 1. `figures` and `verdict` (sentences) are empty
    before the rule is reached."""

    experiment: Experiment
    day: int
    people: int
    reached: bool
    counts: list[ArmCounts]
    figures: list[ArmFigures]
    verdict: list[str]


def panel(now: datetime) -> ExperimentPanel | None:
    """The running experiment, else the last one; None if there was none."""
    experiment = Experiment.objects.first()
    if experiment is None:
        return None
    log = read_experiment(experiment, now)
    found = results(log, np.random.default_rng(experiment.pk))
    counts = [
        ArmCounts(_name(arm.arm), arm.people, arm.count(OPENED), arm.count(ALL_RATINGS)) for arm in log.arms
    ]
    return ExperimentPanel(
        experiment,
        ((experiment.ended_at or now) - experiment.started_at).days + 1,
        log.people,
        log.reached,
        counts,
        [_figures(one) for one in found],
        [_sentence(one, found[0]) for one in found[1:]],
    )


def _name(arm: str) -> str:
    return str(Arm(arm).label)


def _figures(one: ArmResult) -> ArmFigures:
    means = one.means
    return ArmFigures(
        _name(one.log.arm),
        _interval(means[SHOWN]),
        _interval(means[ALL_RATINGS]),
        _interval(Interval(*(100 * value for value in means[OPENED])), 1),
        "–" if one.difference is None else _interval(one.difference),
    )


def _interval(found: Interval, decimals: int = 2) -> str:
    if np.isnan(found.value):
        return "–"
    value, low, high = (floatformat(edge, decimals) for edge in found)
    return _("%(value)s (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}


def _sentence(one: ArmResult, first: ArmResult) -> str:
    """What the rule says about an arm, compared with the first one."""
    names = {"arm": _name(one.log.arm), "first": _name(first.log.arm)}
    apart = one.difference
    if apart is None:
        return _("%(arm)s: too few people rated what the feed showed them.") % names
    if apart.low > 0:
        return _("%(arm)s: better than %(first)s.") % names
    if apart.high < 0:
        return _("%(arm)s: worse than %(first)s.") % names
    return _("%(arm)s: not apart from %(first)s.") % names
