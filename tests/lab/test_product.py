"""The whole pipeline on a data set: what it is fitted on, and what it says of chance."""

from dataclasses import replace

import numpy as np

from recommender.lab import pipeline
from recommender.lab.context import Context
from recommender.lab.protocols import product

from .worlds import shuffled, tastes


def errors(report: dict[str, object]) -> dict[str, float]:
    rows: list[dict[str, object]] = report["rows"]  # type: ignore[assignment]
    return {str(row["method"]): float(row["mae"]) for row in rows if "fold" not in row}  # type: ignore[arg-type]


def test_the_median_errs_least_where_there_are_tastes() -> None:
    found = errors(product.run(tastes(), Context(quick=True)).to_json())
    assert found["product_median"] < 0.7 < found["plain_cosine"]


def test_shuffled_ratings_are_not_predicted() -> None:
    dealt = shuffled(tastes())
    found = errors(product.run(dealt, Context(quick=True)).to_json())
    chance = float(np.abs(dealt.values - np.median(dealt.values)).mean())
    assert found["product_median"] > 0.9 * chance


def test_ratings_of_the_test_part_change_no_answer() -> None:
    whole = tastes()
    train, test = np.arange(400), np.arange(400, 600)
    turned = replace(whole, values=np.where(np.arange(600) >= 400, 6.0 - whole.values, whole.values))
    one, other = (
        pipeline.fit(dataset, train, quick=True, seed=0).probabilities(whole.users[test], whole.items[test])
        for dataset in (whole, turned)
    )
    np.testing.assert_array_equal(one, other)
