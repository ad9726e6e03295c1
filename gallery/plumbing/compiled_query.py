"""Queries of every page, whose SQL is compiled once: Django takes longer to write it than a database to
execute it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet

LONG_AGO = datetime(1066, 10, 14, tzinfo=UTC)

# Sentinels: they take the place of the values while the SQL is compiled. No query contains them as constants.
_SENTINELS: dict[type, Callable[[int], Any]] = {
    int: lambda index: 1_000_000_007 + index,
    str: lambda index: f"value {index} of a compiled query",
    datetime: lambda index: LONG_AGO + timedelta(days=index),
}


class CompiledQuery:
    """`ask` returns a `values_list` for integers, texts and times; the rows are returned as the database
    gives them, without conversions."""

    def __init__(self, ask: Callable[..., "QuerySet[Any, Any]"]) -> None:
        self._ask = ask
        self._compiled = cache(self._compile)

    def _compile(self, *kinds: type) -> tuple[str, list[tuple[int, Any]]]:
        """The SQL, and for each of its parameters the index of the value; for a constant parameter -1 and the
        constant."""
        sentinels = [_SENTINELS[kind](index) for index, kind in enumerate(kinds)]
        sql, params = self._ask(*sentinels).query.sql_with_params()
        indexes = {adapted(sentinel): index for index, sentinel in enumerate(sentinels)}
        return sql, [(indexes.get(param, -1), param) for param in params]

    def __call__(self, *values: int | str | datetime) -> list[tuple[Any, ...]]:
        sql, params = self._compiled(*map(type, values))
        adapted_values = [adapted(value) for value in values]
        with connection.cursor() as cursor:
            cursor.execute(
                sql, [constant if index < 0 else adapted_values[index] for index, constant in params]
            )
            return list(cursor.fetchall())


def adapted(value: Any) -> Any:
    """A value as the database takes it in hand-written SQL."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
