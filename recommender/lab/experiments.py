"""The result of an experiment: a mean with its interval for each arm, and its difference from the first arm.

Before the stopping rule is reached there is no result, only counts: who looks at means day by day, and stops
when they please, finds differences that do not exist.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.engine.types import Floats

from .stats import Interval, bootstrap_sums, difference_of_sums

# The measures. The first one decides.
SHOWN, ALL_RATINGS, OPENED = MEASURES = ("satisfaction", "satisfaction_all", "opened")
FEWEST = 10  # people with ratings in an arm; with fewer, resampling does not tell how far a mean may be off
ERROR_RATE = 0.05  # of all comparisons together


@dataclass(frozen=True, eq=False)
class ArmLog:
    """What the exposed people of an arm did. `measures` has the sum and the count of each person."""

    arm: str
    people: int
    measures: Mapping[str, tuple[Floats, Floats]]

    def count(self, measure: str) -> int:
        """The number of cases, for example of ratings."""
        return int(self.measures[measure][1].sum())


@dataclass(frozen=True, eq=False)
class ExperimentLog:
    """An experiment up to its stopping rule. `reached` says whether the rule is reached. The first arm is the
    one that the others are compared with."""

    name: str
    reached: bool
    arms: Sequence[ArmLog]

    @property
    def people(self) -> int:
        return sum(arm.people for arm in self.arms)


@dataclass(frozen=True)
class ArmResult:
    """The means of an arm, each with a 95 % interval, and the difference of the deciding measure from the
    first arm. The intervals of all differences hold together in 95 %. `difference` is None for the first arm,
    and where an arm has too few people with ratings."""

    log: ArmLog
    means: Mapping[str, Interval]
    difference: Interval | None


def results(log: ExperimentLog, rng: np.random.Generator) -> list[ArmResult]:
    """The result of each arm; [] before the stopping rule is reached."""
    if not log.reached:
        return []
    first, share = log.arms[0], 1 - ERROR_RATE / max(len(log.arms) - 1, 1)
    found = []
    for arm in log.arms:
        means = {name: bootstrap_sums(*arm.measures[name], rng) for name in MEASURES}
        pair = arm.measures[SHOWN], first.measures[SHOWN]
        enough = all((counts > 0).sum() >= FEWEST for _sums, counts in pair)
        compared = arm is not first and enough
        found.append(ArmResult(arm, means, difference_of_sums(*pair, rng, share=share) if compared else None))
    return found


def rows(log: ExperimentLog, rng: np.random.Generator) -> list[dict[str, Any]]:
    """A row of a report for each arm: counts, and with a result also means and difference."""
    result = {one.log.arm: one for one in results(log, rng)}
    found = []
    for arm in log.arms:
        row: dict[str, Any] = {"method": f"{log.name}: {arm.arm}", "people": arm.people}
        row["ratings"] = arm.count(ALL_RATINGS)
        if one := result.get(arm.arm):
            for name in MEASURES:
                row |= _columns(name, one.means[name])
            row |= _columns("above_first", one.difference or Interval(np.nan, np.nan, np.nan))
        found.append(row)
    return found


def _columns(name: str, found: Interval) -> dict[str, float]:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
