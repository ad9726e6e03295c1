"""Delimited text, line by line; what is wrong with it is one sentence with the file's name and the line's number."""

import csv
import gzip
import math
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, TextIO, TypeVar, cast

from recommender.engine.types import Scale

from ..errors import DataError

Line = tuple[int, list[str]]  # its number, from 1, and its cells
T = TypeVar("T")


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


def numbers(path: Path, where: Sequence[int], cells: Sequence[str], parse: Callable[[str], T], what: str) -> list[T]:
    """A column of cells parsed; `where` are their lines, `what` is what each should be."""
    try:
        return list(map(parse, cells))
    except ValueError:
        for line, cell in zip(where, cells, strict=True):
            try:
                parse(cell)
            except ValueError as error:
                raise damaged(path, line, f"{shown(cell)} is not {what}") from error
        raise


def rating(scale: Scale | None) -> Callable[[str], float]:
    """A parser of ratings: finite, and on the scale where there is one."""
    low, high = (scale.low, scale.high) if scale else (-math.inf, math.inf)

    def parse(cell: str) -> float:
        value = float(cell)
        if not (low <= value <= high and math.isfinite(value)):
            raise ValueError(cell)
        return value

    return parse


def finite(cell: str) -> float:
    """A number that is not NaN or infinite."""
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError(cell)
    return value


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
