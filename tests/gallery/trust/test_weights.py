"""The weight of an account, worked by hand, and what is found where there is little to compare."""

from datetime import timedelta

import numpy as np
import pytest

from gallery.models import AccountWeight, Rating
from gallery.models.trust import NEWCOMER, Weights
from gallery.trust import services, unusual, weights
from gallery.trust.columns import RatingColumns
from gallery.trust.weights import Activity, age_factor, agreement, found_weights
from tests.factories import NOON, image, person

OLD = Activity(days=9, span=40.0)
FRESH = Activity(days=1, span=0.1)


def columns(cells, at=0.0):
    """From (user, image, value) or (user, image, value, time)."""
    return RatingColumns.of(np.array([(*cell, at)[:4] for cell in cells], dtype=np.float64))


def random_site(users=20, images=400, each=40, seed=1):
    rng = np.random.default_rng(seed)
    return [
        (user, int(picture), int(rng.integers(1, 6)), 1e6 * user)
        for user in range(users)
        for picture in rng.choice(images, each, replace=False)
    ]


@pytest.mark.parametrize(
    ("days", "span", "expected"),
    [(1, 0.0, 0.1), (2, 1.0, 0.325), (3, 2.5, 0.55), (5, 4.5, 1.0), (1, 14.0, 1.0), (1, 7.0, 0.55)],
)
def test_an_account_grows_with_its_days(days, span, expected):
    assert age_factor(Activity(days, span)) == pytest.approx(expected)


def test_agreement_is_beyond_chance():
    taste = [1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 1, 5]
    cells = [(user, picture, value) for user in range(5) for picture, value in enumerate(taste)]
    cells += [(5, picture, 6 - value) for picture, value in enumerate(taste)]
    cells += [(6, picture, 5) for picture in range(12)]
    cells += [(7, picture, 3) for picture in range(5)]  # too few to tell
    found = agreement(columns(cells), np.array([True] * 5 + [False] * 3))
    assert found.tolist() == [1.0] * 5 + [0.5, 0.5, 1.0]


def test_only_established_accounts_vouch():
    cells = [(user, picture, 1 + picture % 5) for user in range(6) for picture in range(12)]
    assert agreement(columns(cells), np.zeros(6, dtype=bool)).tolist() == [1.0] * 6


def fakes(first, count=6, target=900, joined=5e8):
    rng = np.random.default_rng(first)
    cells = [
        (user, int(picture), 3, joined)
        for user in range(first, first + count)
        for picture in rng.choice(25, 20, replace=False)
    ]
    return cells + [(user, target, 5, joined) for user in range(first, first + count)]


def found_groups(cells, joined):
    rated = columns(cells)
    return unusual.groups(rated, np.array([joined(user) for user in rated.user_ids.tolist()]))


def test_a_group_is_found_by_what_it_rates():
    groups = found_groups(random_site() + fakes(100), lambda user: 5e8 if user >= 100 else 1e6 * user)
    assert groups.tolist() == [-1] * 20 + [20] * 6


def test_alike_accounts_of_different_months_are_no_group():
    groups = found_groups(random_site() + fakes(100), lambda user: 1e7 * user)
    assert (groups == -1).all()


def test_people_who_rate_by_chance_are_no_group_even_if_they_came_together():
    assert (found_groups(random_site(users=60), lambda _: 0.0) == -1).all()


def test_people_who_rate_everything_of_a_small_site_are_no_group():
    cells = [(user, picture, 5) for user in range(12) for picture in range(36)]
    assert (found_groups(cells, lambda _: 0.0) == -1).all()


def found_bursts(cells, young, joined=None, apart=()):
    n = 1 + max(cell[0] for cell in cells)
    joined = 1e7 * np.arange(n) if joined is None else np.array(joined)
    return unusual.bursts(columns(cells), np.array(young), joined, np.isin(np.arange(n), apart)).tolist()


def test_a_burst_is_five_new_accounts_within_a_day():
    cells = [(user, 0, 5, 3600.0 * user) for user in range(5)] + [(5, 0, 4, 1e6), (6, 1, 5, 0.0)]
    assert found_bursts(cells, [True] * 7) == [0] * 5 + [-1, -1]
    assert found_bursts(cells, [user != 2 for user in range(7)]) == [-1] * 7
    assert found_bursts(cells, [True] * 7, apart=(3,)) == [-1] * 7


def test_older_accounts_that_came_together_are_a_burst_where_few_others_came_then():
    cells = [(user, 0, 5, 60.0 * user) for user in range(5)] + [(user, 1, 3, 0.0) for user in range(5, 20)]
    came = [60.0 * user for user in range(5)]
    others = [1e7 * user for user in range(5, 20)]
    assert found_bursts(cells, [False] * 20, came + others) == [0] * 5 + [-1] * 15
    assert found_bursts(cells, [False] * 20, [0.0] * 20) == [-1] * 20
    late = [(user, 0, 5, 1e5 * user) for user in range(5)] + cells[5:]
    assert found_bursts(late, [False] * 20, came + others) == [-1] * 20


def test_a_picture_that_older_accounts_rate_too_has_no_burst():
    cells = [(user, 0, 5, 60.0 * user) for user in range(10)]
    assert found_bursts(cells, [user < 5 for user in range(10)]) == [-1] * 10


def weighed(cells, activity):
    rated = columns(cells)
    users = rated.user_ids.tolist()
    return found_weights(
        rated, {user: activity(user) for user in users}, {user: 1e7 * user for user in users}
    )


def test_newcomers_count_a_tenth_among_established_accounts():
    found = weighed(random_site(), lambda user: FRESH if user == 3 else OLD)
    assert found[3].weight <= age_factor(FRESH)
    assert found[3].reason == AccountWeight.Reason.NEW
    assert all(0.5 <= one.weight <= 1.0 for user, one in found.items() if user != 3)


def test_where_most_are_new_ages_do_not_count():
    assert weighed(random_site(), lambda user: OLD if user < 9 else FRESH) == {}


def test_a_handful_of_people_is_as_before():
    assert weighed(random_site(users=9), lambda user: OLD if user else FRESH) == {}


def test_a_group_is_found_on_a_new_site_too():
    cells = random_site() + fakes(100)
    rated = columns(cells)
    users = rated.user_ids.tolist()
    joined = {user: 5e8 if user >= 100 else 1e6 * user for user in users}
    found = found_weights(rated, dict.fromkeys(users, FRESH), joined)
    assert {user: one.weight for user, one in found.items()} == dict.fromkeys(range(100, 106), 0.1)


def test_an_account_without_a_row_is_new_where_ages_count():
    assert Weights().of(1) == 1.0
    assert Weights({2: 0.7}, NEWCOMER).of(1) == NEWCOMER
    assert not Weights({}, NEWCOMER).is_evidence(1)


@pytest.mark.django_db
def test_the_night_writes_what_it_finds_and_keeps_what_staff_decided(monkeypatch):
    users, curator, picture = [person() for _ in range(4)], person(), image(rating_count=0)
    for user in users:
        Rating.objects.create(user=user, image=picture, value=5, created_at=NOON, updated_at=NOON)
    group = AccountWeight.Reason.GROUP
    found = {user.pk: weights.Found(0.1, group, users[0].pk) for user in users[:3]}
    monkeypatch.setattr(services, "found_weights", lambda *_: found)
    assert services.refresh(NOON) == 3
    assert [user.pk for user in services.decide(users[0].pk, 0.0, curator, NOON)] == [u.pk for u in users[:3]]

    # The first one leaves, a fourth one joins: the night would give the group another number.
    users[0].delete()
    found = {user.pk: weights.Found(0.1, group, users[1].pk) for user in users[1:]}
    monkeypatch.setattr(services, "found_weights", lambda *_: found)
    services.refresh(NOON + timedelta(days=1))
    (rows,) = services.clusters().values()
    assert {row.user_id: row.weight for row in rows} == {users[1].pk: 0, users[2].pk: 0, users[3].pk: 0.1}
    assert {row.set_by for row in rows} == {curator, None}

    monkeypatch.setattr(services, "found_weights", lambda *_: {})
    services.refresh(NOON + timedelta(days=2))
    assert AccountWeight.objects.count() == 2
