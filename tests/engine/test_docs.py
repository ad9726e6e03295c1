"""Every function that docs/algorithms.md names exists."""

import re
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "algorithms.md"
NAMED = sorted(set(re.findall(r"`([a-z_]+(?:\.[A-Za-z_]+)+)`", PAGE.read_text())))


@pytest.mark.parametrize("name", NAMED)
def test_what_the_page_names_exists(name: str) -> None:
    module, *path = name.removeprefix("neural.").split(".")
    folder = "recommender.engine.neural" if name.startswith("neural.") else "recommender.engine"
    assert reduce(getattr, path, import_module(f"{folder}.{module}")) is not None
