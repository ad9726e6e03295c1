"""What a protocol is given to run with: a seed, a place to keep finished pieces, a clock and a progress bar."""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .datasets import Dataset
from .report import Report

Settings = Mapping[str, Any]  # JSON: what makes a piece different from its siblings
Piece = dict[str, Any]  # JSON: what came of it
Progress = Callable[[Sequence[Settings], str], Iterable[Settings]]
PARTS = ".parts"


def _no_progress(settings: Sequence[Settings], label: str) -> Iterable[Settings]:
    return settings


def _no_clock() -> float:
    return 0.0


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Finished pieces of one run as JSON files, so that a killed run goes on where it stopped.

    A file's name is a digest of `about` (protocol, data, seed, code) and the piece's settings: whatever is different
    has another name, and is computed.
    """

    folder: Path
    about: Settings

    def _path(self, settings: Settings) -> Path:
        text = json.dumps([dict(self.about), dict(settings)], sort_keys=True)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"

    def load(self, settings: Settings) -> Piece | None:
        """What was kept for these settings; None for nothing, or a file cut short."""
        try:
            piece: Piece = json.loads(self._path(settings).read_text())
        except (OSError, ValueError):
            return None
        return piece

    def keep(self, settings: Settings, piece: Piece) -> Piece:
        """Writes a piece whole or not at all; returns it as `load` will."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path, text = self._path(settings), json.dumps(piece)
        half = path.with_suffix(".half")
        half.write_text(text)
        half.replace(path)
        kept: Piece = json.loads(text)
        return kept

    def clear(self) -> None:
        """Forgets every piece, finished or half."""
        for path in [*self.folder.glob("*.json"), *self.folder.glob("*.half")]:
            path.unlink()
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()


@dataclass(frozen=True)
class Context:
    """How to run a protocol."""

    seed: int = 0
    quick: bool = False  # less of everything: under a minute
    checkpoint: Checkpoint | None = None
    progress: Progress = _no_progress
    clock: Callable[[], float] = _no_clock  # seconds from anywhere
    taken_up: list[float] = field(default_factory=list)  # the seconds of each piece that an earlier run had finished

    def rng(self, *purpose: object) -> np.random.Generator:
        """A generator of its own for each purpose, so that a resumed run draws what an unbroken one draws."""
        return np.random.default_rng([self.seed, zlib.crc32(repr(purpose).encode())])

    def pieces(self, label: str, each: Sequence[Settings], compute: Callable[[Settings], Piece]) -> list[Piece]:
        """`compute` of each settings (JSON in, JSON out), with a progress bar; what was kept before is not computed.

        Every piece also gets "seconds", what it took when it was computed.
        """
        return [self._piece({"label": label, **settings}, compute) for settings in self.progress(each, label)]

    def _piece(self, settings: Settings, compute: Callable[[Settings], Piece]) -> Piece:
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
    """One experiment of a source, or of ours."""

    name: str
    source: str  # "002", "003", "all" ...
    about: str  # one sentence for `lab list`
    run: Callable[[Dataset, Context], Report]
    measured_on: tuple[str, ...] = ("ml-100k",)  # folders of LAB_DATA that docs/results.md shows it on


def code_fingerprint() -> str:
    """A digest of the engine's and the lab's own text: pieces of other code are not taken up."""
    digest = hashlib.sha256()
    here = Path(__file__).resolve().parent
    for path in sorted([*here.rglob("*.py"), *(here.parent / "engine").rglob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
