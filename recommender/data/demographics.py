"""What people say about themselves, as the tables that sources read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from django.db.models import QuerySet

from recommender.engine.demographics import People
from recommender.engine.neural.metadata import Table
from recommender.models import Demographics


class UserDemographics(NamedTuple):
    """One person's answers: age in years (NaN without one), gender and region ("" without one)."""

    age: float
    gender: str
    region: str


NO_ANSWERS = UserDemographics(np.nan, "", "")


def all_demographics(now: datetime) -> dict[int, UserDemographics]:
    """By person, of everybody who answered anything."""
    return _read(Demographics.objects.all(), now)


def demographics_of(user_id: int, now: datetime) -> UserDemographics | None:
    """None for a person who answered nothing."""
    return _read(Demographics.objects.filter(user_id=user_id), now).get(user_id)


def _read(rows: "QuerySet[Demographics]", now: datetime) -> dict[int, UserDemographics]:
    found = {}
    for user, year, gender, region in rows.values_list("user_id", "birth_year", "gender", "region").iterator(
        5000
    ):
        if year or gender or region:
            found[user] = UserDemographics(float(now.year - year) if year else np.nan, gender, region)
    return found


def table_of(people: Iterable[UserDemographics | None]) -> Table:
    """One row a person, in the order given: age, gender, region; nothing is known of None."""
    rows = [person or NO_ANSWERS for person in people]
    ages = np.array([row.age for row in rows], dtype=np.float64).reshape(-1, 1)
    return Table.of(ages, np.array([row[1:] for row in rows], dtype=np.str_).reshape(-1, 2))


def people_of(people: Sequence[UserDemographics | None]) -> People:
    """Age in years and gender, one row a person, in the order given."""
    rows = [person or NO_ANSWERS for person in people]
    return People.of([row.age for row in rows], [row.gender for row in rows])
