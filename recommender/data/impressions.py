"""Writes the impressions of a feed. Most writes of the site are impressions, and losing some does the least
harm."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Model

from gallery.plumbing.compiled_query import adapted
from recommender.models import Feed, Impression


class ImpressionRow(NamedTuple):
    """An image at a position of a feed: the columns of an `Impression`."""

    image_id: int
    position: int
    rung: str
    explored: bool = False
    predicted: Mapping[str, float] = MappingProxyType({})  # by the name of the source
    blend: float | None = None


FEED_COLUMNS = ("user_id", "token", "started_at", "private")
IMPRESSION_COLUMNS = ("feed_id", "user_id", "at", *ImpressionRow._fields)


@contextmanager
def without_waiting_for_the_disk() -> Iterator[None]:
    """On SQLite, what is committed inside survives a crash of the site. It is lost if the power fails before
    the next commit outside, for example of a rating. Inside an open transaction this has no effect."""
    relaxed = connection.vendor == "sqlite" and not connection.in_atomic_block
    if relaxed:
        connection.ensure_connection()
        connection.connection.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        if relaxed:
            connection.connection.execute("PRAGMA synchronous = FULL")


def start_feed(user: User, token: str, now: datetime, private: bool) -> Feed:
    feed = Feed(user=user, token=token, started_at=now, private=private)
    values = user.pk, token, adapted(now), private
    with without_waiting_for_the_disk(), connection.cursor() as cursor:
        cursor.execute(f"{_insert_into(Feed, FEED_COLUMNS, 1)} RETURNING id", values)
        ((feed.pk,),) = cursor.fetchall()
    return feed


def page_from(feed: Feed, offset: int, size: int) -> list[ImpressionRow]:
    rows = feed.impressions.filter(position__gte=offset).order_by("position")
    return [ImpressionRow(*row) for row in rows.values_list(*ImpressionRow._fields)[:size]]


def write_impressions(
    feed: Feed, rows: list[ImpressionRow], offset: int, size: int, now: datetime
) -> list[ImpressionRow]:
    """Writes the rows of a page and returns the stored ones. If two requests with the same cursor run at the
    same time, the rows of the first are stored and both show them. The first page of a feed has no cursor."""
    if not rows:
        return rows
    if not offset:
        _insert(feed, rows, now)
        return rows
    with without_waiting_for_the_disk(), transaction.atomic():
        _insert(feed, rows, now)
        return page_from(feed, offset, size)


def _columns(row: ImpressionRow) -> Iterator[Any]:
    return (json.dumps(dict(value)) if isinstance(value, Mapping) else value for value in row)


def _insert(feed: Feed, rows: list[ImpressionRow], now: datetime) -> None:
    """One statement, so that the database is locked only briefly. It is faster outside a transaction, because
    inside one SQLite writes a journal for the statement too."""
    statement = f"{_insert_into(Impression, IMPRESSION_COLUMNS, len(rows))} ON CONFLICT DO NOTHING"
    same = feed.pk, feed.user_id, adapted(now)
    with without_waiting_for_the_disk(), connection.cursor() as cursor:
        cursor.execute(statement, [value for row in rows for value in (*same, *_columns(row))])


@cache
def _insert_into(model: type[Model], columns: tuple[str, ...], rows: int) -> str:
    """The statement that Django would write. Django needs longer to write it than the database to execute
    it."""
    values = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * rows)
    table, *names = map(connection.ops.quote_name, (model._meta.db_table, *columns))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {values}"  # noqa: S608  only our own names
