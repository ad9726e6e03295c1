"""`make bench`: every benchmark's rows into bench.json, and the table of docs/performance.md made from it.

    python -m tests.benchmarks [NAME ...]

Named ones are measured anew, the other rows stay as bench.json has them. Speed is a ratio of two things that
ran in turn on one machine; give it nothing else to do meanwhile.
"""

import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks import (
    feed_page,
    growth,
    ingest,
    learn,
    metadata_ncf,
    neighbours,
    recommend_all,
    search,
    shortcuts,
    slate,
)
from tests.benchmarks.table import written

BENCHMARKS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "neighbours": neighbours.rows,
    "recommend-all": recommend_all.rows,
    "metadata-ncf": metadata_ncf.rows,
    "growth": growth.rows,
    "search": search.rows,
    "feed-page": feed_page.rows,
    "shortcuts": shortcuts.rows,
    "learn": learn.rows,
    "slate": slate.rows,
    "ingest": ingest.rows,
}
RESULTS = Path("bench.json")


def main(names: list[str]) -> None:
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        sys.exit(f"There is no benchmark {min(unknown)}; there are {', '.join(BENCHMARKS)}.")
    kept = json.loads(RESULTS.read_text())["rows"] if RESULTS.exists() else []
    for name in names or BENCHMARKS:
        sys.stderr.write(f"{name} ...\n")
        found = [{"benchmark": name, **row} for row in BENCHMARKS[name]()]
        kept = [row for row in kept if row["benchmark"] != name] + found
        machine = (
            f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"
        )
        report = {"date": datetime.now(UTC).date().isoformat(), "machine": machine, "rows": kept}
        RESULTS.write_text(json.dumps(report, indent=1) + "\n")
        written(report)


if __name__ == "__main__":
    main(sys.argv[1:])
