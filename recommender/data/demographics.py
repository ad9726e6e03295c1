"""The demographics of users, as the tables that sources read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from django.db.models import QuerySet

from recommender.engine.demographics import People
from recommender.engine.neural.metadata import MetadataTable
from recommender.models import Demographics


class UserDemographics(NamedTuple):
    """The answers of one user: age in years (NaN if unknown), gender and region ("" if unknown)."""

    age: float
    gender: str
    region: str


NO_ANSWERS = UserDemographics(np.nan, "", "")


def all_demographics(now: datetime) -> dict[int, UserDemographics]:
    """By user id, of all users with at least one answer."""
    return _read(Demographics.objects.all(), now)


def demographics_of(user_id: int, now: datetime) -> UserDemographics | None:
    """None for a user without answers."""
    return _read(Demographics.objects.filter(user_id=user_id), now).get(user_id)


def _read(rows: "QuerySet[Demographics]", now: datetime) -> dict[int, UserDemographics]:
    found = {}
    for user, year, gender, region in rows.values_list("user_id", "birth_year", "gender", "region").iterator(
        5000
    ):
        if year or gender or region:
            found[user] = UserDemographics(float(now.year - year) if year else np.nan, gender, region)
    return found


def table_of(people: Iterable[UserDemographics | None]) -> MetadataTable:
    """Age, gender and region, one row for each user, in the given order. A row of None is unknown."""
    rows = [person or NO_ANSWERS for person in people]
    ages = np.array([row.age for row in rows], dtype=np.float64).reshape(-1, 1)
    return MetadataTable.of(ages, np.array([row[1:] for row in rows], dtype=np.str_).reshape(-1, 2))


def people_of(people: Sequence[UserDemographics | None]) -> People:
    """Age in years and gender, one row for each user, in the given order."""
    rows = [person or NO_ANSWERS for person in people]
    return People.of([row.age for row in rows], [row.gender for row in rows])
