"""Every function that docs/algorithms.md names exists, and every measure and model that exists is named
there."""

import re
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest

from recommender.engine.registry import SIMILARITY_CLASSES
from recommender.lab.models import ALL_MODELS

PAGE = Path(__file__).parents[2] / "docs" / "algorithms.md"
FOLDERS = {
    "lab.models.": "recommender.lab.models",
    "neural.": "recommender.engine.neural",
    "": "recommender.engine",
}
NAMED = sorted(set(re.findall(r"`([a-z_]+(?:\.[A-Za-z_]+)+)`", PAGE.read_text())))


@pytest.mark.parametrize("name", NAMED)
def test_what_the_page_names_exists(name: str) -> None:
    prefix, folder = next(one for one in FOLDERS.items() if name.startswith(one[0]))
    module, *path = name.removeprefix(prefix).split(".")
    assert reduce(getattr, path, import_module(f"{folder}.{module}")) is not None


# in one order for every process
KINDS = list(dict.fromkeys([*SIMILARITY_CLASSES.values(), *map(type, ALL_MODELS.values())]))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_page_names_every_measure_and_model(kind: type) -> None:
    module = kind.__module__.removeprefix("recommender.").removeprefix("engine.")
    assert f"{module}.{kind.__name__}" in NAMED
