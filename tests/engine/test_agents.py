"""Both kinds of agents: what they learn, what they leave alone, and that a log replays to the same state."""

import json
import time
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine.agents import (
    N_STATES,
    Classic,
    ClassicMemory,
    Hindsight,
    Memory,
    Move,
    q_update,
    reward,
)
from recommender.engine.blend import blend
from recommender.engine.errors import InvalidInput
from recommender.engine.informed_start import population_prior

side = st.one_of(st.none(), st.floats(1, 5))
three_sides = st.tuples(st.floats(1, 5), st.floats(1, 5), st.floats(1, 5))
observations = st.lists(st.tuples(st.integers(1, 5), side, side), max_size=12)


def after(seen: Sequence[tuple[float | None, ...]], memory: Memory | None = None) -> Memory:
    memory = memory or Hindsight().start()
    for satisfaction, *predictions in seen:
        assert satisfaction is not None
        memory, _ = Hindsight().step(memory, satisfaction, *predictions)
    return memory


def test_where_neighbours_are_right_their_weight_rises_and_the_others_falls() -> None:
    assert after([(5, 5.0, 1.0)] * 10).weights == (1.0, 0.0)


def test_a_pair_begins_half_way() -> None:
    assert Hindsight().start().weights == (0.5, 0.5)


def prior_of(seen: Sequence[tuple[float, ...]]) -> np.ndarray | None:
    width = max(map(len, seen), default=3)
    table = np.array([[*row, *[np.nan] * (width - len(row))] for row in seen]).reshape(-1, width)
    return population_prior(table[:, 0], *table[:, 1:].T)


def test_an_informed_start_is_the_best_state_of_the_population() -> None:
    prior = prior_of([(5, 5.0, 2.0)] * 5 + [(1, 1.0, 4.0)] * 5)
    first, second = Hindsight().start(prior).states
    assert (first > 0, second) == (True, 0)


@given(st.lists(st.tuples(st.integers(1, 5), st.floats(1, 5), st.floats(1, 5)), min_size=1, max_size=30))
def test_an_informed_start_is_about_as_good_as_the_best_pair(seen: list[tuple[float, ...]]) -> None:
    rated, *predicted = np.array(seen, dtype=float).T

    def error(states: Sequence[int]) -> float:
        weights = tuple(state / 10 for state in states)
        return float(np.abs(blend(weights, *predicted) - rated).mean())

    best = min(error(pair) for pair in product(range(N_STATES), repeat=2))
    assert error(Hindsight().start(prior_of(seen)).states) <= best + 0.1


def test_one_rating_hardly_moves_an_informed_pair() -> None:
    informed = Hindsight().start(prior_of([(5, 5.0, 2.0)] * 9))
    assert after([(5, 2.0, 5.0)], informed).states == informed.states


def test_without_two_predictions_there_is_no_prior() -> None:
    assert prior_of([]) is None
    assert prior_of([(5, 5.0, np.nan)]) is None


def test_equal_predictions_teach_nothing_and_both_keep() -> None:
    memory, steps = Hindsight().step(Hindsight().start(), 4, 3.0, 3.0)
    assert memory.states == (5, 5)
    assert (steps.moves[0].action, steps.moves[1].action) == (0, 0)


@pytest.mark.parametrize(("p_cf", "p_cb"), [(4.0, None), (None, 4.0), (4.0, float("nan"))])
def test_with_a_side_missing_nothing_is_learnt_but_the_reward_is_told(
    p_cf: float | None, p_cb: float | None
) -> None:
    before = after([(5, 5.0, 1.0)] * 2)
    memory, steps = Hindsight().step(before, 5, p_cf, p_cb)
    assert memory.to_json() == before.to_json()
    assert steps.moves[0] == Move(before.states[0], 0, 1.0, before.states[0])
    assert steps.blend == 4.0


def test_with_nothing_predicted_the_reward_is_0() -> None:
    _, steps = Hindsight().step(Hindsight().start(), 5, None, None)
    assert (steps.blend, steps.moves[0].reward) == (None, 0.0)


@given(observations)
def test_a_memory_survives_json_to_the_last_bit(seen: list[tuple[float, float | None, float | None]]) -> None:
    memory = after(seen, Hindsight().start(np.linspace(-2, 2, 22).reshape(2, 11)))
    again = Memory.from_json(json.loads(json.dumps(memory.to_json())))
    assert again.to_json() == memory.to_json()
    extra = (4.0, 2.7, 3.9)
    assert after([extra], again).to_json() == after([extra], memory).to_json()


@given(observations)
def test_an_agent_moves_by_one_and_stays_within_its_states(
    seen: list[tuple[float, float | None, float | None]],
) -> None:
    memory = Hindsight().start()
    for satisfaction, p_cf, p_cb in seen:
        before = memory.states
        memory, steps = Hindsight().step(memory, satisfaction, p_cf, p_cb)
        for step, start, end in zip((steps.moves[0], steps.moves[1]), before, memory.states, strict=True):
            assert (step.state, step.next_state) == (start, end)
            assert 0 <= end < N_STATES
            assert end - start == step.action
            assert -2 <= step.reward <= 2


def test_of_three_the_one_that_is_right_is_trusted() -> None:
    assert after([(5, 1.0, 2.0, 5.0)] * 10).weights == (0.0, 0.0, 1.0)


@given(observations)
def test_without_a_third_prediction_three_sources_are_two(
    seen: list[tuple[float, float | None, float | None]],
) -> None:
    assert after([(*one, None) for one in seen]).to_json() == after(seen).to_json()


def test_a_third_source_joins_half_way_and_the_pair_goes_on_as_it_was() -> None:
    pair = after([(5, 5.0, 1.0)] * 3)
    joined, steps = Hindsight().step(Memory.from_json(pair.to_json()), 4, 3.0, 3.0, 3.0)
    assert joined.states == (*after([(4, 3.0, 3.0)], pair).states, 5)
    assert steps.moves[2] == Move(5, 0, 1.0, 5)


def test_an_agent_whose_source_is_missing_keeps_while_the_others_learn() -> None:
    three = after([(5, 1.0, 2.0, 5.0)] * 2)
    learnt, steps = Hindsight().step(three, 5, 5.0, 1.0, None)
    assert (steps.moves[2].action, steps.moves[0].action) == (0, 1)
    assert np.ptp(np.diff(learnt.sums[2] - 0.98 * three.sums[2])) == pytest.approx(0)


@given(st.tuples(st.integers(0, 10), st.integers(0, 10), st.integers(0, 10)), st.integers(1, 5), three_sides)
def test_every_state_earns_what_its_blend_would_have(
    states: tuple[int, ...], satisfaction: float, said: tuple[float, float, float]
) -> None:
    start = Memory(states, np.zeros((3, N_STATES)), 0.0, None, 0.0)
    learnt, _ = Hindsight().step(start, satisfaction, *said)
    for agent in range(3):
        for state in range(N_STATES):
            weights = [(state if other == agent else states[other]) / 10 for other in range(3)]
            blended = float(blend(tuple(weights), *said))
            assert learnt.sums[agent, state] == pytest.approx(2 - abs(satisfaction - blended))


def test_the_population_knows_a_third_source_from_those_who_have_it() -> None:
    prior = prior_of([(5, 4.0, 2.0)] * 5 + [(5, 1.0, 2.0, 5.0)] * 5)
    assert prior is not None
    assert prior.shape == (3, N_STATES)
    assert Hindsight().start(prior).states[2] == 10


def test_a_source_that_predicted_nothing_starts_in_the_middle() -> None:
    prior = prior_of([(5, 4.0, 2.0, np.nan)] * 5)
    assert Hindsight().start(prior).states[2] == N_STATES // 2


def test_three_agents_that_began_as_a_pair_replay_from_json() -> None:
    seen = [(5, 5.0, 2.0), (4, 2.0, 3.0, 4.5), (2, 3.0, None, 2.5), (1, 4.0, 2.0, None), (3, None, None, 3.0)]
    begun = Hindsight().start(np.linspace(-2, 2, 22).reshape(2, 11))
    memory = after(seen, begun)
    again = Memory.from_json(json.loads(json.dumps(memory.to_json())))
    assert again.to_json() == memory.to_json()
    assert after(seen, Hindsight().start(again.prior)).to_json() == memory.to_json()


def test_the_reported_reward_is_what_the_blend_earned() -> None:
    _, steps = Hindsight().step(Hindsight().start(), 4, 5.0, 2.0)
    assert steps.blend == 3.5
    assert steps.moves[0].reward == steps.moves[1].reward == 1.5


def test_an_update_takes_less_than_a_millisecond() -> None:
    memory, times = after([(4, 3.0, 2.0)] * 3), []
    for _ in range(20):
        start = time.perf_counter()
        Hindsight().step(memory, 4, 3.0, 2.0)
        times.append(time.perf_counter() - start)
    assert min(times) < 1e-3


@pytest.mark.parametrize("satisfaction", [0, 6, float("nan"), -1])
def test_a_satisfaction_off_the_scale_is_refused(satisfaction: float) -> None:
    with pytest.raises(InvalidInput):
        Hindsight().step(Hindsight().start(), satisfaction, 3.0, 3.0)


def test_a_prediction_without_end_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Hindsight().step(Hindsight().start(), 3, float("inf"), 3.0)


@pytest.mark.parametrize(
    "change",
    [
        {"states": [5]},
        {"states": [5, 11]},
        {"states": [5, 2.0]},
        {"sums": [[0.0] * 11]},
        {"weight": -1},
        {"prior": 3},
        {"prior": [[0.0] * 11] * 3},
    ],
)
def test_a_record_that_is_no_memory_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        Memory.from_json({**Hindsight().start().to_json(), **change})


def test_an_empty_record_is_no_memory() -> None:
    with pytest.raises(InvalidInput):
        Memory.from_json({})
    with pytest.raises(InvalidInput):
        ClassicMemory.from_json({})


@pytest.mark.parametrize(("satisfaction", "rho"), [(1, -2), (2, -1), (3, 0), (4, 1), (5, 2), (4.5, 1.5)])
def test_reward_by_satisfaction(satisfaction: float, rho: float) -> None:
    assert reward(satisfaction) == rho


def test_a_q_update_leaves_the_old_table_alone() -> None:
    q = np.zeros((N_STATES, 3))
    _, updated, following = q_update(q, 0, -1, 5, 0.5, 0.9)
    assert (updated[0, 0], q[0, 0], following) == (1.0, 0.0, 0)


def classic(satisfaction: float, p_cf: float | None, p_cb: float | None) -> tuple[Move, Move]:
    start = Classic().start(np.random.default_rng(0))
    _, steps = Classic().learn(start, satisfaction, p_cf, p_cb, (1, 1))
    return steps.moves[0], steps.moves[1]


def test_only_the_side_that_decided_learns() -> None:
    cf, cb = classic(3, 4.0, 2.0)
    assert (cf.action, cb.action) == (1, 0)


def test_sides_that_decided_alike_both_learn() -> None:
    cf, cb = classic(3, 3.0, 3.0)
    assert (cf.action, cb.action) == (1, 1)


def test_a_missing_side_decided_nothing() -> None:
    cf, cb = classic(3, None, 3.0)
    assert (cf.action, cb.action) == (0, 1)


def test_while_the_person_is_content_nothing_moves() -> None:
    cf, cb = classic(5, 3.0, 3.0)
    assert (cf.action, cb.action, cf.reward) == (0, 0, 2.0)


@given(observations, st.integers(0, 99))
def test_a_log_replays_to_the_same_memory(
    seen: list[tuple[float, float | None, float | None]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    start = Classic(epsilon=0.5).start(rng)
    memory, log = start, []
    for satisfaction, p_cf, p_cb in seen:
        memory, steps = Classic(epsilon=0.5).step(memory, satisfaction, p_cf, p_cb, rng)
        log.append((satisfaction, p_cf, p_cb, (steps.moves[0].action, steps.moves[1].action)))
    again = ClassicMemory.from_json(json.loads(json.dumps(start.to_json())))
    for satisfaction, p_cf, p_cb, actions in log:
        again, _ = Classic(epsilon=0.5).learn(again, satisfaction, p_cf, p_cb, actions)
    assert again.to_json() == memory.to_json()


def test_without_exploration_the_best_action_is_taken() -> None:
    rng = np.random.default_rng(3)
    start = Classic().start(rng)
    raising = ClassicMemory(start.states, np.tile([0.0, 0.1, 0.2], (2, N_STATES, 1)), ())
    _, steps = Classic(epsilon=0.0).step(raising, 1, 3.0, 3.0, rng)
    assert (steps.moves[0].action, steps.moves[1].action) == (1, 1)


def test_with_only_exploration_every_action_is_taken() -> None:
    rng = np.random.default_rng(3)
    start = Classic().start(rng)
    taken = {Classic(epsilon=1.0).step(start, 1, 3.0, 3.0, rng)[1].moves[0].action for _ in range(40)}
    assert taken == {-1, 0, 1}
