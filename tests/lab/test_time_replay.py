"""The replays of rl-hybrid: nothing before a rating knows of it or of anything later,
and chance stays chance."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.engine.agents import Classic, Hindsight
from recommender.engine.knn import Centring, UserKnn
from recommender.engine.similarity import Pearson
from recommender.lab import agent_replay, time_replay
from recommender.lab.context import Context
from recommender.lab.datasets import Dataset
from recommender.lab.protocols import rl_hybrid

from .worlds import DAY, shuffled, tastes

PEARSON = UserKnn(Pearson(), centring=Centring.MEAN)


def small(seed: int = 0) -> Dataset:
    """Ratings ten to a day."""
    whole = tastes(16, 14, seed)
    return replace(whole, times=np.arange(len(whole)) * DAY / 10)


def both_sides(dataset: Dataset, *, factors: bool = False) -> agent_replay.ReplayData:
    sessions, history = time_replay.sessions_of(dataset), time_replay.History(dataset)
    features = time_replay.image_features(dataset, np.random.default_rng(0))
    cf, cb = np.full(len(dataset), np.nan), np.full(len(dataset), np.nan)
    for night in sorted({one.night for one in sessions}):
        day = [one for one in sessions if one.night == night]
        known = time_replay.factors_at(history, features, night) if factors else None
        model = time_replay.neighbours_and_factors(PEARSON, known)
        found = time_replay.predict_day(history, features, {"side": model}, day)
        cf[found.cells], cb[found.cells] = found.cf["side"], found.cb
    return agent_replay.ReplayData(dataset.users, dataset.items, dataset.values, cf, cb)


def everything(dataset: Dataset) -> list[np.ndarray]:
    """All that is answered for each rating."""
    one, sessions = both_sides(dataset), time_replay.sessions_of(dataset)
    informed = agent_replay.hindsight(sessions, one, Hindsight(), informed=True)
    source = agent_replay.classic(sessions, one, Classic(), np.random.default_rng(0))
    learnt = [agent_replay.median(sessions, one, informed), *agent_replay.outcome(sessions, one, informed)]
    served = both_sides(dataset, factors=True).cf
    return [one.cf, one.cb, served, informed.answers, source.answers, *learnt]


@pytest.fixture
def early_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model behind the median is learnt within so few ratings."""
    monkeypatch.setattr(agent_replay, "_MIN_PREDICTIONS", 40)


@pytest.mark.usefixtures("early_steps")
def test_a_planted_future_changes_nothing_before_it() -> None:
    whole = small()
    cut = len(whole) // 2 + 3  # within a day
    planted = np.where(np.arange(len(whole)) >= cut, 6.0 - whole.values, whole.values)
    before, after = everything(whole), everything(replace(whole, values=planted))
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one[: cut + 1], other[: cut + 1])
    assert not np.array_equal(before[2], after[2])  # and it does change what comes later


def test_a_shuffled_target_leaves_nothing_to_learn() -> None:
    whole = replace(tastes(24, 20), times=np.arange(240) * DAY / 20)
    dealt, later = shuffled(whole), np.arange(240) > 180
    chance = float(np.abs(np.median(dealt.values) - dealt.values)[later].mean())

    def error(dataset: Dataset) -> float:
        return float(np.abs(both_sides(dataset).cf - dataset.values)[later].mean())

    assert error(whole) < 0.6 * chance
    assert error(dealt) > chance


def test_ratings_within_a_minute_are_one_sitting_that_midnight_ends() -> None:
    whole = small()
    times = np.full(len(whole), 10 * DAY) + np.arange(len(whole))
    times[0] = DAY - 1
    times[1] = DAY + 1
    users = np.full(len(whole), 0)
    found = time_replay.sessions_of(
        replace(whole, times=times, users=users, items=np.arange(len(whole)), n_items=len(whole))
    )
    assert [len(one.cells) for one in found] == [1, 1, 60, len(whole) - 62]


def test_the_report_names_every_row_and_is_made_again_alike() -> None:
    context = Context(seed=3)
    one, again = (rl_hybrid.run(small(), context).to_json() for _ in range(2))
    assert {row["method"] for row in one["rows"]} == set(rl_hybrid.METHODS)
    assert one == again


def test_of_a_long_history_so_many_nights_are_learnt_on_and_none_later_than_its_sittings() -> None:
    sessions = time_replay.sessions_of(small())
    days = rl_hybrid._days(sessions, 4)
    assert len(days) <= 4
    assert [one for day in days.values() for one in day] == sessions
    assert all(night <= one.night for night, day in days.items() for one in day)
    assert [*rl_hybrid._days(sessions, 1000)] == sorted({one.night for one in sessions})


def test_the_best_share_of_each_person_errs_no_more_than_one_for_everybody() -> None:
    one = both_sides(small())
    scored = np.arange(len(one.given)) >= len(one.given) // 2
    everybody, own = (
        np.abs(rl_hybrid._best(one, scored, groups) - one.given)[scored].mean()
        for groups in (np.zeros_like(one.users), one.users)
    )
    assert own <= everybody
