"""Folders of pictures -> the gallery: the one import that the command and the task share.

Files are read, decoded and stored by worker threads, each with its own gate; rows are written by the calling
thread in batches. It may be interrupted anywhere and run again:
a picture is known by the SHA-256 of its bytes.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path, PurePosixPath
from queue import LifoQueue
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from gallery.catalogue import adding
from gallery.catalogue.adding import Arrival
from gallery.ingest import sources, store
from gallery.ingest.decode import MAX_BYTES
from gallery.ingest.errors import Refused
from gallery.ingest.gate import Gate, refusal_sentence
from gallery.ingest.metadata import clean, clean_keywords
from gallery.ingest.sources import Candidate
from gallery.models import Image

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# pictures decoded at a time unless told: one a core, each about 80 MB
WORKERS = min(4, len(os.sched_getaffinity(0)))
FLUSH_EVERY = 1.0  # seconds after which rows are written though the batch is not full: what is written stays
AHEAD = 4  # files in hand for each worker, so that none waits while rows are written
NUMBERING = re.compile(r"(?<=[^\W\d])[ _-]*0*(\d+)$")


@dataclass(frozen=True)
class Refusal:
    """A file that did not come in, and why, in one sentence."""

    name: str
    reason: str


@dataclass
class ImportProgress:
    """How far an import is, and at the end how it went. `total` files, of which `seen` are done with.

    Rows are written in batches, so `added` follows behind. What was passed over is not counted as a file.
    """

    total: int = 0
    seen: int = 0
    added: int = 0
    known: int = 0
    refused: list[Refusal] = field(default_factory=list)
    skipped: list[Refusal] = field(default_factory=list)
    seconds: float = 0.0


def run_import(
    folder: Path,
    *,
    metadata: Path | None = None,
    genre: str | None = None,
    workers: int = 1,
    uploaded_by: "User | None" = None,
    progress: Callable[[ImportProgress], None] = lambda _: None,
) -> ImportProgress:
    """Imports every picture below `folder`. `progress` is called, in this thread,
    whenever the report has changed.

    An exception from `progress`, or Ctrl-C, ends the import early; what was done stays. Raises BadSource when
    nothing can be done at all.
    """
    begun = monotonic()
    report = ImportProgress()
    todo = sources.candidates(
        folder, metadata, genre or "", lambda *told: report.skipped.append(_refusal(*told))
    )
    report.total = len(todo)
    batch: list[Arrival] = []
    flushed = begun
    try:
        for outcome in _outcomes(todo, workers):
            match outcome:
                case Arrival():
                    batch.append(replace(outcome, uploaded_by=uploaded_by))
                case Refusal():
                    report.refused.append(outcome)
                case None:
                    report.known += 1
            report.seen += 1
            if len(batch) == adding.MAX_ARRIVALS or monotonic() - flushed > FLUSH_EVERY:
                batch, flushed = _flush(batch, report), monotonic()
            report.seconds = monotonic() - begun
            progress(report)
    finally:
        _flush(batch, report)
        report.seconds = monotonic() - begun
    progress(report)
    return report


def _refusal(name: str, refused: Refused) -> Refusal:
    return Refusal(clean(name, 300), refusal_sentence(refused))


def _flush(batch: list[Arrival], report: ImportProgress) -> list[Arrival]:
    if batch:
        added = len(adding.add_images(batch))
        report.added += added
        report.known += len(batch) - added
    return []


def _outcomes(todo: Sequence[Candidate], workers: int) -> Iterator[Arrival | Refusal | None]:
    """What became of each file, as they finish: stored, refused, or (None) there already."""
    claims = _Claims()
    gates: LifoQueue[Gate] = LifoQueue()  # the one that is warm comes first
    with ExitStack() as stack:
        pool = ThreadPoolExecutor(2 * workers)  # while one reads or waits for the disk, another has the gate
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        for _ in range(workers):
            gates.put(stack.enter_context(Gate()))
        waiting = iter(todo)
        running: set[Future[Arrival | Refusal | None]] = set()
        while True:
            for candidate in islice(waiting, AHEAD * workers - len(running)):
                running.add(pool.submit(_bring, candidate, gates, claims))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


class _Claims:
    """The bytes that are there already, or that another worker has in hand; by their SHA-256,
    32 bytes each."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = {
            bytes.fromhex(digest) for digest in Image.objects.values_list("sha256", flat=True).iterator()
        }

    def take(self, sha256: str) -> bool:
        """True for the one who takes it first."""
        key = bytes.fromhex(sha256)
        with self._lock:
            if key in self._taken:
                return False
            self._taken.add(key)
            return True


def _bring(candidate: Candidate, gates: "LifoQueue[Gate]", claims: _Claims) -> Arrival | Refusal | None:
    """In a worker thread: reads, decodes and stores one file."""
    try:
        if candidate.refused:
            raise candidate.refused
        data = read_unchanged(candidate.path)
        sha256 = hashlib.sha256(data).hexdigest()
        if not claims.take(sha256):
            return None
        gate = gates.get()
        try:
            digest = gate.admit(data)
        finally:
            gates.put(gate)
        file = store.store_files(sha256, data, digest)
    except Refused as refused:
        return _refusal(candidate.name, refused)
    facts, told = candidate.facts, digest.metadata
    return Arrival(
        digest=digest.without_files(),
        sha256=sha256,
        file=file,
        byte_size=len(data),
        title=facts.title or told.title or title_of(candidate.name),
        genre=facts.genre,
        keywords=clean_keywords([*facts.keywords, *told.keywords]),
        licence=facts.licence,
        credit=facts.credit,
        source=facts.source,
    )


def title_of(name: str) -> str:
    """'sea/rocky-shore_007.jpg' -> 'Rocky shore 7'; a name without a letter or digit gives 'Untitled'."""
    stem = clean(re.sub(r"[_\-.+]+", " ", PurePosixPath(name).stem), 200)
    title = NUMBERING.sub(r" \1", stem)
    return title[:1].upper() + title[1:] if any(map(str.isalnum, title)) else "Untitled"


def read_unchanged(path: Path) -> bytes:
    """The bytes of a regular file that nobody wrote to meanwhile; it is tried twice. Raises Refused."""
    for _ in range(2):
        descriptor = sources.open_regular(path)
        with os.fdopen(descriptor, "rb") as handle:
            before = os.fstat(descriptor)
            if before.st_size > MAX_BYTES:
                raise Refused("bytes", limit=MAX_BYTES // 1_000_000)
            try:
                data = handle.read(MAX_BYTES + 1)
            except OSError as error:
                raise Refused("unreadable") from error
            after = os.fstat(descriptor)
        if (
            (before.st_size, before.st_mtime_ns)
            == (after.st_size, after.st_mtime_ns)
            == (len(data), after.st_mtime_ns)
        ):
            return data
    raise Refused("changed")
