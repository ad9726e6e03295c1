"""Pictures that visitors send are decoded two at a time, for the whole site:
all its processes take the same two turns.

A turn is a lock on a file, so that it comes back also from a process that was killed.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from gallery.ingest.digest import Digest
from gallery.ingest.gate import Gate

AT_ONCE = 2  # on the whole machine
WAITING = 4  # threads of one process, those whose turn it is among them; it has others to answer
SLOT_TIMEOUT = 8.0  # seconds
LOOKS = 0.05  # seconds between looks for a turn

_waiting = BoundedSemaphore(WAITING)


class Busy(Exception):
    """All turns are taken, and others wait already."""


def digest_of(file: "UploadedFile[Any]") -> Digest:
    """What the gate makes of a picture that somebody sent. Raises Refused,
    or Busy when its turn does not come soon."""
    with _turn(), Gate(small=True) as gate:
        return gate.admit(file.read())


@contextmanager
def _turn() -> Iterator[None]:
    if not _waiting.acquire(blocking=False):
        raise Busy
    try:
        taken = _taken(time.monotonic() + SLOT_TIMEOUT)
        try:
            yield
        finally:
            os.close(taken)
    finally:
        _waiting.release()


def _taken(until: float) -> int:
    """The open file of a turn that is ours until it is closed."""
    folder = Path(settings.DATA_DIR) / "turns"
    folder.mkdir(exist_ok=True)
    while True:
        for number in range(AT_ONCE):
            file = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return file
            os.close(file)
        if time.monotonic() >= until:
            raise Busy
        time.sleep(LOOKS)
