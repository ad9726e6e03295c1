"""A night's neighbours as a site grows: 56 ratings a user, one catalogue,
the reach that the site has unless it is set.

    python -m tests.benchmarks growth

Each size has a process of its own, which works out everybody's neighbours and then, as the night after, those
of 2 % of the users who changed a tenth of their ratings. Exact neighbours grow with the square of the users;
how near this comes to it is the exponent between one size and the next.
"""

import json
import math
import resource
import subprocess
import sys
from time import perf_counter
from typing import Any

import numpy as np

from tests.benchmarks.contest import planted

USERS, N_ITEMS, EACH = (25_000, 50_000, 100_000, 200_000), 50_000, 56
REACH = 500


def one(n: int) -> dict[str, float]:
    """Seconds of the first night and of the second, and the megabytes of the whole process."""
    from recommender.engine.neighbours import top_neighbours, updated
    from recommender.engine.similarity import SimilarityIndex
    from recommender.engine.types import Interactions

    given, rng = planted(n, N_ITEMS, EACH * n), np.random.default_rng(2)
    cells = given["users"], given["items"]
    first = Interactions.from_triples(*cells, given["values"], n_users=n, n_items=N_ITEMS)
    changed = rng.random(n) < 0.02
    moved = changed[given["users"]] & (rng.random(len(given["users"])) < 0.1)
    later = np.where(moved, rng.integers(1, 6, len(moved)), given["values"])
    second = Interactions.from_triples(*cells, later, n_users=n, n_items=N_ITEMS)
    few = SimilarityIndex(first.rows(0, 99))
    updated(few, top_neighbours(few, 9), np.arange(99), np.arange(99) == 7, 5)  # compiles
    start = perf_counter()
    found = top_neighbours(SimilarityIndex(first), REACH + REACH // 10)
    scratch = perf_counter() - start
    start = perf_counter()
    updated(SimilarityIndex(second), found, np.arange(n), changed, REACH)
    taken = perf_counter() - start
    return {
        "first": scratch,
        "second": taken,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def rows() -> list[dict[str, Any]]:
    """A row for each size."""
    found: list[dict[str, Any]] = []
    for n in USERS:
        command = [sys.executable, "-m", "tests.benchmarks.growth", str(n)]
        taken = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        note = f"{taken['megabytes']:.0f} MB in all"
        if found:
            before = found[-1]
            exponent = math.log(taken["first"] / before["other"]) / math.log(n / before["users"])
            note += f"; exponent {exponent:.2f} from {before['users']:,} users"
        found.append(
            {
                "name": f"a second night's {REACH} neighbours, {n:,} users, {N_ITEMS:,} images",
                "users": n,
                "ours": taken["second"],
                "other": taken["first"],
                "against": "the first night",
                "ratio": taken["first"] / taken["second"],
                "note": note,
            }
        )
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(one(int(sys.argv[1]))) + "\n")
