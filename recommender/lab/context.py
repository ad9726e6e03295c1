"""The context of a run: seed, checkpoint of finished pieces, clock and progress bar."""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from recommender.engine.types import Floats

from .report import ProtocolReport

PieceSettings = Mapping[str, Any]  # JSON: the settings that identify a piece
Piece = dict[str, Any]  # JSON: the result of a piece
PredictionsByMethod = dict[str, Floats]  # name of a method -> its predictions, (n,)
Progress = Callable[[Sequence[PieceSettings], str], Iterable[PieceSettings]]
PARTS_FOLDER = ".parts"


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
        self, label: str, each: Sequence[PieceSettings], compute: Callable[[PieceSettings], Piece]
    ) -> list[Piece]:
        """The pieces for all settings, with a progress bar; pieces that are stored are loaded, not computed.

        `compute` takes and returns JSON. Every piece gets an entry "seconds", the time of its computation.
        """
        return [self._piece({"label": label, **settings}, compute) for settings in self.progress(each, label)]

    def _piece(self, settings: PieceSettings, compute: Callable[[PieceSettings], Piece]) -> Piece:
        kept = self.checkpoint.load(settings) if self.checkpoint else None
        if kept is not None:
            self.taken_up.append(float(kept["seconds"]))
            return kept
        start = self.clock()
        piece = compute(settings)
        piece["seconds"] = self.clock() - start
        if self.checkpoint is None:
            copied: Piece = json.loads(json.dumps(piece))
            return copied
        return self.checkpoint.keep(settings, piece)


@dataclass(frozen=True)
class Protocol:
    """One experiment, from a paper or our own."""

    name: str
    paper: str  # "002", "003", "all" ...
    about: str  # one sentence for `lab list`
    run: Callable[[Any, Context], ProtocolReport]  # the data is a Dataset, or what `read` returns
    measured_on: tuple[str, ...] = ("ml-100k",)  # the folders of LAB_DATA for docs/results.md
    read: Callable[[Path], Any] | None = None  # reads a folder that is not a data set of ratings
