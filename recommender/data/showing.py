"""Writes down what a feed shows. Of all that is written this is the most, and the least grave to lose."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import connection, transaction

from gallery.plumbing.compiled_query import adapted
from recommender.models import Feed, Impression


class Shown(NamedTuple):
    """An image at a place of a feed, as `Impression` keeps it."""

    image_id: int
    position: int
    rung: str
    explored: bool = False
    predicted: Mapping[str, float] = MappingProxyType({})  # by the name of the source
    blend: float | None = None


COLUMNS = ("feed_id", "user_id", "at", *Shown._fields)


@contextmanager
def without_waiting_for_the_disk() -> Iterator[None]:
    """On SQLite: what is committed here survives a crash of the site, and is lost when the power fails before
    the next rating, favourite or other write of consequence.
    Within a transaction that is already open nothing changes."""
    easy = connection.vendor == "sqlite" and not connection.in_atomic_block
    if easy:
        connection.ensure_connection()
        connection.connection.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        if easy:
            connection.connection.execute("PRAGMA synchronous = FULL")


def begin(user: User, token: str, now: datetime, private: bool) -> Feed:
    with without_waiting_for_the_disk():
        return Feed.objects.create(user=user, token=token, started_at=now, private=private)


def page_from(feed: Feed, offset: int, size: int) -> list[Shown]:
    rows = feed.impressions.filter(position__gte=offset).order_by("position")
    return [Shown(*row) for row in rows.values_list(*Shown._fields)[:size]]


def keep(feed: Feed, rows: list[Shown], offset: int, size: int, now: datetime) -> list[Shown]:
    """Keeps the rows of a page, and gives back those that stand: asked for twice at once with one cursor, the
    first page does, and both are shown it. The first page of a feed has no cursor yet."""
    if not rows:
        return rows
    if not offset:
        _insert(feed, rows, now)
        return rows
    with without_waiting_for_the_disk(), transaction.atomic():
        _insert(feed, rows, now)
        return page_from(feed, offset, size)


def _columns(row: Shown) -> Iterator[Any]:
    return (json.dumps(dict(value)) if isinstance(value, Mapping) else value for value in row)


def _insert(feed: Feed, rows: list[Shown], now: datetime) -> None:
    """One statement, so that the database is locked for no longer than it takes. As a transaction of its own
    it is faster: within another, SQLite keeps a journal of the statement besides."""
    same = feed.pk, feed.user_id, adapted(now)
    with without_waiting_for_the_disk(), connection.cursor() as cursor:
        cursor.execute(_statement(len(rows)), [value for row in rows for value in (*same, *_columns(row))])


@cache
def _statement(rows: int) -> str:
    """What `bulk_create(ignore_conflicts=True)` would write, which takes it longer than the database takes to
    do it (decision 36)."""
    places = ", ".join([f"({', '.join(['%s'] * len(COLUMNS))})"] * rows)
    table, *names = map(connection.ops.quote_name, (Impression._meta.db_table, *COLUMNS))
    values = f"({', '.join(names)}) VALUES {places}"
    return f"INSERT INTO {table} {values} ON CONFLICT DO NOTHING"
