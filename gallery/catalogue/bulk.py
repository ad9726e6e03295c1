"""Imports folders of pictures: the import that the command and the task share.

Worker threads read, decode and store the files, each with its own gate; the calling thread writes the rows in
batches. An import may be interrupted at any time and repeated: the SHA-256 of its bytes identifies a picture.
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

# pictures decoded at a time by default: one for each core, each about 80 MB
WORKERS = min(4, len(os.sched_getaffinity(0)))
FLUSH_EVERY = 1.0  # seconds after which rows are written although the batch is not full
AHEAD = 4  # files in progress for each worker, so that no worker waits while rows are written
NUMBERING = re.compile(r"(?<=[^\W\d])[ _-]*0*(\d+)$")


@dataclass(frozen=True)
class Refusal:
    """A file that was refused or skipped, and the reason in one sentence."""

    name: str
    reason: str


@dataclass
class ImportProgress:
    """How far an import is, and its result at the end: `seen` of `total` files are finished.

    Rows are written in batches, so `added` grows later than `seen`. Skipped files are not counted in `total`.
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
    """Imports all pictures below `folder`. Calls `progress` in this thread whenever the numbers change.

    An exception from `progress`, or Ctrl-C, ends the import early; finished work stays. Raises BadSource if
    nothing can be imported.
    """
    begun = monotonic()
    result = ImportProgress()
    todo = sources.candidates(
        folder, metadata, genre or "", lambda *skipped: result.skipped.append(_refusal(*skipped))
    )
    result.total = len(todo)
    batch: list[Arrival] = []
    flushed = begun
    try:
        for outcome in _outcomes(todo, workers):
            match outcome:
                case Arrival():
                    batch.append(replace(outcome, uploaded_by=uploaded_by))
                case Refusal():
                    result.refused.append(outcome)
                case None:
                    result.known += 1
            result.seen += 1
            if len(batch) == adding.MAX_ARRIVALS or monotonic() - flushed > FLUSH_EVERY:
                batch, flushed = _flush(batch, result), monotonic()
            result.seconds = monotonic() - begun
            progress(result)
    finally:
        _flush(batch, result)
        result.seconds = monotonic() - begun
    progress(result)
    return result


def _refusal(name: str, refused: Refused) -> Refusal:
    return Refusal(clean(name, 300), refusal_sentence(refused))


def _flush(batch: list[Arrival], progress: ImportProgress) -> list[Arrival]:
    if batch:
        added = len(adding.add_images(batch))
        progress.added += added
        progress.known += len(batch) - added
    return []


def _outcomes(todo: Sequence[Candidate], workers: int) -> Iterator[Arrival | Refusal | None]:
    """The result of each file, as the files finish: stored, refused, or None if the picture exists
    already."""
    claims = _Claims()
    gates: LifoQueue[Gate] = LifoQueue()  # the gate used last, which is warm, comes first
    with ExitStack() as stack:
        pool = ThreadPoolExecutor(2 * workers)  # while one thread uses the disk, another uses the gate
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        for _ in range(workers):
            gates.put(stack.enter_context(Gate()))
        waiting = iter(todo)
        running: set[Future[Arrival | Refusal | None]] = set()
        while True:
            for candidate in islice(waiting, AHEAD * workers - len(running)):
                running.add(pool.submit(_import_file, candidate, gates, claims))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


class _Claims:
    """The SHA-256 digests, 32 bytes each, of pictures that exist already or that a worker is importing."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = {
            bytes.fromhex(digest) for digest in Image.objects.values_list("sha256", flat=True).iterator()
        }

    def take(self, sha256: str) -> bool:
        """Returns True for the first worker that takes this digest."""
        key = bytes.fromhex(sha256)
        with self._lock:
            if key in self._taken:
                return False
            self._taken.add(key)
            return True


def _import_file(candidate: Candidate, gates: "LifoQueue[Gate]", claims: _Claims) -> Arrival | Refusal | None:
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
    facts, metadata = candidate.facts, digest.metadata
    return Arrival(
        digest=digest.without_files(),
        sha256=sha256,
        file=file,
        byte_size=len(data),
        title=facts.title or metadata.title or title_of(candidate.name),
        genre=facts.genre,
        keywords=clean_keywords([*facts.keywords, *metadata.keywords]),
        licence=facts.licence,
        credit=facts.credit,
        source=facts.source,
    )


def title_of(name: str) -> str:
    """'sea/rocky-shore_007.jpg' -> 'Rocky shore 7'; a name without letters and digits gives 'Untitled'."""
    stem = clean(re.sub(r"[_\-.+]+", " ", PurePosixPath(name).stem), 200)
    title = NUMBERING.sub(r" \1", stem)
    return title[:1].upper() + title[1:] if any(map(str.isalnum, title)) else "Untitled"


def read_unchanged(path: Path) -> bytes:
    """The bytes of a regular file that did not change while it was read; tries twice. Raises Refused."""
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
