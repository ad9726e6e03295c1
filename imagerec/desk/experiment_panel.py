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
class ArmRow:
    """An arm: its counts, and after the stopping rule the figures of the result as texts with intervals: the
    satisfaction with what the feed showed, its difference from the first arm, the satisfaction over all
    ratings, and the share of impressions that were opened."""

    name: str
    people: int
    impressions: int
    ratings: int
    figures: list[str]


@dataclass(frozen=True)
class ExperimentPanel:
    """`day` is that of the experiment, the first one is 1. `verdict` has a sentence for each arm but the
    first; before the rule is reached it is empty."""

    experiment: Experiment
    day: int
    people: int
    reached: bool
    arms: list[ArmRow]
    verdict: list[str]


def panel(now: datetime) -> ExperimentPanel | None:
    """The running experiment, else the last one; None if there was none."""
    experiment = Experiment.objects.first()
    if experiment is None:
        return None
    log = read_experiment(experiment, now)
    found = results(log, np.random.default_rng(experiment.pk))
    figures = {one.log.arm: _figures(one) for one in found}
    rows = [
        ArmRow(
            _name(arm.arm), arm.people, arm.count(OPENED), arm.count(ALL_RATINGS), figures.get(arm.arm, [])
        )
        for arm in log.arms
    ]
    return ExperimentPanel(
        experiment,
        ((experiment.ended_at or now) - experiment.started_at).days + 1,
        log.people,
        log.reached,
        rows,
        [_sentence(one, found[0]) for one in found[1:]],
    )


def _name(arm: str) -> str:
    return str(Arm(arm).label)


def _figures(one: ArmResult) -> list[str]:
    opened = Interval(*(100 * value for value in one.means[OPENED]))
    return [
        _interval(one.means[SHOWN]),
        "–" if one.difference is None else _interval(one.difference),
        _interval(one.means[ALL_RATINGS]),
        _interval(opened, 1),
    ]


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
