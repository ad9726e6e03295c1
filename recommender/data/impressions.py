"""Writes the impressions of a feed. Most writes of the site are impressions, and losing some does the least
harm."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Case, Sum, Value, When

from gallery.plumbing.compiled_query import CompiledQuery, adapted
from recommender.models import Feed, Impression

SHOWN_LATELY = timedelta(days=7)
SEEN = (When(position__lt=12, then=Value(1.0)), When(position__lt=40, then=Value(0.5)))


class ImpressionRow(NamedTuple):
    """An image at a position of a feed: the columns of an `Impression`."""

    image_id: int
    position: int
    rung: str
    explored: bool = False
    predicted: Mapping[str, float] = MappingProxyType({})  # by the name of the source
    blend: float | None = None


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


def start_feed(user: User, token: str, now: datetime, private: bool, basis: int) -> Feed:
    with without_waiting_for_the_disk():
        return Feed.objects.create(user=user, token=token, started_at=now, private=private, basis=basis)


def last_feed(user: User, now: datetime, private: bool) -> Feed | None:
    """The user's newest feed of the last week."""
    feeds = Feed.objects.filter(user=user, private=private, started_at__gt=now - SHOWN_LATELY)
    return feeds.order_by("-started_at").first()


_showings = CompiledQuery(
    lambda user, since: (
        Impression.objects.filter(feed__user=user, feed__started_at__gt=since)
        .exclude(image__views__user=user)
        .values("image")
        .annotate(n=Sum(Case(*SEEN, default=Value(0.25))))
        .filter(n__gt=1.0)
        .values_list("image", "n")
    )
)


def showings_of(user_id: int, now: datetime) -> dict[int, float]:
    """How often images were shown to the user in the last week and never opened, by image id. A showing on
    the first screen counts 1, further down less: it may not have been seen. Images with one showing are left
    out."""
    # PostgreSQL adds up decimals
    return {image: float(count) for image, count in _showings(user_id, now - SHOWN_LATELY)}


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
    same = feed.pk, feed.user_id, adapted(now)
    with without_waiting_for_the_disk(), connection.cursor() as cursor:
        cursor.execute(_statement(len(rows)), [value for row in rows for value in (*same, *_columns(row))])


@cache
def _statement(rows: int) -> str:
    """The statement of `bulk_create(ignore_conflicts=True)`. Django needs longer to write it than the
    database to execute it (decision 36)."""
    values = ", ".join([f"({', '.join(['%s'] * len(IMPRESSION_COLUMNS))})"] * rows)
    table, *names = map(connection.ops.quote_name, (Impression._meta.db_table, *IMPRESSION_COLUMNS))
    rows_to_insert = f"({', '.join(names)}) VALUES {values}"
    return f"INSERT INTO {table} {rows_to_insert} ON CONFLICT DO NOTHING"
