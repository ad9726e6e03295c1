"""The signed-in feed, 40 cards, asked for by 32 people at once,
against a view of the same site that answers nothing.

    python -m tests.benchmarks feed-page

Everybody asks for a new feed each time: its pictures are chosen, and what is shown is written down. Both are
served by the web process of the Procfile, on SQLite; the client runs beside it on the same machine. The empty
view has the site's middleware, but no user is looked up for it.
"""

from statistics import median
from typing import Any

from tests.benchmarks.served import installation, load
from tests.installation import COMMANDS

IMAGES = 2_000
WARM, LASTING, RUNS = 12.0, 5.0, 3  # seconds, seconds, turns


def rows() -> list[dict[str, Any]]:
    """One row: seconds a page of each, the ratio of the rates and the 95th percentile of an answer."""
    served = COMMANDS["web"].replace("imagerec.wsgi", "tests.benchmarks.empty")
    with installation(IMAGES, web=served) as (site, visitors):
        load(site.port, "/for-you/", visitors, WARM)  # the parts of pages that are kept in memory are made
        turns = [
            (load(site.port, "/for-you/", visitors, LASTING), load(site.port, "/empty/", visitors, LASTING))
            for _ in range(RUNS)
        ]
    ours, other = (median(turn[side].rate for turn in turns) for side in (0, 1))
    p95 = median(turn[0].p95 for turn in turns)
    return [
        {
            "name": "feed page, 40 cards, 32 clients",
            "ours": 1 / ours,
            "other": 1 / other,
            "against": "an empty view",
            "ratio": median(feed.rate / empty.rate for feed, empty in turns),
            "feed_p95": p95,
            "note": f"{ours:.0f} pages a second against {other:.0f}; p95 {1000 * p95:.0f} ms",
        }
    ]
