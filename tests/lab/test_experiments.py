"""The result of an experiment: none before its rule, a planted difference found, and none where none is."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.lab.context import Context
from recommender.lab.experiments import ALL_RATINGS, OPENED, SHOWN, ArmLog, ExperimentLog, results, rows
from recommender.lab.live import SiteLog
from recommender.lab.protocols import live

from .test_live import given, shown
from .worlds import tastes


def arm(name: str, mean: float, people: int = 120, seed: int = 0) -> ArmLog:
    """Each person has a taste of their own, and rates a few times."""
    rng = np.random.default_rng([seed, sum(name.encode())])
    counts = rng.integers(1, 8, people).astype(float)
    sums = counts * (mean + rng.normal(0, 0.5, people)) + rng.normal(0, 1, people) * np.sqrt(counts)
    return ArmLog(name, people, {SHOWN: (sums, counts), ALL_RATINGS: (sums, counts), OPENED: (sums, counts)})


def log(*arms: ArmLog, reached: bool = True) -> ExperimentLog:
    return ExperimentLog("spring", reached, arms)


def test_a_planted_difference_is_found_and_lies_in_its_interval() -> None:
    first, better, same = results(
        log(arm("hindsight", 3.0), arm("equal", 3.6), arm("classic", 3.0)), np.random.default_rng(0)
    )
    assert first.difference is None
    assert better.difference is not None
    assert same.difference is not None
    assert 0.2 < better.difference.low < 0.6 < better.difference.high
    assert same.difference.low < 0 < same.difference.high
    assert first.means[SHOWN].low < 3.0 < first.means[SHOWN].high


def test_without_a_difference_most_experiments_find_none() -> None:
    found = 0
    for seed in range(40):
        _, one, other = results(
            log(*(arm(name, 3.0, 60, seed) for name in ("hindsight", "equal", "classic"))),
            np.random.default_rng(seed),
        )
        found += any(not apart.low < 0 < apart.high for apart in (one.difference, other.difference) if apart)
    assert found <= 6  # 2 are expected: the intervals hold together in 95 %


def test_before_the_rule_there_are_counts_and_no_means() -> None:
    early = log(arm("hindsight", 3.0), arm("equal", 5.0), reached=False)
    assert results(early, np.random.default_rng(0)) == []
    told = rows(early, np.random.default_rng(0))
    assert [set(row) for row in told] == [{"method", "people", "ratings"}] * 2
    late = rows(log(*early.arms), np.random.default_rng(0))
    assert late[1]["above_first_low"] > 1


@pytest.mark.parametrize("people", [0, 1, 9])
def test_an_arm_with_too_few_people_is_not_compared(people: int) -> None:
    _, few = results(log(arm("hindsight", 3.0), arm("equal", 5.0, people)), np.random.default_rng(0))
    assert few.difference is None


def test_the_report_of_a_site_has_its_experiments() -> None:
    seen, rated = shown((1, 7, 10, "hybrid", False)), given((1, 7, 30, 5))
    arms = arm("hindsight", 3.0), arm("equal", 4.0)
    both = [replace(log(*arms), name="late"), replace(log(*arms, reached=False), name="early")]
    report = live.run(replace(tastes(), log=lambda: SiteLog(seen, rated, [], ("cf", "cb"), both)), Context())
    by_arm = {row["method"]: row for row in report.to_json()["rows"]}
    assert (
        0.5 < by_arm["late: equal"]["above_first_low"] < 1 < by_arm["late: equal"]["above_first_high"] < 1.5
    )
    assert by_arm["late: hindsight"]["above_first"] is None
    assert set(by_arm["early: equal"]) == {"method", "people", "ratings"}
    text = report.to_markdown()
    assert "Experiment: late" in text
    assert "The stopping rule is not reached" in text
