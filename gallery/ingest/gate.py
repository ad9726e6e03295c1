"""The gate: bytes that nobody trusts -> a Digest, or one sentence why not.

A Gate owns one child process (`gallery.ingest.child`), which forks for every file. It is not for use by two threads
at a time; a worker thread has its own.
"""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from django.utils.translation import gettext

from gallery.ingest import wire
from gallery.ingest.decode import MAX_BYTES
from gallery.ingest.digest import Digest
from gallery.ingest.errors import Refused

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0  # seconds; the child's own limit of 15 s comes first, unless the child itself is stuck
START = 60.0
# The child gets none of the site's environment: no keys, no addresses. One thread keeps its memory small.
ENVIRONMENT = {"LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


def explain(refused: Refused) -> str:
    """The sentence for a person, in the active language."""
    return refused.sentence(gettext)


class Gate:
    """`with Gate() as gate: digest = gate.admit(data)`."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def admit(self, data: bytes) -> Digest:
        """Decodes one file and makes all of it that the site keeps. Raises Refused; never takes the caller down."""
        if len(data) > MAX_BYTES:
            raise Refused("bytes", limit=MAX_BYTES // 1_000_000)
        if not data:
            raise Refused("empty")
        answer = self._ask(data)
        if answer is None:
            self.close()
            raise Refused("crash")
        return wire.unpack_digest(answer)

    def close(self) -> None:
        """Ends the child with everything that it started."""
        child, self._child = self._child, None
        if child is None:
            return
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended by itself
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass  # what was still to be written to a dead child

    def _ask(self, data: bytes) -> bytes | None:
        child = self._child or self._start()
        if child.stdin is None or child.stdout is None:
            return None
        try:
            wire.send(child.stdin, data)
        except (BrokenPipeError, ValueError):
            return None
        return _within(child.stdout, PATIENCE)

    def _start(self) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "gallery.ingest.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=ENVIRONMENT,
            start_new_session=True,
        )
        if self._child.stdout is None or _within(self._child.stdout, START) != b"ready":
            self.close()
            raise RuntimeError("The process that decodes pictures does not start.")
        return self._child


def _within(stream: IO[bytes], seconds: float) -> bytes | None:
    """The next message, None when it does not begin to come in time."""
    ready, _, _ = select.select([stream], [], [], seconds)
    return wire.receive(stream) if ready else None
