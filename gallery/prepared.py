"""Questions that every page asks: their SQL is made once. Django writes it more slowly than a database answers."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet

MARK = 1_000_000_007  # stands for the first value while the SQL is made, the next number for the second, and so on


class Prepared:
    """`ask` makes a `values_list` from whole numbers; the rows come as the database gives them, without conversions."""

    def __init__(self, ask: Callable[..., "QuerySet[Any, Any]"]) -> None:
        self._ask = ask
        self._made = cache(self._make)

    def _make(self, count: int) -> tuple[str, tuple[Any, ...]]:
        sql, params = self._ask(*range(MARK, MARK + count)).query.sql_with_params()
        return sql, params

    def __call__(self, *values: int) -> list[tuple[Any, ...]]:
        sql, params = self._made(len(values))
        last = MARK + len(values)
        given = [values[p - MARK] if isinstance(p, int) and MARK <= p < last else p for p in params]
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            return list(cursor.fetchall())
