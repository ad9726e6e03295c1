"""How much a neighbour's age and gender count (001, tables 2 and 3; algorithms.md 3)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .errors import InvalidInput
from .types import Floats, Ints

_GROUP_ENDS = np.array([18, 28, 38, 48, 58])
_BEFORE_TARGET = 5  # the target is the sixth year of its own group
_GROUP_YEARS = 10


def absolute_group(age: ArrayLike) -> Ints:
    """<= 17, 18-27, 28-37, 38-47, 48-57, >= 58 years -> 1 .. 6 (001, table 2)."""
    return np.searchsorted(_GROUP_ENDS, np.floor(np.asarray(age, dtype=np.float64)), side="right") + 1


def relative_group(target: float, other: ArrayLike) -> Ints:
    """floor((age_v - (age_u - 5)) / 10): ten-year groups laid around the target's age (001, table 3)."""
    return np.floor((np.asarray(other, dtype=np.float64) - (target - _BEFORE_TARGET)) / _GROUP_YEARS).astype(np.int64)


def age_weight(group: ArrayLike) -> Floats:
    """max(0.1, 1 - 0.1 |group|) of relative groups."""
    return np.maximum(0.1, 1.0 - 0.1 * np.abs(np.asarray(group, dtype=np.float64)))


@dataclass(frozen=True)
class AgeGenderWeight:
    """The factor on each other user's similarity.

    `other_gender` is the factor for another gender; `strict` is the source's reading, 0 outside the own group and
    gender. An age or a gender that either side does not give (NaN, "") counts as the own: factor 1.
    """

    other_gender: float = 1.0
    strict: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.other_gender <= 1:
            raise InvalidInput(f"The factor for another gender lies in 0 .. 1; got {self.other_gender}.")

    def factors(self, age: float, gender: str, ages: ArrayLike, genders: ArrayLike) -> Floats:
        """(n,): one target of `age` years (NaN: unknown) against everybody's ages and genders."""
        years = np.asarray(ages, dtype=np.float64)
        known = ~np.isnan(years) & (not np.isnan(age))
        group = relative_group(age if known.any() else 0.0, np.where(known, years, 0.0))
        by_age = np.where(known, (group == 0) if self.strict else age_weight(group), 1.0)
        others = np.asarray(genders, dtype=np.str_)
        differs = (others != gender) & (others != "") & (gender != "")
        return by_age * np.where(differs, 0.0 if self.strict else self.other_gender, 1.0)
