"""Jester's layout: a line a user, a column an item, an empty cell where it is not rated."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recommender.engine.types import Floats, Scale

from ..datasets import Dataset
from ..errors import DataError
from .lines import cells_of, lines, numbers

JESTER = Scale(-10.0, 10.0)


def read_wide(paths: Sequence[Path]) -> Dataset:
    """All lines of all files, which have one header; users keep the order in which they come."""
    header, rows, twice = _header(paths), {}, 0  # type: tuple[list[str], dict[str, Floats], int]
    for path in paths:
        found = lines(path)
        next(found)
        for line, cells in cells_of(path, found, len(header)):
            twice += cells[0] in rows
            rows[cells[0]] = _ratings(path, line, cells)
    table = np.array(list(rows.values())).reshape(len(rows), len(header) - 1)
    users, items = np.nonzero(~np.isnan(table))
    remark = f"{twice:,} users come on more than one line; the last line counts."
    return Dataset(
        name="jester",
        scale=JESTER,
        users=users.astype(np.int64),
        items=items.astype(np.int64),
        values=table[users, items],
        n_users=len(rows),
        n_items=table.shape[1],
        remarks=(remark,) if twice else (),
    )


def _header(paths: Sequence[Path]) -> list[str]:
    headers = [next(lines(path))[1] for path in paths]
    for path, header in zip(paths, headers, strict=True):
        if header != headers[0]:
            raise DataError(f"{path.name}, line 1: its columns are not those of {paths[0].name}.")
    return headers[0]


def _ratings(path: Path, line: int, cells: list[str]) -> Floats:
    rated = np.flatnonzero([bool(cell.strip()) for cell in cells[1:]]) + 1
    row = np.full(len(cells), np.nan)
    expected = f"a rating from {JESTER.low:g} to {JESTER.high:g}"
    row[rated] = numbers(path, [line] * len(rated), [cells[place] for place in rated], expected, JESTER)
    return row[1:]
