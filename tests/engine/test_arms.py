"""Arms of experiments: who is dealt to which, the states that an arm uses, and the paper's agents as a
function of the log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine.agents import Classic
from recommender.engine.arms import (
    ARMS,
    CLASSIC,
    EQUAL,
    HINDSIGHT,
    arm_of_person,
    classic_start,
    classic_step,
    states_in_arm,
)

shares = st.dictionaries(st.sampled_from(ARMS), st.integers(1, 50), min_size=1)
keys = st.text(max_size=40)


@given(keys, st.integers(1, 2**40), shares)
def test_a_person_stays_in_an_arm_that_has_a_share(key: str, user: int, given_shares: dict[str, int]) -> None:
    arm = arm_of_person(key, user, given_shares)
    assert arm in given_shares
    turned = dict(reversed(given_shares.items()))  # a database may return the arms in another order
    assert arm_of_person(key, user, turned) == arm


@given(keys, shares)
def test_arms_are_as_large_as_their_shares(key: str, given_shares: dict[str, int]) -> None:
    dealt = [arm_of_person(key, user, given_shares) for user in range(2000)]
    for arm, share in given_shares.items():
        wanted = share / sum(given_shares.values())
        assert abs(dealt.count(arm) / 2000 - wanted) < 6 * (0.25 / 2000) ** 0.5


def test_the_next_experiment_deals_anew() -> None:
    even = {HINDSIGHT: 1, EQUAL: 1}
    same = sum(arm_of_person("one", user, even) == arm_of_person("two", user, even) for user in range(2000))
    assert 900 < same < 1100


@pytest.mark.parametrize(
    ("arm", "classic", "used"),
    [
        (HINDSIGHT, (1, 2), (7, 3, 9)),
        (EQUAL, (1, 2), (5, 5, 5)),
        (CLASSIC, (1, 2), (1, 2)),
        (CLASSIC, None, (7, 3, 9)),
    ],
)
def test_each_arm_uses_its_states(arm: str, classic: tuple[int, int] | None, used: tuple[int, ...]) -> None:
    assert states_in_arm(arm, (7, 3, 9), classic) == used


def test_the_papers_agents_move_and_their_replay_is_the_same() -> None:
    def replay(user: int) -> list[tuple[int, int]]:
        memory, states = classic_start(user), []
        for change in range(60):
            memory = classic_step(memory, user, change, 1.0 + change % 4, (3.0, None if change % 7 else 2.5))
            states.append(memory.states)
        return states

    first = replay(1)
    assert first == replay(1)
    assert len(set(first)) > 3
    assert first != replay(2)
    assert classic_start(1).states == (5, 5)
    assert classic_start(1).q.max() < Classic().spread
