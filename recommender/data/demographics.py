"""What people say about themselves, as the tables that sources read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from django.db.models import QuerySet

from recommender.engine.demographics import People
from recommender.engine.neural.metadata import MetadataTable
from recommender.models import About


class Demographics(NamedTuple):
    """One person's answers: age in years (NaN without one), gender and region ("" without one)."""

    age: float
    gender: str
    region: str


UNKNOWN = Demographics(np.nan, "", "")


def all_demographics(now: datetime) -> dict[int, Demographics]:
    """By person, of everybody who answered anything."""
    return _read(About.objects.all(), now)


def demographics_of(user_id: int, now: datetime) -> Demographics | None:
    """None for a person who answered nothing."""
    return _read(About.objects.filter(user_id=user_id), now).get(user_id)


def _read(rows: "QuerySet[About]", now: datetime) -> dict[int, Demographics]:
    found = {}
    for user, year, gender, region in rows.values_list("user_id", "birth_year", "gender", "region").iterator(
        5000
    ):
        if year or gender or region:
            found[user] = Demographics(float(now.year - year) if year else np.nan, gender, region)
    return found


def table_of(people: Iterable[Demographics | None]) -> MetadataTable:
    """One row a person, in the order given: age, gender, region; nothing is known of None."""
    rows = [person or UNKNOWN for person in people]
    ages = np.array([row.age for row in rows], dtype=np.float64).reshape(-1, 1)
    return MetadataTable.of(ages, np.array([row[1:] for row in rows], dtype=np.str_).reshape(-1, 2))


def people_of(people: Sequence[Demographics | None]) -> People:
    """Age in years and gender, one row a person, in the order given."""
    rows = [person or UNKNOWN for person in people]
    return People.of([row.age for row in rows], [row.gender for row in rows])
