import numpy as np
import pytest

from recommender.engine.errors import InvalidInput
from recommender.engine.registry import SIMILARITY_CLASSES, make_similarity
from recommender.engine.similarity import Similarity

from .worlds import NAMED


def test_every_measure_is_tested() -> None:
    assert {name for name, _ in NAMED} | {"weighted_pearson"} == set(SIMILARITY_CLASSES)


@pytest.mark.parametrize(("name", "params"), NAMED)
def test_a_measure_is_made_by_its_name(name: str, params: dict[str, float]) -> None:
    assert isinstance(make_similarity(name, **params), Similarity)


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(InvalidInput, match="no similarity named cosinus; there are adjusted_cosine"):
        make_similarity("cosinus")


def test_a_parameter_that_does_not_exist_is_named() -> None:
    with pytest.raises(InvalidInput, match="cosine takes no parameters; got k"):
        make_similarity("cosine", k=3)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("msdf", {"k": 1}),
        ("fuzzy", {"k": 2.5}),
        ("fuzzy", {"k": np.nan}),
        ("singularity", {"threshold": np.nan}),
        ("pearson_baseline", {"shrinkage": -1.0}),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(name: str, params: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        make_similarity(name, **params)
