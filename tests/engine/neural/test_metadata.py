"""From what people say about themselves to columns."""

import numpy as np
import pytest

from recommender.engine.errors import InvalidInput
from recommender.engine.neural.metadata import Encoder, MetadataTable

PEOPLE = MetadataTable.of([[20.0, 1.0], [40.0, 1.0], [np.nan, 1.0]], [["sea"], ["hill"], ["sea"]])


def test_numbers_are_standardised_over_those_who_gave_them() -> None:
    columns = Encoder.fit(PEOPLE).encode(PEOPLE)
    assert columns[:, 0].tolist() == [-1.0, 1.0, 0.0]
    assert columns[:, 1].tolist() == [0.0, 0.0, 0.0]  # all alike says nothing


def test_a_category_has_a_column_a_level() -> None:
    assert Encoder.fit(PEOPLE).encode(PEOPLE)[:, 2:4].tolist() == [[0, 1], [1, 0], [0, 1]]


def test_a_field_that_somebody_left_out_has_its_own_column() -> None:
    columns = Encoder.fit(PEOPLE).encode(PEOPLE)
    assert columns.shape == (3, 5)
    assert columns[:, 4].tolist() == [0, 0, 1]


def test_a_level_the_training_never_saw_counts_as_left_out() -> None:
    learnt = Encoder.fit(MetadataTable.of(np.zeros((3, 0)), [["sea"], ["hill"], [""]]))
    assert learnt.encode(MetadataTable.of(np.zeros((2, 0)), [["moon"], [""]])).tolist() == [
        [0, 0, 1],
        [0, 0, 1],
    ]


def test_what_everybody_gave_may_be_left_out_later() -> None:
    learnt = Encoder.fit(MetadataTable.of([[20.0], [40.0]]))
    assert learnt.encode(MetadataTable.of([[np.nan]])).tolist() == [[0.0]]


def test_a_mistyped_number_does_not_drown_the_others() -> None:
    assert Encoder.fit(PEOPLE).encode(MetadataTable.of([[1e30, 1.0]], [["sea"]]))[0, 0] == 10.0


def test_saved_and_loaded_it_encodes_the_same() -> None:
    learnt = Encoder.fit(PEOPLE)
    np.testing.assert_array_equal(
        Encoder.from_arrays(learnt.to_arrays()).encode(PEOPLE), learnt.encode(PEOPLE)
    )


def test_other_fields_are_refused() -> None:
    with pytest.raises(InvalidInput, match="knows 2 numbers and 1 categories of a person; got 1 and 0"):
        Encoder.fit(PEOPLE).encode(MetadataTable.of([[20.0]]))


def test_a_table_is_checked() -> None:
    with pytest.raises(InvalidInput, match="infinite"):
        MetadataTable.of([[np.inf]])
    with pytest.raises(InvalidInput, match="one row a person"):
        MetadataTable.of([[1.0], [2.0]], [["sea"]])
