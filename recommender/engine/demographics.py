"""Weights of neighbours by age and gender (001, tables 2 and 3; docs/algorithms.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidInput
from .types import Floats, Ints

_GROUP_ENDS = np.array([18, 28, 38, 48, 58])
_BEFORE_TARGET = 5  # the target user's age is the sixth year of its own group
_GROUP_YEARS = 10


def _years(age: ArrayLike) -> Floats:
    years = np.asarray(age, dtype=np.float64)
    if not np.isfinite(years).all():
        raise InvalidInput("An age that is put into a group must be known and finite.")
    return years


def absolute_group(age: ArrayLike) -> Ints:
    """<= 17, 18-27, 28-37, 38-47, 48-57, >= 58 years -> 1 .. 6 (001, table 2)."""
    groups: Ints = np.searchsorted(_GROUP_ENDS, np.floor(_years(age)), side="right") + 1
    return groups


def relative_group(target: ArrayLike, other: ArrayLike) -> Ints:
    """floor((age_v - (age_u - 5)) / 10): ten-year groups around the target user's age (001, table 3)."""
    years: Floats = _years(other) - (_years(target) - _BEFORE_TARGET)
    return np.floor(years / _GROUP_YEARS).astype(np.int64)


def age_weight(group: ArrayLike) -> Floats:
    """max(0.1, 1 - 0.1 |group|), where 0 is the target user's own group."""
    return np.maximum(0.1, 1.0 - 0.1 * np.abs(np.asarray(group, dtype=np.float64)))


class Groups(StrEnum):
    """How ages are divided into groups."""

    RELATIVE = "relative"  # around the target user's age (001, table 3)
    ABSOLUTE = "absolute"  # the same six groups for all users (001, table 2)


@dataclass(frozen=True, eq=False)
class People:
    """Demographics of users, one row each: age in years (NaN: unknown) and gender ("": unknown)."""

    ages: Floats
    genders: NDArray[np.str_]

    @classmethod
    def of(cls, ages: ArrayLike, genders: ArrayLike) -> "People":
        """Checks the input: as many ages as genders, every known age finite and not negative."""
        years, sexes = np.asarray(ages, dtype=np.float64).ravel(), np.asarray(genders, dtype=np.str_).ravel()
        if len(years) != len(sexes) or np.isinf(years).any() or (years < 0).any():
            raise InvalidInput("People have one age, finite and not negative, and one gender each.")
        return cls(years, sexes)

    @classmethod
    def unknown(cls, n: int) -> "People":
        """n users without demographics: all values are unknown."""
        return cls(np.full(n, np.nan), np.zeros(n, dtype="<U1"))

    def take(self, rows: Ints) -> "People":
        """The users of these rows, in this order."""
        return People(self.ages[rows], self.genders[rows])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, for an artifact."""
        return {"ages": self.ages, "genders": self.genders}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "People":
        """The people that `to_arrays` gave, checked again."""
        return cls.of(arrays["ages"], arrays["genders"])


@dataclass(frozen=True)
class AgeGenderWeight:
    """The factor that multiplies the similarity of each other user.

    `other_gender` is the factor for another gender. With `strict`, as in paper 001, the factor is 0 outside
    the target user's own group and gender. If an age or a gender of either user is unknown (NaN, ""), its
    factor is 1.
    """

    groups: Groups = Groups.RELATIVE
    other_gender: float = 1.0
    strict: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.other_gender <= 1:
            raise InvalidInput(f"The factor for another gender lies in 0 .. 1; got {self.other_gender}.")

    def between(self, targets: People, others: People) -> Floats:
        """(targets, others): the factors for the similarities of `others` to `targets`."""
        known = ~np.isnan(targets.ages)[:, None] & ~np.isnan(others.ages)
        mine, years = np.nan_to_num(targets.ages)[:, None], np.nan_to_num(others.ages)
        if self.groups is Groups.RELATIVE:
            group = relative_group(mine, years)
        else:
            group = absolute_group(years) - absolute_group(mine)
        by_age = np.where(known, (group == 0) if self.strict else age_weight(group), 1.0)
        mine_too, theirs = targets.genders[:, None], others.genders
        differs = (theirs != mine_too) & (theirs != "") & (mine_too != "")
        return by_age * np.where(differs, 0.0 if self.strict else self.other_gender, 1.0)
