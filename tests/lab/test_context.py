"""A run that was killed goes on where it stopped, and finds the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.lab.context import Checkpoint, Context

EACH = [{"n": n} for n in range(4)]


class Killed(BaseException):
    """As a signal would be."""


def kept_in(folder: Path, **about: Any) -> Context:
    return Context(checkpoint=Checkpoint(folder, about))


def squares(done: list[int], dies_at: int = -1) -> Any:
    def compute(settings: Mapping[str, Any]) -> dict[str, Any]:
        if settings["n"] == dies_at:
            raise Killed
        done.append(settings["n"])
        return {"square": settings["n"] ** 2, "odd": (1, 2)}

    return compute


def test_finished_pieces_are_not_computed_again(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        kept_in(tmp_path).pieces("squares", EACH, squares([], dies_at=2))
    done: list[int] = []
    pieces = kept_in(tmp_path).pieces("squares", EACH, squares(done))
    assert done == [2, 3]
    assert pieces == kept_in(tmp_path / "other").pieces("squares", EACH, squares([]))


def test_other_settings_data_or_code_are_other_pieces(tmp_path: Path) -> None:
    kept_in(tmp_path, data="a").pieces("squares", EACH, squares([]))
    done: list[int] = []
    kept_in(tmp_path, data="b").pieces("squares", EACH, squares(done))
    assert done == [0, 1, 2, 3]


def test_a_piece_that_was_cut_short_is_computed_again(tmp_path: Path) -> None:
    kept_in(tmp_path).pieces("squares", EACH, squares([]))
    for path in tmp_path.glob("*.json"):
        path.write_text(path.read_text()[:5])
    done: list[int] = []
    kept_in(tmp_path).pieces("squares", EACH, squares(done))
    assert done == [0, 1, 2, 3]


def test_a_piece_is_the_same_fresh_and_taken_up(tmp_path: Path) -> None:
    fresh = kept_in(tmp_path).pieces("squares", EACH, squares([]))
    assert fresh == kept_in(tmp_path).pieces("squares", EACH, squares([]))
    assert fresh[0]["odd"] == [1, 2]


def test_time_spent_before_is_told(tmp_path: Path) -> None:
    ticks = iter(range(100))
    first = Context(checkpoint=Checkpoint(tmp_path, {}), clock=lambda: next(ticks) * 10.0)
    first.pieces("squares", EACH, squares([]))
    second = kept_in(tmp_path)
    second.pieces("squares", EACH, squares([]))
    assert (first.taken_up, second.taken_up) == ([], [10.0] * 4)


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "parts", {})
    Context(checkpoint=checkpoint).pieces("squares", EACH, squares([]))
    checkpoint.clear()
    assert not (tmp_path / "parts").exists()


def test_every_purpose_draws_its_own_numbers_again_and_again() -> None:
    one, two = Context(seed=1), Context(seed=2)
    assert one.rng("a", 1).random() == one.rng("a", 1).random()
    assert len({one.rng("a", 1).random(), one.rng("a", 2).random(), two.rng("a", 1).random()}) == 3
    assert isinstance(one.rng("a"), np.random.Generator)
