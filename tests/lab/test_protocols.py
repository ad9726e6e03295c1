"""The protocols on small worlds: what is known comes out, and nothing comes out of nothing."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from recommender.engine.types import Scale
from recommender.lab.context import Context
from recommender.lab.datasets import Dataset
from recommender.lab.errors import DataError
from recommender.lab.protocols import PROTOCOLS, ranking
from recommender.lab.recommenders import RANKING_NETWORKS, names_for
from recommender.lab.report import ProtocolReport
from tests.lab.worlds import shuffled, tastes

OURS = ("neighbours", "fuzzy", "ranking")


@pytest.fixture(autouse=True)
def _without_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take seconds to learn; test_recommenders.py holds them to the same rules."""
    monkeypatch.setattr(
        ranking, "names_for", lambda data: [name for name in names_for(data) if name not in RANKING_NETWORKS]
    )


@cache
def report(name: str, world: str = "tastes") -> ProtocolReport:
    data = tastes() if world == "tastes" else shuffled(tastes())
    return PROTOCOLS[name].run(data, Context(seed=0, quick=True))


def best(found: ProtocolReport, figure: str = "mae") -> float:
    return min(row[figure] for row in found.rows)


@pytest.mark.parametrize("name", OURS)
def test_every_row_names_its_method_and_every_figure_has_its_axes(name: str) -> None:
    found = report(name)
    assert found.rows
    assert all(row["method"] for row in found.rows)
    assert all(figure.title and figure.x_label for figure in found.figures)
    assert found.claims


@pytest.mark.parametrize("name", OURS)
def test_the_same_seed_gives_the_same_report(name: str) -> None:
    again = PROTOCOLS[name].run(tastes(), Context(seed=0, quick=True))
    assert again.to_json() == report(name).to_json()


@pytest.mark.parametrize("name", ["fuzzy", "ranking"])
def test_a_report_is_written_whole(name: str, tmp_path: Path) -> None:
    found = report(name).with_run_facts(command="python manage.py lab run", date="2026-06-01")
    found.write(tmp_path)
    pictures = {path.name for path in tmp_path.glob("*.png")}
    assert pictures == {f"{figure.name}.png" for figure in found.figures}
    assert all(picture in (tmp_path / "report.md").read_text() for picture in pictures)


@pytest.mark.parametrize("name", ["neighbours", "fuzzy"])
def test_two_tastes_are_told_apart_and_shuffled_ratings_are_not(name: str) -> None:
    # the best that one number for all can do
    chance = np.abs(tastes().values - np.median(tastes().values)).mean()
    assert best(report(name)) < 0.7 * chance
    assert best(report(name, "shuffled")) > 0.9 * chance


def test_neighbours_compares_everything() -> None:
    found = report("neighbours")
    assert {row["k"] for row in found.rows} == {10, 20, 40, 80}
    assert {row["centring"] for row in found.rows} == {"weighted mean", "mean-centred", "baseline-centred"}
    assert {"cosine", "pearson", "fuzzy", "singularity", "msd"} <= {row["similarity"] for row in found.rows}


def test_fuzzy_uses_no_more_users_than_the_source() -> None:
    crowd = tastes(n_users=1100, n_items=2)
    found = PROTOCOLS["fuzzy"].run(crowd, Context(seed=0, quick=True))
    assert "998 users" in found.data
    assert any("first 998 of 1,100" in note for note in found.notes)


def scores(found: ProtocolReport, split: str) -> dict[str, float]:
    return {row["method"]: row["ndcg"] for row in found.rows if row["split"] == split}


@pytest.mark.parametrize("split", ["temporal", "leave-last-out"])
def test_ranking_finds_two_tastes(split: str) -> None:
    found = scores(report("ranking"), split)
    assert found["user-kNN"] > found["random"]
    assert found["hybrid"] > found["popular"]


def test_ranking_of_shuffled_ratings_is_chance() -> None:
    found = [row for row in report("ranking", "shuffled").rows if row["split"] == "temporal"]
    chance = next(row for row in found if row["method"] == "random")
    assert all(
        row["ndcg_low"] < chance["ndcg_high"] and row["ndcg_high"] > chance["ndcg_low"] for row in found
    )


@pytest.mark.parametrize("name", ["neighbours", "fuzzy", "ceiling", "rl-hybrid", "neural-mf"])
def test_ratings_that_are_all_the_same_leave_nothing_to_predict(name: str) -> None:
    with pytest.raises(DataError, match="All ratings of generated are the same"):
        PROTOCOLS[name].run(replace(tastes(), values=np.full(len(tastes()), 3.0)), Context())


def test_networks_are_left_out_of_a_handful_of_ratings() -> None:
    found = PROTOCOLS["ranking"].run(tastes(10, 8), Context(seed=0, quick=True))
    assert any("Left out" in note and "ncf" in note for note in found.notes)


def test_ranking_needs_times() -> None:
    with pytest.raises(DataError, match="has no times"):
        PROTOCOLS["ranking"].run(replace(tastes(), times=None), Context())


def test_ranking_needs_somebody_who_liked_something() -> None:
    with pytest.raises(DataError, match="No user of generated liked an item"):
        PROTOCOLS["ranking"].run(replace(tastes(), values=np.ones(len(tastes()))), Context())


@pytest.mark.parametrize("name", OURS)
def test_data_without_titles_genres_and_on_another_scale(name: str) -> None:
    data: Dataset = replace(
        tastes(), titles=[], genres=np.zeros((0, 0)), scale=Scale(0, 100), values=tastes().values * 20
    )
    found = PROTOCOLS[name].run(data, Context(seed=0, quick=True))
    assert found.to_json()["rows"]
