"""Delimited text, line by line; what is wrong with it is one sentence with the file's name and the line's number."""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, TextIO, cast

import numpy as np

from recommender.engine.types import Floats, Scale

from ..errors import DataError

Line = tuple[int, list[str]]  # its number, from 1, and its cells


def damaged(path: Path, line: int, what: str) -> DataError:
    """The one sentence about a line that cannot be used."""
    return DataError(f"{path.name}, line {line}: {what}.")


def lines(path: Path, delimiter: str = ",", encoding: str = "utf-8-sig") -> Iterator[Line]:
    """The lines of a text or .gz file that are not empty; commas quote cells, other delimiters do not."""
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
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise damaged(path, last + 1, "the compressed file is cut short or damaged") from error
    if last == 0:
        raise DataError(f"{path.name} is empty.")


def cells_of(path: Path, found: Iterable[Line], width: int) -> Iterator[Line]:
    """The same lines, each held to its number of cells."""
    for line, cells in found:
        if len(cells) != width:
            raise damaged(path, line, f"it has {len(cells)} cells where {width} are expected")
        yield line, cells


def numbers(path: Path, where: Sequence[int], cells: Sequence[str], what: str, scale: Scale | None = None) -> Floats:
    """A column of cells as finite numbers, on the scale where there is one; `where` are their lines."""
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
        raise damaged(path, where[first], f"{shown(cells[first])} is not {what}")
    return values


def is_number(cell: str) -> bool:
    """Whether a cell can be read as a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def shown(cell: str) -> str:
    """A cell as a message quotes it: short, and on one line."""
    return ascii(cell) if len(cell) <= 40 else ascii(cell[:40] + "…")


def _opened(path: Path, encoding: str) -> TextIO:
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding=encoding, newline=""))
    return path.open(encoding=encoding, newline="")


def _undecodable(path: Path, encoding: str) -> int:
    """The number of the first line that is not text."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                raw.decode(encoding)
            except UnicodeDecodeError:
                return number
    return 0
