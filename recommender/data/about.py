"""What people say about themselves, as the table that the network reads."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np

from recommender.engine.demographics import People
from recommender.engine.neural.metadata import Table
from recommender.models import About


def table_of(people: Iterable[int], now: datetime) -> Table:
    """One row a person, in the order given: age in years, gender, region; who said nothing has nothing known."""
    said = {row.user_id: row for row in About.objects.iterator(chunk_size=5000)}
    rows = [said.get(user) for user in people]
    ages = [now.year - row.birth_year if row and row.birth_year else np.nan for row in rows]
    words = [(row.gender, row.region) if row else ("", "") for row in rows]
    return Table.of(np.array(ages, dtype=np.float64).reshape(-1, 1), np.array(words, dtype=np.str_).reshape(-1, 2))


def people_of(users: Sequence[int], now: datetime) -> People:
    """Age in years and gender, one row a person, in the order given."""
    rows_of = About.objects.filter(user_id__in=users) if len(users) == 1 else About.objects.all()
    said = {row.user_id: row for row in rows_of.iterator(chunk_size=5000)}
    rows = [said.get(user) for user in users]
    ages = [now.year - row.birth_year if row and row.birth_year else np.nan for row in rows]
    return People.of(ages, [row.gender if row else "" for row in rows])


def row_of(user_id: int, now: datetime) -> Table | None:
    """The same for one person; None for who said nothing."""
    row = About.objects.filter(user_id=user_id).first()
    if row is None:
        return None
    table = Table.of([[now.year - row.birth_year if row.birth_year else np.nan]], [[row.gender, row.region]])
    return table if table.known[0] else None
