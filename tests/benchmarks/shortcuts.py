"""What each shortcut on the way to a page of the feed is worth: the page with all of them, and without one.

    python -m tests.benchmarks shortcuts

One process answers requests without a server, by turns with and without each shortcut; compared is its
processor time. `other` is the page without the shortcut, so that a ratio of 1.1 is a tenth of a page.
"""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from statistics import median
from typing import Any
from unittest.mock import patch

from tests.benchmarks.served import Visitor, installation
from tests.installation import ROOT

IMAGES = 2_000
BLOCK, TURNS = 20, 15  # pages, turns of each
ALL = "all shortcuts"


def rows() -> list[dict[str, Any]]:
    """One row for each shortcut: seconds of processor a page with all shortcuts, and without this one."""
    with installation(IMAGES) as (site, visitors):
        command = [sys.executable, "-m", "tests.benchmarks.shortcuts", json.dumps(visitors)]
        environment = site.env | {"PYTHONPATH": str(ROOT)}
        out = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
    seconds: dict[str, list[float]] = json.loads(out.stdout)
    base = seconds.pop(ALL)
    return [
        {
            "name": f"feed page, {name}",
            "ours": median(base),
            "other": median(without),
            "against": "without",
            "ratio": median(other / ours for other, ours in zip(without, base, strict=True)),
            "note": "processor time in one process",
        }
        for name, without in seconds.items()
    ]


def measured(visitors: list[Visitor]) -> dict[str, list[float]]:
    """Seconds of processor a page, for each turn; runs inside the installation."""
    import django

    django.setup()
    page = _page_of(visitors)
    for number in range(3 * len(visitors)):  # the caches are full
        page(number)
    seconds: dict[str, list[float]] = {name: [] for name in WITHOUT}
    for _ in range(TURNS):
        for name, without in WITHOUT.items():
            with without():
                page(0)
                begun = time.process_time()
                for number in range(BLOCK):
                    page(number)
                seconds[name].append((time.process_time() - begun) / BLOCK)
    return seconds


def _page_of(visitors: list[Visitor]) -> Callable[[int], None]:
    """Answers a request of one of the visitors for the first page of a new feed."""
    from django.core.handlers.wsgi import WSGIHandler

    handler = WSGIHandler()

    def page(number: int) -> None:
        request = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/for-you/",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(),
            "wsgi.url_scheme": "http",
            "HTTP_COOKIE": f"sessionid={visitors[number % len(visitors)][0]}",
        }
        status: list[str] = []
        response = handler(request, lambda line, _headers: status.append(line))
        response.close()
        assert status == ["200 OK"], status

    return page


@contextmanager
def _all() -> Iterator[None]:
    yield


@contextmanager
def _sessions() -> Iterator[None]:
    """The session and its user are read by Django."""
    from django.contrib.auth.backends import ModelBackend
    from django.contrib.sessions.backends import db

    from gallery.plumbing import sessions

    with ExitStack() as patches:
        patches.enter_context(patch.object(sessions.SessionStore, "load", db.SessionStore.load))
        patches.enter_context(patch.object(sessions.Backend, "get_user", ModelBackend.get_user))
        yield


@contextmanager
def _queries() -> Iterator[None]:
    """Every compiled query is written by Django each time."""
    from gallery.plumbing.compiled_query import CompiledQuery

    def ask(query: Any, *values: Any) -> list[tuple[Any, ...]]:
        return [
            tuple(json.dumps(value) if isinstance(value, (list, dict)) else value for value in row)
            for row in query._ask(*values)
        ]

    with patch.object(CompiledQuery, "__call__", ask):
        yield


@contextmanager
def _inserts() -> Iterator[None]:
    """Impressions are written by `bulk_create`."""
    from recommender.data import impressions
    from recommender.models import Feed, Impression

    def insert(feed: Feed, rows: list[impressions.ImpressionRow], now: datetime) -> None:
        same = {"feed": feed, "user_id": feed.user_id, "at": now}
        values = [row._asdict() | {"predicted": dict(row.predicted)} for row in rows]
        with impressions.without_waiting_for_the_disk():
            Impression.objects.bulk_create(
                [Impression(**same, **value) for value in values], ignore_conflicts=True
            )

    with patch.object(impressions, "_insert", insert):
        yield


def _without_cache(names: Callable[[tuple[object, ...]], bool]) -> Callable[[], Any]:
    """The fragments with these keys are rendered each time."""

    @contextmanager
    def without() -> Iterator[None]:
        from gallery.plumbing import fragment_cache

        get = fragment_cache.get
        with patch.object(fragment_cache, "get", lambda key: None if names(key) else get(key)):
            yield

    return without


CARDS = ("card", "any card", "exploring")
WITHOUT: dict[str, Callable[[], Any]] = {
    ALL: _all,
    "session and user by a compiled query": _sessions,
    "all compiled queries": _queries,
    "impressions by one statement": _inserts,
    "cards from the cache": _without_cache(lambda key: key[0] == "card"),
    "other parts from the cache": _without_cache(lambda key: key[0] not in CARDS),
}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagerec.settings")
    sys.stdout.write(json.dumps(measured([Visitor(*one) for one in json.loads(sys.argv[1])])))
