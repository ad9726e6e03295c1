import pytest

from recommender.engine.errors import InvalidInput
from recommender.engine.registry import MEASURES, make_measure
from recommender.engine.similarity import Measure

from .worlds import NAMED


def test_every_measure_is_tested() -> None:
    assert {name for name, _ in NAMED} | {"weighted_pearson"} == set(MEASURES)


@pytest.mark.parametrize(("name", "params"), NAMED)
def test_a_measure_is_made_by_its_name(name: str, params: dict[str, float]) -> None:
    assert isinstance(make_measure(name, **params), Measure)


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(InvalidInput, match="no similarity named cosinus; there are adjusted_cosine"):
        make_measure("cosinus")


def test_a_parameter_that_does_not_exist_is_named() -> None:
    with pytest.raises(InvalidInput, match="cosine does not take k"):
        make_measure("cosine", k=3)


def test_one_fuzzy_set_is_no_scale() -> None:
    with pytest.raises(InvalidInput, match="at least 2"):
        make_measure("msdf", k=1)
