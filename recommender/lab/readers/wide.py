"""The layout of Jester: a line for each user, a column for each item, an empty cell or 99 if not rated.

With a header, the first cell of a line is the user's id. Without a header, as in the original files, it is
the number of the user's ratings, and every line is a new user.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recommender.engine.types import Floats, Scale

from ..datasets import Dataset
from ..errors import DataError
from .lines import cells_of, is_number, lines, numbers

JESTER = Scale(-10.0, 10.0)
NOT_RATED = 99.0


def read_wide(paths: Sequence[Path]) -> Dataset:
    """All lines of all files, which must have the same header or none; users keep the order of the lines."""
    width, named = _width(paths)
    rows, twice = {}, 0  # type: dict[tuple[str, ...], Floats], int
    for path in paths:
        found = lines(path)
        if named:
            next(found)
        for line, cells in cells_of(path, found, width):
            user = (cells[0],) if named else (path.name, str(line))
            twice += user in rows
            rows[user] = _ratings(path, line, cells)
    if not rows:
        raise DataError(f"{paths[0].name} holds no ratings.")
    table = np.array(list(rows.values())).reshape(len(rows), width - 1)
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


def _width(paths: Sequence[Path]) -> tuple[int, bool]:
    """The number of cells of a line, and whether the files have a header."""
    firsts = [next(lines(path))[1] for path in paths]
    named = not all(is_number(cell) for cell in firsts[0] if cell.strip())
    for path, first in zip(paths, firsts, strict=True):
        if len(first) != len(firsts[0]) or (named and first != firsts[0]):
            raise DataError(f"{path.name}, line 1: its columns are not those of {paths[0].name}.")
    return len(firsts[0]), named


def _ratings(path: Path, line: int, cells: list[str]) -> Floats:
    given = [bool(cell.strip()) and not (is_number(cell) and float(cell) == NOT_RATED) for cell in cells[1:]]
    rated = np.flatnonzero(given) + 1
    row = np.full(len(cells), np.nan)
    expected = f"a rating from {JESTER.low:g} to {JESTER.high:g}"
    row[rated] = numbers(path, [line] * len(rated), [cells[place] for place in rated], expected, JESTER)
    return row[1:]
