"""The table of docs/performance.md, between its two marks."""

from pathlib import Path
from typing import Any

PAGE = Path("docs/performance.md")
BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->\n"


def written(report: dict[str, Any]) -> None:
    """Puts the rows of a report between the marks of the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + table(report) + END + after)


def table(report: dict[str, Any]) -> str:
    lines = [f"Measured on {report['date']} ({report['machine']}).\n", "\n"]
    lines += ["| what | ours | other | ratio | notes |\n", "|---|---|---|---|---|\n"]
    return "".join([*lines, *(_line(row) for row in report["rows"])])


def _line(row: dict[str, Any]) -> str:
    if "p95" in row:
        return (
            f"| {row['name']} | p50 {row['p50']:.0f} ms, p95 {row['p95']:.0f} ms | | | {row.get('note', '')} "
            "|\n"
        )
    other = f"{_seconds(row['other'])} {row.get('against', '')}".strip()
    return (
        f"| {row['name']} | {_seconds(row['ours'])} | {other} | {_ratio(row['ratio'])} | "
        f"{row.get('note', '')} |\n"
    )


def _seconds(value: float) -> str:
    return f"{value:.3g} s"


def _ratio(value: float) -> str:
    return f"{value:.1f}" if value >= 1 else f"{value:.3f}"
