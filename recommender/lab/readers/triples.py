"""Files with lines `user, item, rating[, time]`, read in blocks into columns of numbers; ids become rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.engine.types import Floats, Ints, Scale

from ..errors import DataError
from .lines import TextLine, cells_of, damaged, numbers

_BLOCK = 65_536  # lines that are in memory as text at the same time
PLAIN_SCALES = ((0, 1), (1, 5), (0.5, 5), (0, 5), (1, 10), (0, 10), (-10, 10), (0, 100))


class Labels:
    """The ids of one column, coded in the order of appearance; `ordered` gives rows in the order of ids."""

    def __init__(self) -> None:
        self.codes: defaultdict[str, int] = defaultdict(count().__next__)

    def encode(self, cells: Iterable[str]) -> Ints:
        """The code of each id; a new id gets the next code."""
        return np.fromiter(map(self.codes.__getitem__, map(str.strip, cells)), dtype=np.int64)

    def ordered(self) -> tuple[list[str], Ints]:
        """The ids in ascending order (as numbers if all are numbers), and the row of each code."""
        labels = list(self.codes)
        key = int if all(label.removeprefix("-").isdecimal() for label in labels) else str
        order = sorted(range(len(labels)), key=lambda code: (key(labels[code]), labels[code]))
        rows = np.empty(len(labels), dtype=np.int64)
        rows[order] = np.arange(len(labels))
        return [labels[code] for code in order], rows


@dataclass(frozen=True, eq=False)
class Triples:
    """The columns of a file, and the ids of the rows."""

    users: Ints
    items: Ints
    values: Floats
    times: Floats | None
    lines: NDArray[np.int64]
    user_ids: list[str]
    item_ids: list[str]


@dataclass(frozen=True)
class Columns:
    """The indices of the cells of a line."""

    user: int
    item: int
    rating: int
    time: int | None
    width: int


def read_triples(path: Path, found: Iterable[TextLine], layout: Columns, scale: Scale | None) -> Triples:
    """All lines; ratings must be finite and on the scale, if one is known."""
    users, items = Labels(), Labels()
    checked, blocks = cells_of(path, found, layout.width), []
    while block := list(islice(checked, _BLOCK)):
        blocks.append(_block(path, block, layout, scale, users, items))
    if not blocks:
        raise DataError(f"{path.name} holds no ratings.")
    user_codes, item_codes, values, times, where = (
        np.concatenate(column) for column in zip(*blocks, strict=True)
    )
    user_ids, user_rows = users.ordered()
    item_ids, item_rows = items.ordered()
    known = None if layout.time is None or np.isnan(times).all() else times
    if known is not None and np.isnan(known).any():
        raise damaged(path, int(where[np.isnan(known)][0]), "it has no time, while others have")
    return Triples(user_rows[user_codes], item_rows[item_codes], values, known, where, user_ids, item_ids)


def _block(
    path: Path, block: list[TextLine], layout: Columns, scale: Scale | None, users: Labels, items: Labels
) -> tuple[Ints, Ints, Floats, Floats, Ints]:
    where, rows = zip(*block, strict=True)
    columns = list(zip(*rows, strict=True))
    for name, place in (("user", layout.user), ("item", layout.item)):
        if not all(map(str.strip, columns[place])):
            line = next(line for line, cell in zip(where, columns[place], strict=True) if not cell.strip())
            raise damaged(path, line, f"the {name} is missing")
    expected = f"a rating from {scale.low:g} to {scale.high:g}" if scale else "a number"
    return (
        users.encode(columns[layout.user]),
        items.encode(columns[layout.item]),
        numbers(path, where, columns[layout.rating], expected, scale),
        _times(path, where, columns[layout.time] if layout.time is not None else ()),
        np.array(where, dtype=np.int64),
    )


def _times(path: Path, where: Sequence[int], cells: Sequence[str]) -> Floats:
    """The times as numbers; NaN for a missing column or an empty cell."""
    if not any(map(str.strip, cells)):
        return np.full(len(where), np.nan)
    return numbers(path, where, cells, "a time in seconds since 1970")


def latest(triples: Triples) -> tuple[Triples, int]:
    """The latest rating of each pair, by time and then by line; and the number of lines left out."""
    cells = triples.users * len(triples.item_ids) + triples.items
    order = np.lexsort((triples.lines, triples.lines if triples.times is None else triples.times, cells))
    ends = np.append(cells[order][1:] != cells[order][:-1], True)
    kept = np.sort(order[ends])
    if len(kept) == len(cells):
        return triples, 0
    times = None if triples.times is None else triples.times[kept]
    shorter = replace(
        triples,
        users=triples.users[kept],
        items=triples.items[kept],
        values=triples.values[kept],
        times=times,
        lines=triples.lines[kept],
    )
    return shorter, len(cells) - len(kept)


def remark_on_repeated(path: Path, left_out: int) -> tuple[str, ...]:
    """The sentence of the report about repeated pairs."""
    if not left_out:
        return ()
    return (f"In {path.name}, {left_out:,} lines are rated again by a later one, which counts.",)


def plain_scale(values: Floats) -> Scale:
    """The first of the usual scales that contains all ratings, else the nearest whole numbers around them."""
    low, high = float(values.min()), float(values.max())
    for start, end in PLAIN_SCALES:
        if start <= low and high <= end:
            return Scale(start, end)
    return Scale(np.floor(low), max(np.ceil(high), np.floor(low) + 1))
