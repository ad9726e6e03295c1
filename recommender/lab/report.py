"""The result of a protocol: for programs (report.json), for readers (report.md), and as figures."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .figures import Figure

Row = Mapping[str, Any]
EDGES = ("_low", "_high")  # suffixes of a 95 % interval: `mae`, `mae_low`, `mae_high`


@dataclass(frozen=True)
class Claim:
    """A claim of a paper, with the result that was measured here."""

    paper: str  # "002", or "ours" for a claim of this project
    says: str
    ours: str
    holds: str  # "yes", "no", "partly", or "not tested"

    def to_json(self) -> dict[str, str]:
        """The entry of report.json, where the paper is called "source"."""
        return {"source": self.paper, "says": self.says, "ours": self.ours, "holds": self.holds}

    @classmethod
    def from_json(cls, entry: Mapping[str, str]) -> "Claim":
        """The claim of a `to_json` entry."""
        return cls(entry["source"], entry["says"], entry["ours"], entry["holds"])


@dataclass(frozen=True)
class Table:
    """A table of report.md; by default it has the columns of the first row, in their order."""

    title: str
    rows: Sequence[Row]
    columns: Sequence[str] = ()
    text: str = ""


@dataclass(frozen=True)
class ProtocolReport:
    """One run of one protocol. `rows` has all figures, each with a "method"; `tables` are for readers."""

    protocol: str
    dataset: str  # the name of the data set
    title: str
    split: str  # a sentence about training and test part
    rows: Sequence[Row]
    about: str = ""  # a paragraph: the experiment, and how to read the figures
    data: str = ""  # a sentence: `Dataset.describe`
    tables: Sequence[Table] = ()  # if empty, one table with all rows
    figures: Sequence[Figure] = ()
    claims: Sequence[Claim] = ()
    notes: Sequence[str] = ()  # sentences
    extra: Mapping[str, Any] = field(default_factory=dict)  # further entries of report.json
    seed: int = 0
    quick: bool = False
    seconds: float = 0.0
    command: str = ""
    date: str = ""

    def with_run_facts(self, **known: Any) -> "ProtocolReport":
        """The report with the facts that only the caller knows: seed, quick, seconds, command, date."""
        return replace(self, **known)

    def to_json(self) -> dict[str, Any]:
        """The content of report.json; NaN becomes null."""
        plain = {
            "protocol": self.protocol,
            "dataset": self.dataset,
            "seed": self.seed,
            "seconds": round(self.seconds, 1),
            "rows": [dict(row) for row in self.rows],
            "title": self.title,
            "data": self.data,
            "split": self.split,
            "quick": self.quick,
            "command": self.command,
            "date": self.date,
            "claims": [claim.to_json() for claim in self.claims],
            "notes": list(self.notes),
            "tables": [vars(table) for table in self.tables],
            "figures": [f"{figure.name}.png" for figure in self.figures],
            **self.extra,
        }
        cleaned: dict[str, Any] = _without_nan(plain)
        return cleaned

    def write(self, out: Path) -> None:
        """Writes report.json, report.md and the figures into the folder `out`."""
        out.mkdir(parents=True, exist_ok=True)
        for figure in self.figures:
            figure.draw(out / f"{figure.name}.png")
        (out / "report.md").write_text(self.to_markdown())
        (out / "report.json").write_text(json.dumps(self.to_json(), indent=1, allow_nan=False) + "\n")

    def to_markdown(self) -> str:
        """The content of report.md."""
        facts = [
            f"- Data: {self.data or self.dataset}",
            f"- Split: {self.split}",
            f"- Seed {self.seed}, {self.seconds:,.0f} s, {self.date}" + (", quick run" if self.quick else ""),
            f"- Command: `{self.command}`",
        ]
        parts = [f"# {self.title}", self.about, "\n".join(facts), *claims_table(self.claims)]
        parts += [
            table_text(table) for table in self.tables or [Table("All figures", self.rows)] if table.rows
        ]
        parts += [f"## {figure.title}\n\n![{figure.title}]({figure.name}.png)" for figure in self.figures]
        if self.notes:
            parts.append("## Notes\n\n" + "\n".join(f"- {note}" for note in self.notes))
        return "\n\n".join(part for part in parts if part) + "\n"


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def claims_table(claims: Sequence[Claim]) -> list[str]:
    """A heading with the table of claims as Markdown parts; empty without claims."""
    if not claims:
        return []
    head = (
        "## Claims of the papers, and what holds here\n\n| source | claim | here | holds |\n|---|---|---|---|"
    )
    rows = [f"| {claim.paper} | {claim.says} | {claim.ours} | {claim.holds} |" for claim in claims]
    return ["\n".join([head, *rows])]


def table_text(table: Table) -> str:
    """The table as Markdown; intervals are shown in brackets."""
    names = list(table.columns or (table.rows[0] if table.rows else ()))
    columns = [name for name in names if not (name.endswith(EDGES) and name.rsplit("_", 1)[0] in names)]
    head = f"| {' | '.join(column.replace('_', ' ') for column in columns)} |\n|{'---|' * len(columns)}"
    rows = [f"| {' | '.join(_cell(row, column) for column in columns)} |" for row in table.rows]
    return "\n\n".join(part for part in (f"## {table.title}", table.text, "\n".join([head, *rows])) if part)


def _cell(row: Row, column: str) -> str:
    low, high = (row.get(column + edge) for edge in EDGES)
    text = number(row.get(column))
    return text if low is None or high is None else f"{text} ({number(low)} to {number(high)})"


def number(value: Any) -> str:
    """A figure for readers: four decimals, whole numbers without decimals, a dash for None."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
