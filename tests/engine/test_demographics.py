import numpy as np
import pytest

from recommender.engine.demographics import AgeGenderWeight, absolute_group, age_weight, relative_group
from recommender.engine.errors import InvalidInput

AGES, GENDERS = [27, 32, 12, np.nan, 27], ["f", "f", "f", "m", "m"]


def test_the_sources_example() -> None:
    assert relative_group(27, [22, 31, 32, 41, 12, 21]).tolist() == [0, 0, 1, 1, -1, -1]


def test_the_six_groups() -> None:
    ages = [0, 17, 18, 27, 28, 37, 38, 47, 48, 57, 58, 99]
    assert absolute_group(ages).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]


def test_the_weight_falls_to_a_tenth_and_no_further() -> None:
    np.testing.assert_allclose(age_weight([0, -1, 3, 9, 20]), [1.0, 0.9, 0.7, 0.1, 0.1])


def test_age_alone_counts_by_default() -> None:
    np.testing.assert_allclose(AgeGenderWeight().factors(27, "f", AGES, GENDERS), [1.0, 0.9, 0.9, 1.0, 1.0])


def test_another_gender_can_count_less() -> None:
    np.testing.assert_allclose(
        AgeGenderWeight(other_gender=0.5).factors(27, "f", AGES, GENDERS), [1.0, 0.9, 0.9, 0.5, 0.5]
    )


def test_strictly_only_the_own_group_and_gender_count() -> None:
    assert AgeGenderWeight(strict=True).factors(27, "f", AGES, GENDERS).tolist() == [1, 0, 0, 0, 0]


@pytest.mark.parametrize("strict", [False, True])
def test_of_whom_nothing_is_known_everybody_counts_alike(strict: bool) -> None:
    assert AgeGenderWeight(strict=strict).factors(np.nan, "", AGES, GENDERS).tolist() == [1.0] * 5


def test_a_factor_above_1_is_refused() -> None:
    with pytest.raises(InvalidInput):
        AgeGenderWeight(other_gender=1.5)
