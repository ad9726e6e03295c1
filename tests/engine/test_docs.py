"""Every function that docs/algorithms.md names exists, and every measure and model that exists is named there."""

import re
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest

from recommender.engine.registry import MEASURES, MODELS

PAGE = Path(__file__).parents[2] / "docs" / "algorithms.md"
NAMED = sorted(set(re.findall(r"`([a-z_]+(?:\.[A-Za-z_]+)+)`", PAGE.read_text())))


@pytest.mark.parametrize("name", NAMED)
def test_what_the_page_names_exists(name: str) -> None:
    module, *path = name.removeprefix("neural.").split(".")
    folder = "recommender.engine.neural" if name.startswith("neural.") else "recommender.engine"
    assert reduce(getattr, path, import_module(f"{folder}.{module}")) is not None


KINDS = list(dict.fromkeys([*MEASURES.values(), *map(type, MODELS.values())]))  # in one order for every process


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_page_names_every_measure_and_model(kind: type) -> None:
    assert f"{kind.__module__.removeprefix('recommender.engine.')}.{kind.__name__}" in NAMED
