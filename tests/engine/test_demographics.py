import numpy as np
import pytest

from recommender.engine.demographics import (
    AgeGenderWeight,
    Groups,
    People,
    absolute_group,
    age_weight,
    relative_group,
)
from recommender.engine.errors import InvalidInput

OTHERS = People.of([27, 32, 12, np.nan, 27], ["f", "f", "f", "m", "m"])


def factors(weight: AgeGenderWeight, age: float = 27, gender: str = "f") -> list[float]:
    return weight.between(People.of([age], [gender]), OTHERS)[0].tolist()


def test_the_sources_example() -> None:
    assert relative_group(27, [22, 31, 32, 41, 12, 21]).tolist() == [0, 0, 1, 1, -1, -1]


def test_the_six_groups() -> None:
    ages = [0, 17, 18, 27, 28, 37, 38, 47, 48, 57, 58, 99]
    assert absolute_group(ages).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]


def test_the_weight_falls_to_a_tenth_and_no_further() -> None:
    np.testing.assert_allclose(age_weight([0, -1, 3, 9, 20]), [1.0, 0.9, 0.7, 0.1, 0.1])


def test_age_alone_counts_by_default() -> None:
    np.testing.assert_allclose(factors(AgeGenderWeight()), [1.0, 0.9, 0.9, 1.0, 1.0])


def test_another_gender_can_count_less() -> None:
    np.testing.assert_allclose(factors(AgeGenderWeight(other_gender=0.5)), [1.0, 0.9, 0.9, 0.5, 0.5])


def test_strictly_only_the_own_group_and_gender_count() -> None:
    assert factors(AgeGenderWeight(strict=True)) == [1, 0, 0, 0, 0]


@pytest.mark.parametrize("strict", [False, True])
def test_of_whom_nothing_is_known_everybody_counts_alike(strict: bool) -> None:
    assert factors(AgeGenderWeight(strict=strict), np.nan, "") == [1.0] * 5


def test_a_factor_above_1_is_refused() -> None:
    with pytest.raises(InvalidInput):
        AgeGenderWeight(other_gender=1.5)


def test_the_same_groups_for_everybody_can_part_neighbours_in_age() -> None:
    assert factors(AgeGenderWeight(Groups.ABSOLUTE), age=28) == [0.9, 1.0, 0.8, 1.0, 0.9]
    assert factors(AgeGenderWeight(), age=28) == [1.0, 1.0, 0.8, 1.0, 1.0]


@pytest.mark.parametrize(("ages", "genders"), [([1.0], []), ([-1.0], [""]), ([np.inf], [""])])
def test_people_who_cannot_be_are_refused(ages: list[float], genders: list[str]) -> None:
    with pytest.raises(InvalidInput):
        People.of(ages, genders)
