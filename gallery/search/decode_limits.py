"""Decoding of pictures that visitors send: at most two at a time in the whole site, for which all processes
share two slots.

A slot is a lock on a file, so that it is free again when its process is killed.
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
WAITING = 4  # threads of one process that wait for a slot or have one; its other threads serve other requests
SLOT_TIMEOUT = 8.0  # seconds
RETRY_EVERY = 0.05  # seconds between two attempts to get a slot

_waiting = BoundedSemaphore(WAITING)


class Busy(Exception):
    """All slots are in use, and other requests are waiting already."""


def digest_of(file: "UploadedFile[Any]") -> Digest:
    """The digest of a picture that a visitor sent. Raises Refused, or Busy if no slot becomes free soon."""
    with _slot(), Gate(small=True) as gate:
        return gate.admit(file.read())


@contextmanager
def _slot() -> Iterator[None]:
    if not _waiting.acquire(blocking=False):
        raise Busy
    try:
        slot = _open_slot(time.monotonic() + SLOT_TIMEOUT)
        try:
            yield
        finally:
            os.close(slot)
    finally:
        _waiting.release()


def _open_slot(deadline: float) -> int:
    """The open file of a slot; closing it frees the slot."""
    folder = Path(settings.DATA_DIR) / "turns"
    folder.mkdir(exist_ok=True)
    while True:
        for number in range(AT_ONCE):
            file = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return file
            os.close(file)
        if time.monotonic() >= deadline:
            raise Busy
        time.sleep(RETRY_EVERY)
