"""The live site off-line: which impression a rating answers, arms with intervals,
and an agents' log that is whole."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.engine.agents import Hindsight
from recommender.engine.ids import IdMap
from recommender.lab import metrics
from recommender.lab.context import Context
from recommender.lab.errors import DataError
from recommender.lab.live import (
    AgentLog,
    Impressions,
    LoggedMove,
    LoggedStep,
    Ratings,
    SiteLog,
    arms,
    last_impressions,
    mean_difference,
    replay_differences,
)
from recommender.lab.protocols import live

from .worlds import DAY, tastes

SOURCES = ("cf", "cb")
PRIOR = np.linspace(-1, 1, 22).reshape(2, 11)


def shown(*rows: tuple[int, int, float, str, bool]) -> Impressions:
    users, items, times, rungs, explored = zip(*rows, strict=True)
    told = np.full(len(rows), 3.0)
    kinds = np.array(users), np.array(items), np.array(times), np.array(rungs), np.array(explored)
    return Impressions(*kinds, told + 0.5, {"cf": told, "cb": told + 1})


def given(*rows: tuple[int, int, float, float]) -> Ratings:
    return Ratings(*(np.array(column) for column in zip(*rows, strict=True)))


def agents(steps: int = 5, user: int = 1) -> AgentLog:
    """A log as the site writes it."""
    pair = Hindsight()
    memory, rows = pair.start(PRIOR), []
    for n in range(steps):
        said = {"cf": 2.0 + n / 7, "cb": None if n == 2 else 4.1}
        memory, taken = pair.step(memory, 1.0 + n % 5, *said.values())
        moves = {
            name: LoggedMove(predicted, one.state, one.action, one.reward, one.next_state)
            for (name, predicted), one in zip(said.items(), taken.moves, strict=True)
        }
        rows.append(LoggedStep(1 + n % 5, taken.blend, moves))
    return AgentLog(user, memory.to_json(), steps, rows)


def test_a_rating_answers_the_last_impression_before_it() -> None:
    seen = shown(
        (1, 7, 10, "hybrid", False),
        (1, 7, 20, "hybrid", True),
        (1, 7, 40, "visit", False),
        (2, 7, 1, "x", False),
    )
    rated = given((1, 7, 30, 5), (1, 7, 5, 4), (1, 8, 50, 3), (1, 7, 40, 2), (3, 7, 50, 1))
    places = last_impressions(seen, rated)
    assert places.tolist() == [1, -1, -1, 2, -1]
    assert arms(seen, places).tolist() == ["explored", "others", "others", "visit", "others"]


def test_a_whole_log_replays_without_a_difference() -> None:
    assert replay_differences(agents(), Hindsight(), SOURCES) == []


def test_a_log_that_was_touched_or_cut_is_told_on() -> None:
    whole = agents()
    touched = list(whole.steps)
    move = touched[1].moves["cf"]
    touched[1] = replace(
        touched[1], moves=touched[1].moves | {"cf": replace(move, reward=move.reward + 1e-9)}
    )
    wrong = replay_differences(replace(whole, steps=touched), Hindsight(), SOURCES)
    assert any("step 2 has cf reward" in said for said in wrong)
    cut = replay_differences(replace(whole, steps=whole.steps[:-1]), Hindsight(), SOURCES)
    assert cut[0] == "5 steps were taken and 4 are logged"
    assert cut[-1].startswith("the memory that is stored")


def test_two_arms_are_apart_when_everybody_likes_one_more() -> None:
    users = np.repeat(np.arange(20), 4)
    one = np.tile([True, True, False, False], 20)
    values = np.where(one, 4.0, 2.0) + np.random.default_rng(0).normal(0, 0.1, 80)
    found = mean_difference(values, one, ~one, users, np.random.default_rng(0))
    assert 1.9 < found.low < found.value < found.high < 2.1


def test_the_report_has_the_arms_and_the_replay() -> None:
    seen = shown((1, 7, 10, "hybrid", False), (2, 7, 20, "hybrid", True))
    log = SiteLog(seen, given((1, 7, 30, 5), (2, 7, 30, 2), (2, 8, 30, 3)), [agents()], SOURCES)
    report = live.run(replace(tastes(), log=lambda: log), Context()).to_json()
    assert [row["method"] for row in report["rows"]][:3] == ["explored", "hybrid", "others"]
    assert "net" not in [row["method"] for row in report["rows"]]
    assert report["rows"][-1] == {"method": "replay of the agents", "people": 1, "steps": 5, "exact": 1}


def test_what_each_arm_showed() -> None:
    """Hybrid showed two images twice and one once; exploration one, and one that is gone."""
    data = replace(tastes(8, 4), genres=np.eye(4)[[0, 0, 1, 1]], titles=[], keywords=[])
    seen = shown(
        *((user, item, user * DAY, "hybrid", False) for user in (1, 2) for item in (7, 8)),
        (1, 9, 3 * DAY, "hybrid", False),
        *((2, item, 4 * DAY, "hybrid", True) for item in (10, 99)),
    )
    log = SiteLog(seen, given((1, 7, 9 * DAY, 5)), [], SOURCES, catalogue=IdMap.of([7, 8, 9, 10]))
    rows = [
        row
        for row in live.run(replace(data, log=lambda: log), Context()).to_json()["rows"]
        if "coverage" in row
    ]
    hybrid, explored = sorted(rows, key=lambda row: -row["impressions"])
    assert (hybrid["impressions"], hybrid["people"], hybrid["coverage"]) == (5, 2, 0.75)
    assert hybrid["gini"] == pytest.approx(metrics.gini([2, 2, 1, 0]))
    assert hybrid["variety"] == pytest.approx(0.0, abs=1e-6), "both images of a day are of one genre"
    assert (explored["impressions"], explored["coverage"], explored["variety"]) == (1, 0.25, None)


def test_a_third_source_is_judged_by_what_it_predicted() -> None:
    seen = shown((1, 7, 10, "hybrid", False), (2, 7, 20, "hybrid", False), (2, 8, 20, "hybrid", False))
    seen = replace(seen, predicted=seen.predicted | {"net": np.array([np.nan, 4.5, 2.0])})
    log = SiteLog(seen, given((1, 7, 30, 5), (2, 7, 30, 4), (2, 8, 30, 2)), [], (*SOURCES, "net"))
    rows = {
        row["method"]: row
        for row in live.run(replace(tastes(), log=lambda: log), Context()).to_json()["rows"]
    }
    assert (rows["net"]["ratings"], rows["net"]["mae"]) == (2, 0.25)
    assert rows["net"]["worse_than_blend"] == pytest.approx(0.25 - (0.5 + 1.5) / 2)
    assert rows["cb"]["ratings"] == rows["blend"]["ratings"] == 3


def test_the_agents_stand_beside_weights_that_are_the_same_for_everybody() -> None:
    def step(satisfaction: int, blend: float | None, **said: float) -> LoggedStep:
        return LoggedStep(
            satisfaction, blend, {name: LoggedMove(one, 0, 0, 0.0, 0) for name, one in said.items()}
        )

    steps = [
        step(5, 4.0, cf=5.0, cb=2.0, net=2.0),  # equal 3.0
        step(2, 3.0, cf=2.0, cb=4.0),  # equal 3.0
        step(1, 4.0, cf=4.0),  # one source: nothing to weigh
        step(3, None),
    ]
    log = replace(agents(), steps=steps)
    seen = shown((1, 7, 10, "hybrid", False))
    seen = replace(seen, predicted=seen.predicted | {"net": np.array([np.nan])})
    data = replace(tastes(), log=lambda: SiteLog(seen, given((1, 7, 30, 5)), [log], (*SOURCES, "net")))
    report = live.run(data, Context())
    rows = {row["method"]: row for row in report.to_json()["rows"]}
    named = "agents", "equal weights", "best fixed weights", "cf alone", "cb alone", "net alone"
    assert [rows[name]["mae"] for name in named] == [1.0, 1.5, 0.0, 0.0, 2.5, 3.0]
    assert [rows[name]["ratings"] for name in named] == [2, 2, 2, 2, 2, 1]
    assert rows["equal weights"]["worse_than_blend"] == 0.5
    assert rows["net alone"]["worse_than_blend"] == 2.0  # the blend beside it by the same one rating
    assert "cf 1.00, cb 0.00, net 0.00" in report.to_markdown()


def test_data_without_a_log_is_refused() -> None:
    with pytest.raises(DataError, match="no log"):
        live.run(tastes(), Context())
