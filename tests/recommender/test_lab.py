"""`manage.py lab`, and the data of the site as its data set."""

import json
import shutil
from collections.abc import Iterable, Sequence
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from gallery.acts import events
from gallery.models import Image
from recommender.data.lab_dataset import read_site
from recommender.lab.errors import DataError
from recommender.lab.protocols import PROTOCOLS
from recommender.management.commands import lab
from recommender.models import Demographics
from tests import factories
from tests.lab.worlds import tastes, write


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two tastes as a plain table."""
    world = tastes(n_users=20, n_items=12)
    lines = [
        f"{u},{i},{r:g},{t:g}"
        for u, i, r, t in zip(world.users, world.items, world.values, world.clock(), strict=True)
    ]
    return write(tmp_path / "data" / "mine.csv", "user,item,rating,timestamp\n" + "\n".join(lines) + "\n")


def run(protocol: str, data: Path | str, out: Path, *more: str) -> dict[str, Any]:
    call_command(
        "lab", "run", protocol, "--data", str(data), "--out", str(out), "--quick", *more, stdout=StringIO()
    )
    report: dict[str, Any] = json.loads((out / "report.json").read_text())
    return report


def test_the_list_names_every_protocol() -> None:
    out = StringIO()
    call_command("lab", "list", stdout=out)
    assert [line.split()[0] for line in out.getvalue().splitlines()] == list(lab.ALL)


def test_a_report_says_how_it_came_about(data: Path, tmp_path: Path) -> None:
    report = run("fuzzy", data, tmp_path / "out", "--seed", "3")
    assert (report["protocol"], report["dataset"], report["seed"], report["quick"]) == (
        "fuzzy",
        "csv",
        3,
        True,
    )
    assert report["command"] == "python manage.py lab run fuzzy --data data --seed 3 --quick"
    assert all("method" in row for row in report["rows"])
    assert "The scale was read off the ratings: 1 to 5." in (tmp_path / "out" / "report.md").read_text()


class Killed(BaseException):
    """Interrupts a run, like a signal."""


def test_a_killed_run_goes_on_and_gives_the_same_report(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run("fuzzy", data, tmp_path / "whole")

    def killed_after_three(settings: Sequence[Any], label: str, hidden: bool) -> Iterable[Any]:
        yield from settings[:3]
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(lab, "_bars", killed_after_three)
        with pytest.raises(Killed):
            run("fuzzy", data, tmp_path / "broken")
    assert len(list((tmp_path / "broken" / ".parts").glob("*.json"))) == 3
    resumed = run("fuzzy", data, tmp_path / "broken")
    assert {**resumed, "seconds": 0} == {**whole, "seconds": 0}
    assert not (tmp_path / "broken" / ".parts").exists()


@pytest.mark.parametrize(
    ("protocol", "folder", "more", "sentence"),
    [
        ("nonsense", "data", [], r"^There is no protocol nonsense; there are neighbours, "),
        ("fuzzy", "nowhere", [], r"^There is no folder .*nowhere.$"),
        ("fuzzy", "data", ["--seed", "-1"], r"^A seed is a whole number, 0 or more; got -1.$"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    data: Path, tmp_path: Path, protocol: str, folder: str, more: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(protocol, tmp_path / folder, tmp_path / "out", *more)


def test_a_report_cannot_go_where_a_file_is(data: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(CommandError, match=r"^.*taken cannot be used: File exists.$"):
        run("fuzzy", data, tmp_path / "taken")


def test_the_page_asks_no_folder_for_what_only_a_site_has() -> None:
    assert PROTOCOLS["live"].measured_on == ()


def test_the_page_of_results_is_made_of_the_reports(data: Path, tmp_path: Path) -> None:
    run("fuzzy", data, tmp_path / "one")
    for protocol in lab.ALL.values():
        for name in protocol.measured_on:
            shutil.copytree(tmp_path / "one", tmp_path / "reports" / f"{protocol.name}-{name}")
    page = tmp_path / "results.md"
    options = ["--data", str(tmp_path), "--out", str(tmp_path / "reports"), "--page", str(page)]
    call_command("lab", "results", *options, stdout=StringIO())
    text = page.read_text()
    assert "| fuzzy | csv | 002 | 2SET_F is worse than NO_F (figure 2) |" in text
    assert "- Command: `python manage.py lab run fuzzy --data data --seed 0 --quick`" in text


@pytest.mark.django_db
def test_the_site_s_ratings_views_genres_and_titles() -> None:
    ann = factories.person("ann")
    bob = factories.person("bob")
    sea = factories.image("Waves", keywords=("blue",))
    hill, hidden = factories.image("Hill", genre_slug="hills"), factories.image("Gone")
    for hour, (who, what, value) in enumerate(
        ((ann, sea, 5), (bob, hill, 2), (ann, hidden, 1), (bob, sea, 4))
    ):
        events.rate(who, what.public_id, value, "direct", factories.NOON + timedelta(hours=hour))
    Image.objects.filter(pk=hidden.pk).update(visibility=Image.Visibility.HIDDEN)
    for who in (ann, factories.person("looker")):
        events.record_view(who, hill.public_id, "direct", factories.NOON)
    assert read_site(()).people is None
    Demographics.objects.create(
        user=bob, birth_year=timezone.now().year - 30, gender="man", at=factories.NOON
    )
    data = read_site(())
    assert (data.name, data.titles, data.keywords) == ("site", ["Waves", "Hill"], [["blue"], []])
    assert (data.users.tolist(), data.items.tolist(), data.values.tolist()) == (
        [0, 1, 1],
        [0, 1, 0],
        [5, 2, 4],
    )
    assert data.genres.sum(axis=1).tolist() == [1, 1]
    assert data.views is not None
    assert (data.views.users.tolist(), data.views.items.tolist()) == ([0], [1])
    assert np.all(np.diff(data.clock()) >= 0)
    assert data.people is not None
    np.testing.assert_array_equal(data.people.ages, [np.nan, 30])
    assert data.people.genders.tolist() == ["", "man"]


@pytest.mark.django_db
def test_a_site_without_ratings_says_so() -> None:
    with pytest.raises(DataError, match=r"^This site has no ratings yet.$"):
        read_site(())
