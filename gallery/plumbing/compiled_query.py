"""Questions that every page asks: their SQL is made once.
Django writes it more slowly than a database answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet

LONG_AGO = datetime(1066, 10, 14, tzinfo=UTC)

# What stands for the value at a place while the SQL is made: nothing that a question holds by itself.
_SENTINELS: dict[type, Callable[[int], Any]] = {
    int: lambda place: 1_000_000_007 + place,
    str: lambda place: f"value {place} of a prepared question",
    datetime: lambda place: LONG_AGO + timedelta(days=place),
}


class CompiledQuery:
    """`ask` makes a `values_list` from whole numbers, texts and moments; the rows come as the database gives
    them, without conversions."""

    def __init__(self, ask: Callable[..., "QuerySet[Any, Any]"]) -> None:
        self._ask = ask
        self._compiled = cache(self._compile)

    def _compile(self, *kinds: type) -> tuple[str, list[tuple[int, Any]]]:
        """The SQL, and for each of its parameters the place among the values;
        -1 and itself where it is always so."""
        marks = [_SENTINELS[kind](place) for place, kind in enumerate(kinds)]
        sql, params = self._ask(*marks).query.sql_with_params()
        places = {adapted(mark): place for place, mark in enumerate(marks)}
        return sql, [(places.get(param, -1), param) for param in params]

    def __call__(self, *values: int | str | datetime) -> list[tuple[Any, ...]]:
        sql, params = self._compiled(*map(type, values))
        given = [adapted(value) for value in values]
        with connection.cursor() as cursor:
            cursor.execute(sql, [always if place < 0 else given[place] for place, always in params])
            return list(cursor.fetchall())


def adapted(value: Any) -> Any:
    """A value as the database takes it, where SQL is written by hand."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
