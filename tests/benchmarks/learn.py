"""From a rating that is posted to a feed that has changed: `python -m tests.benchmarks learn`.

Each of 32 people rates the first picture of their feed; the time ends with the answer of the first feed that
was made from the new slate. One after another, with the web and the learn process of the Procfile, on SQLite.
"""

import http.client
import re
import sqlite3
import time
from typing import Any
from urllib.parse import urlencode

import numpy as np

from tests.benchmarks.served import Visitor, installation
from tests.installation import COMMANDS, Installation
from tests.servers import wait_until

IMAGES = 2_000
PATIENCE = 10.0  # seconds
TOKEN = "t" * 32
CARD = re.compile(rb'id="card-(\w+)"')


def rows() -> list[dict[str, Any]]:
    """One row: milliseconds from the post to the changed feed."""
    with installation(IMAGES, web=COMMANDS["web"], learn=COMMANDS["learn"]) as (site, visitors):
        taken = [1000 * seconds(site, visitor, 1 + n % 5) for n, visitor in enumerate(visitors)]
    p50, p95 = np.percentile(taken[1:], [50, 95])  # the first one loads the model
    name = f"learn, from a rating to the feed that has changed, {IMAGES:,} images"
    return [{"name": name, "p50": float(p50), "p95": float(p95), "note": f"{len(taken) - 1} ratings"}]


def seconds(site: Installation, visitor: Visitor, value: int) -> float:
    database = sqlite3.connect(f"file:{site.data / 'db.sqlite3'}?mode=ro", uri=True)

    def slate() -> str:
        made: str = database.execute(
            "select made_at from recommender_slate where user_id = ?", [visitor.user]
        ).fetchone()[0]
        return made

    first = CARD.findall(ask(site, "GET", "/for-you/", visitor))[0].decode()
    before, begun = slate(), time.perf_counter()
    ask(site, "POST", f"/i/{first}/rate/", visitor, urlencode({"value": value, "from": "feed"}))
    wait_until(lambda: slate() != before, PATIENCE, "a new slate")
    ask(site, "GET", "/for-you/", visitor)
    return time.perf_counter() - begun


def ask(site: Installation, method: str, path: str, visitor: Visitor, body: str = "") -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)
    headers = {"Cookie": f"sessionid={visitor.session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
    connection.request(method, path, body, headers | {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    if answer.status not in range(200, 400):
        raise AssertionError(f"{method} {path}: {answer.status}")
    found = answer.read()
    connection.close()
    return found
