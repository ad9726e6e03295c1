"""The live site off-line: which impression a rating answers, arms with intervals, and an agents' log that is whole."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.engine.agents import Hindsight
from recommender.lab.context import Context
from recommender.lab.errors import DataError
from recommender.lab.live import AgentLog, Given, Log, Shown, arms, between, last_shown, replayed
from recommender.lab.protocols import live

from .worlds import tastes

PRIOR = np.linspace(-1, 1, 22).reshape(2, 11)


def shown(*rows: tuple[int, int, float, str, bool]) -> Shown:
    users, items, times, rungs, explored = zip(*rows, strict=True)
    told = np.full(len(rows), 3.0)
    kinds = np.array(users), np.array(items), np.array(times), np.array(rungs), np.array(explored)
    return Shown(*kinds, told, told + 1, told + 0.5)


def given(*rows: tuple[int, int, float, float]) -> Given:
    return Given(*(np.array(column) for column in zip(*rows, strict=True)))


def agents(steps: int = 5, user: int = 1) -> AgentLog:
    """A log as the site writes it."""
    pair = Hindsight()
    memory, rows = pair.start(PRIOR), []
    for n in range(steps):
        told: dict[str, Any] = {"satisfaction": 1 + n % 5, "p_cf": 2.0 + n / 7, "p_cb": None if n == 2 else 4.1}
        memory, taken = pair.step(memory, float(told["satisfaction"]), told["p_cf"], told["p_cb"])
        for side, one in (("cf", taken.cf), ("cb", taken.cb)):
            told |= {f"{side}_state": one.state, f"{side}_action": one.action}
            told |= {f"{side}_reward": one.reward, f"{side}_next": one.next_state}
        rows.append(told | {"blend": taken.blend})
    return AgentLog(user, memory.to_json(), memory.states, steps, rows)


def test_a_rating_answers_the_last_impression_before_it() -> None:
    seen = shown(
        (1, 7, 10, "hybrid", False), (1, 7, 20, "hybrid", True), (1, 7, 40, "visit", False), (2, 7, 1, "x", False)
    )
    rated = given((1, 7, 30, 5), (1, 7, 5, 4), (1, 8, 50, 3), (1, 7, 40, 2), (3, 7, 50, 1))
    places = last_shown(seen, rated)
    assert places.tolist() == [1, -1, -1, 2, -1]
    assert arms(seen, places).tolist() == ["explored", "others", "others", "visit", "others"]


def test_a_whole_log_replays_without_a_difference() -> None:
    assert replayed(agents(), Hindsight()) == []


def test_a_log_that_was_touched_or_cut_is_told_on() -> None:
    whole = agents()
    touched = [dict(step) for step in whole.steps]
    touched[1]["cf_reward"] += 1e-9
    assert any("step 2 has cf_reward" in said for said in replayed(replace(whole, steps=touched), Hindsight()))
    cut = replayed(replace(whole, steps=whole.steps[:-1]), Hindsight())
    assert cut[0] == "5 steps were taken and 4 are logged"
    assert cut[-1].startswith("the memory that is stored")


def test_two_arms_are_apart_when_everybody_likes_one_more() -> None:
    users = np.repeat(np.arange(20), 4)
    one = np.tile([True, True, False, False], 20)
    values = np.where(one, 4.0, 2.0) + np.random.default_rng(0).normal(0, 0.1, 80)
    found = between(values, one, ~one, users, np.random.default_rng(0))
    assert 1.9 < found.low < found.value < found.high < 2.1


def test_the_report_has_the_arms_and_the_replay() -> None:
    seen = shown((1, 7, 10, "hybrid", False), (2, 7, 20, "hybrid", True))
    log = Log(seen, given((1, 7, 30, 5), (2, 7, 30, 2), (2, 8, 30, 3)), [agents()])
    report = live.run(replace(tastes(), log=lambda: log), Context()).to_json()
    assert [row["method"] for row in report["rows"]][:3] == ["explored", "hybrid", "others"]
    assert "p_net" not in [row["method"] for row in report["rows"]]
    assert report["rows"][-1] == {"method": "replay of the agents", "people": 1, "steps": 5, "exact": 1}


def test_a_third_source_is_judged_by_what_it_predicted() -> None:
    seen = shown((1, 7, 10, "hybrid", False), (2, 7, 20, "hybrid", False), (2, 8, 20, "hybrid", False))
    seen = replace(seen, p_net=np.array([np.nan, 4.5, 2.0]))
    log = Log(seen, given((1, 7, 30, 5), (2, 7, 30, 4), (2, 8, 30, 2)), [])
    rows = {row["method"]: row for row in live.run(replace(tastes(), log=lambda: log), Context()).to_json()["rows"]}
    assert (rows["p_net"]["ratings"], rows["p_net"]["mae"]) == (2, 0.25)
    assert rows["p_net"]["worse_than_blend"] == pytest.approx(0.25 - (0.5 + 1.5) / 2)
    assert rows["p_cb"]["ratings"] == rows["blend"]["ratings"] == 3


def test_the_agents_stand_beside_weights_that_are_the_same_for_everybody() -> None:
    steps = [
        {"satisfaction": 5, "blend": 4.0, "p_cf": 5.0, "p_cb": 2.0, "p_net": 2.0},  # equal 3.0
        {"satisfaction": 2, "blend": 3.0, "p_cf": 2.0, "p_cb": 4.0, "p_net": None},  # equal 3.0
        {"satisfaction": 1, "blend": 4.0, "p_cf": 4.0, "p_cb": None, "p_net": None},  # one source: nothing to weigh
        {"satisfaction": 3, "blend": None, "p_cf": None, "p_cb": None, "p_net": None},
    ]
    moved = {f"{side}_{what}": 0 for side in ("cf", "cb", "net") for what in ("state", "action", "reward", "next")}
    log = replace(agents(), steps=[moved | step for step in steps])
    seen = shown((1, 7, 10, "hybrid", False))
    data = replace(tastes(), log=lambda: Log(seen, given((1, 7, 30, 5)), [log]))
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
