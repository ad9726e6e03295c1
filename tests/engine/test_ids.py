import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine.errors import InvalidInput, UnknownId
from recommender.engine.ids import IdMap


@given(st.sets(st.integers(0, 2**60)))
def test_ids_survive_the_way_there_and_back(ids: set[int]) -> None:
    known = IdMap.of(ids)
    assert known.external(known.rows(sorted(ids))).tolist() == sorted(ids)


def test_rows_follow_the_order_of_the_ids() -> None:
    assert IdMap.of([30, 10, 20, 10]).rows([10, 20, 30]).tolist() == [0, 1, 2]


def test_an_unknown_id_is_named() -> None:
    with pytest.raises(UnknownId, match="The id 7 is not in the map of 2 ids"):
        IdMap.of([1, 9]).rows([1, 7])


def test_finding_marks_what_is_unknown() -> None:
    assert IdMap.of([5, 8]).find([8, 6, 5, 99]).tolist() == [1, -1, 0, -1]


@pytest.mark.parametrize("ids", [[1.5], [True], ["7"], [np.nan]])
def test_an_id_is_a_whole_number(ids: list[object]) -> None:
    with pytest.raises(InvalidInput, match="whole numbers"):
        IdMap.of(ids)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="whole numbers"):
        IdMap.of([1, 7]).find(ids)


def test_an_empty_map_knows_nothing() -> None:
    assert IdMap.of([]).find([1]).tolist() == [-1]


@pytest.mark.parametrize("row", [-1, 2])
def test_there_is_no_id_outside_the_rows(row: int) -> None:
    with pytest.raises(UnknownId):
        IdMap.of([5, 8]).external(np.array([row]))
