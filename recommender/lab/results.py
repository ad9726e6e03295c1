"""docs/results.md: one page that is generated from the reports."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import DataError
from .report import Claim, Table, claims_table, table_text

_TABLES_SHOWN = 4  # the number of tables of each report on the page
HEAD = """# What was measured

`make results` generates this page from the reports of `manage.py lab run`; nothing on it is written by hand.
Each part names its data, split, seed and command, so that it can be run again. It compares the claims of the
papers (column "source") with the results here. Intervals, in brackets, contain 95 % of the resamples over
users."""


def page(reports: Sequence[Path]) -> str:
    """The text of the page; `reports` are the folders of the reports in page order."""
    loaded = [_load(folder / "report.json") for folder in reports]
    if not loaded:
        raise DataError("There is no report yet from which the page of results could be made.")
    return "\n\n".join([HEAD, _summary(loaded), *(_part(report) for report in loaded)]) + "\n"


def _load(path: Path) -> dict[str, Any]:
    try:
        report: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is missing or is not a report.") from error
    return report


def _summary(reports: Sequence[dict[str, Any]]) -> str:
    """All claims in one table, including those that do not hold."""
    head = "| protocol | data | source | claim | holds |\n|---|---|---|---|---|"
    rows = [
        (
            f"| {report['protocol']} | {report['dataset']} | {claim['source']} | {claim['says']} | "
            f"{claim['holds']} |"
        )
        for report in reports
        for claim in report["claims"]
    ]
    return "\n".join([head, *rows])


def _part(report: dict[str, Any]) -> str:
    """The part of one protocol: facts, claims, the first tables, notes."""
    facts = [
        f"- Data: {report['data']}",
        f"- Split: {report['split']}",
        f"- Seed {report['seed']}, {report['seconds']:,.0f} s, {report['date']}"
        + (", quick run" if report["quick"] else ""),
        f"- Command: `{report['command']}`",
    ]
    claims = claims_table([Claim.from_json(claim) for claim in report["claims"]])
    tables = [table_text(Table(**table)) for table in report["tables"][:_TABLES_SHOWN] if table["rows"]]
    parts = [
        f"## {report['title']}",
        "\n".join(facts),
        *(text.replace("## ", "### ", 1) for text in [*claims, *tables]),
    ]
    if report["notes"]:
        parts.append("\n".join(f"- {note}" for note in report["notes"]))
    return "\n\n".join(parts)
