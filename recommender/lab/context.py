"""The context of a run: seed, checkpoint of finished pieces, clock and progress bar."""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from joblib import Parallel, delayed, parallel_config

from recommender.engine.types import Floats

from .report import ProtocolReport

PieceSettings = Mapping[str, Any]  # JSON: the settings that identify a piece
Piece = dict[str, Any]  # JSON: the result of a piece
PredictionsByMethod = dict[str, Floats]  # name of a method -> its predictions, (n,)
Progress = Callable[[Sequence[PieceSettings], str], Iterable[PieceSettings]]
PARTS_FOLDER = ".parts"
T = TypeVar("T")
R = TypeVar("R")


def _no_progress(settings: Sequence[PieceSettings], label: str) -> Iterable[PieceSettings]:
    return settings


def _no_clock() -> float:
    return 0.0


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The finished pieces of a run as JSON files, so that a killed run continues where it stopped.

    A file's name is a digest of `about` (protocol, data, seed, code) and the piece's settings. If any of
    these changes, the name is different and the piece is computed again.
    """

    folder: Path
    about: PieceSettings

    def _path(self, settings: PieceSettings) -> Path:
        text = json.dumps([dict(self.about), dict(settings)], sort_keys=True)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"

    def load(self, settings: PieceSettings) -> Piece | None:
        """The stored piece for these settings; None for a missing or truncated file."""
        try:
            piece: Piece = json.loads(self._path(settings).read_text())
        except (OSError, ValueError):
            return None
        return piece

    def keep(self, settings: PieceSettings, piece: Piece) -> Piece:
        """Writes a piece atomically; returns it as `load` will return it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path, text = self._path(settings), json.dumps(piece)
        half = path.with_suffix(".half")
        half.write_text(text)
        half.replace(path)
        kept: Piece = json.loads(text)
        return kept

    def clear(self) -> None:
        """Deletes all pieces, including unfinished files."""
        for path in [*self.folder.glob("*.json"), *self.folder.glob("*.half")]:
            path.unlink()
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()


@dataclass(frozen=True)
class Context:
    """The context in which a protocol runs."""

    seed: int = 0
    quick: bool = False  # smaller experiments that take less than a minute
    checkpoint: Checkpoint | None = None
    progress: Progress = _no_progress
    clock: Callable[[], float] = _no_clock  # seconds from any starting point
    taken_up: list[float] = field(default_factory=list)  # the seconds of each piece that was loaded

    def rng(self, *purpose: object) -> np.random.Generator:
        """A separate generator for each purpose, so that a resumed run draws the same numbers."""
        return np.random.default_rng([self.seed, zlib.crc32(repr(purpose).encode())])

    def pieces(
        self,
        label: str,
        each: Sequence[PieceSettings],
        compute: Callable[[PieceSettings], Piece],
        *,
        at_once: bool = False,
    ) -> list[Piece]:
        """The pieces for all settings, with a progress bar; pieces that are stored are loaded, not computed.

        `compute` takes and returns JSON. Every piece gets an entry "seconds", the time of its computation.
        With `at_once`, each processor computes a piece at a time; `compute` must then not need the order.
        """
        wanted = [{"label": label, **settings} for settings in each]
        stored = [self.checkpoint.load(settings) if self.checkpoint else None for settings in wanted]
        self.taken_up.extend(float(piece["seconds"]) for piece in stored if piece is not None)
        missing = [settings for settings, piece in zip(wanted, stored, strict=True) if piece is None]
        timed = partial(_timed, self.clock, compute)
        computed = side_by_side(timed, missing) if at_once else map(timed, missing)
        found = []
        for settings, piece in zip(self.progress(wanted, label), stored, strict=True):
            found.append(self._kept(settings, next(computed)) if piece is None else piece)
        return found

    def _kept(self, settings: PieceSettings, piece: Piece) -> Piece:
        if self.checkpoint is None:
            copied: Piece = json.loads(json.dumps(piece))
            return copied
        return self.checkpoint.keep(settings, piece)


def side_by_side(compute: Callable[[T], R], each: Sequence[T]) -> Iterator[R]:
    """The results in the order of `each`; every processor computes one at a time, in a process of its own."""
    if len(each) < 2:
        return map(compute, each)
    with parallel_config("loky", n_jobs=-1, inner_max_num_threads=1):
        parallel = Parallel(return_as="generator", max_nbytes=None)
    found: Iterator[R] = parallel(delayed(compute)(one) for one in each)
    return found


def _timed(
    clock: Callable[[], float], compute: Callable[[PieceSettings], Piece], settings: PieceSettings
) -> Piece:
    start = clock()
    piece = compute(settings)
    piece["seconds"] = clock() - start
    return piece


@dataclass(frozen=True)
class Protocol:
    """One experiment, from a paper or our own."""

    name: str
    paper: str  # "002", "003", "all" ...
    about: str  # one sentence for `lab list`
    run: Callable[[Any, Context], ProtocolReport]  # the data is a Dataset, or what `read` returns
    measured_on: tuple[str, ...] = ("ml-100k",)  # the folders of LAB_DATA for docs/results.md
    read: Callable[[Path], Any] | None = None  # reads a folder that is not a data set of ratings
