"""The whole pipeline on a data set: what it is fitted on, and what it says of chance."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.lab.context import Context
from recommender.lab.datasets import Dataset, Fold
from recommender.lab.protocols import ceiling

from .worlds import shuffled, tastes


def errors(report: dict[str, object]) -> dict[str, float]:
    rows: list[dict[str, object]] = report["rows"]  # type: ignore[assignment]
    return {str(row["method"]): float(row["mae"]) for row in rows if "fold" not in row}  # type: ignore[arg-type]


def test_the_median_errs_least_where_there_are_tastes() -> None:
    found = errors(ceiling.run(tastes(), Context(quick=True)).to_json())
    assert found["ceiling_median"] < 0.7 < found["plain_cosine"]


def test_shuffled_ratings_are_not_predicted() -> None:
    dealt = shuffled(tastes())
    found = errors(ceiling.run(dealt, Context(quick=True)).to_json())
    chance = float(np.abs(dealt.values - np.median(dealt.values)).mean())
    assert found["ceiling_median"] > 0.9 * chance


def answered(whole: Dataset, test: np.ndarray) -> dict[str, np.ndarray]:
    """What each method says of the ratings at `test`, learnt from the first 400."""
    return dict(ceiling.answers(whole, Fold("one", np.arange(400), test), Context(quick=True)))


@pytest.fixture(scope="module")
def said() -> dict[str, np.ndarray]:
    return answered(tastes(), np.arange(400, 600))


def test_ratings_of_the_test_part_change_no_answer(said: dict[str, np.ndarray]) -> None:
    whole = tastes()
    turned = np.where(np.arange(600) >= 400, 6.0 - whole.values, whole.values)
    found = answered(replace(whole, values=turned), np.arange(400, 600))
    for name, answers in said.items():
        np.testing.assert_array_equal(found[name], answers, err_msg=name)


def test_an_answer_does_not_depend_on_what_else_is_asked_or_there(said: dict[str, np.ndarray]) -> None:
    """That a pair is in the test part says that this user met this item: no model may know it."""
    found = answered(tastes().part(np.r_[0:400, 400:600:2]), np.arange(400, 500))
    for name, answers in said.items():
        np.testing.assert_array_equal(found[name], answers[::2], err_msg=name)
