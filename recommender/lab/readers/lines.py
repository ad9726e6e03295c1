"""Delimited text, line by line; errors are one sentence with the file's name and the line's number."""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, TextIO, cast

import numpy as np

from recommender.engine.types import Floats, Scale

from ..errors import DataError

_BROKEN = (EOFError, gzip.BadGzipFile, zlib.error)  # errors of a compressed file
TextLine = tuple[int, list[str]]  # the line number, from 1, and the cells


def damaged(path: Path, line: int, what: str) -> DataError:
    """The error for an invalid line."""
    return DataError(f"{path.name}, line {line}: {what}.")


def lines(path: Path, delimiter: str = ",", encoding: str = "utf-8-sig") -> Iterator[TextLine]:
    """The non-empty lines of a text or .gz file; cells may be quoted only if the delimiter is a comma."""
    last = 0
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE
    try:
        with _opened(path, encoding) as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True, quoting=quoting)
            for cells in reader:
                if cells:
                    yield last + 1, cells
                last = reader.line_num
    except UnicodeDecodeError as error:
        raise damaged(path, _undecodable(path, encoding), "this is not text in UTF-8") from error
    except csv.Error as error:
        raise damaged(path, last + 1, f"it cannot be read as a table ({error})") from error
    except _BROKEN as error:
        raise damaged(path, last + 1, "the compressed file is cut short or damaged") from error
    if last == 0:
        raise DataError(f"{path.name} is empty.")


def cells_of(path: Path, found: Iterable[TextLine], width: int) -> Iterator[TextLine]:
    """The same lines; raises DataError for a line with another number of cells."""
    for line, cells in found:
        if len(cells) != width:
            raise damaged(path, line, f"it has {len(cells)} cells where {width} are expected")
        yield line, cells


def numbers(
    path: Path, where: Sequence[int], cells: Sequence[str], what: str, scale: Scale | None = None
) -> Floats:
    """A column of cells as finite numbers, on the scale if one is given; `where` are the line numbers."""
    try:
        values = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        usable = np.array([is_number(cell) for cell in cells])
    else:
        usable = np.isfinite(values)
        if scale is not None:
            usable &= (values >= scale.low) & (values <= scale.high)
    if not usable.all():
        first = int(np.argmin(usable))
        raise damaged(path, where[first], f"{quoted(cells[first])} is not {what}")
    return values


def is_number(cell: str) -> bool:
    """Whether a cell is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def quoted(cell: str) -> str:
    """A cell for an error message: short, and on one line."""
    return ascii(cell) if len(cell) <= 40 else ascii(cell[:40] + "…")


def _opened(path: Path, encoding: str) -> TextIO:
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding=encoding, newline=""))
    return path.open(encoding=encoding, newline="")


def _undecodable(path: Path, encoding: str) -> int:
    """The number of the first line that cannot be decoded as text."""
    number = 0
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file, suppress(*_BROKEN):
        for raw in file:
            number += 1
            try:
                raw.decode(encoding)
            except UnicodeDecodeError:
                break
    return number
