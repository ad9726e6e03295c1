"""Intervals over users."""

import math

import numpy as np
import pytest

from recommender.lab.stats import bootstrap, bootstrap_sums, paired_bootstrap


def test_the_value_is_the_plain_difference_of_means() -> None:
    found = paired_bootstrap([3, 1, 2], [1, 1, 1], [0, 0, 1], np.random.default_rng(0))
    assert found.value == 1
    assert found.low <= 1 <= found.high


def test_users_who_all_differ_alike_leave_no_doubt() -> None:
    found = paired_bootstrap(np.full(9, 2.5), np.full(9, 2.0), np.arange(9), np.random.default_rng(0))
    assert found == (0.5, 0.5, 0.5)


def test_the_interval_is_that_of_the_normal_for_many_users() -> None:
    values = np.random.default_rng(1).normal(0, 1, 2000)
    found = bootstrap(values, np.arange(2000), np.random.default_rng(0))
    assert found.high - found.low == pytest.approx(2 * 1.96 / math.sqrt(2000), rel=0.1)


def test_many_cases_of_one_user_are_one_piece_of_evidence() -> None:
    rng = np.random.default_rng(2)
    users = np.repeat(np.arange(30), 100)
    values = np.repeat(rng.normal(size=30), 100)
    wide = bootstrap(values, users, np.random.default_rng(0))
    naive = bootstrap(values, np.arange(3000), np.random.default_rng(0))
    assert wide.high - wide.low > 5 * (naive.high - naive.low)


def test_no_number_is_left_out() -> None:
    assert bootstrap([1.0, np.nan], [0, 1], np.random.default_rng(0)).value == 1
    assert math.isnan(bootstrap([np.nan], [0], np.random.default_rng(0)).value)


def test_sums_and_cases_give_what_the_cases_give() -> None:
    cases = bootstrap([1.0, 3.0, 5.0], [0, 0, 1], np.random.default_rng(0))
    assert bootstrap_sums([4.0, 5.0], [2, 1], np.random.default_rng(0)) == cases
