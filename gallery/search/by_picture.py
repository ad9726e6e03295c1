"""Pictures that look like a picture: by the cosine of their descriptors, all of them compared.

The descriptors of 100,000 images are 65 MB as numbers that a processor multiplies quickly; each process holds
them from its first such search on, and reads only what is new.
An image's descriptor never changes, and who may see the image is asked elsewhere, each time.
"""

import base64
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from gallery.ingest.descriptor import DIMENSIONS
from gallery.models import Image

SIZE = 2 * DIMENSIONS  # bytes
CHUNK = 2000
# cosine below which nobody would say that two pictures are alike; of pairs at random a quarter reach it
LEAST = 0.35

Look = NDArray[np.float32]


class _Held:
    """The descriptors that were read, by ascending image id."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.forget()

    def forget(self) -> None:
        self.ids = np.zeros(0, dtype=np.int64)
        self.rows = np.zeros((0, DIMENSIONS), dtype=np.float32)

    def current(self) -> tuple[NDArray[np.int64], Look]:
        with self.lock:
            newest = Image.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            if len(self.ids) and newest < self.ids[-1]:
                self.forget()  # another database: ids do not go backwards
            self._read(int(self.ids[-1]) if len(self.ids) else 0)
            return self.ids, self.rows

    def _read(self, after: int) -> None:
        fresh = Image.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "descriptor")
        known = [(pk, bytes(raw)) for pk, raw in fresh.iterator(chunk_size=CHUNK) if len(raw) == SIZE]
        if known:
            rows = np.frombuffer(b"".join(raw for _, raw in known), dtype=np.float16).reshape(-1, DIMENSIONS)
            self.ids = np.concatenate([self.ids, np.array([pk for pk, _ in known], dtype=np.int64)])
            self.rows = np.concatenate([self.rows, rows.astype(np.float32)])


HELD = _Held()


def _unit(raw: bytes) -> Look:
    look = np.frombuffer(raw, dtype=np.float16).astype(np.float32)
    return look / np.float32(max(float(np.linalg.norm(look)), 1e-9))


def nearest(raw: bytes, count: int) -> list[int]:
    """The ids of the images that look most like a stored descriptor and like it at all, best first; none
    where it is not one."""
    if len(raw) != SIZE:
        return []
    look = _unit(raw)
    ids, rows = HELD.current()
    cosine = rows @ look
    best = np.argpartition(-cosine, count)[:count] if len(ids) > count else np.arange(len(ids))
    best = best[cosine[best] >= LEAST]
    return [int(pk) for pk in ids[best[np.argsort(-cosine[best], kind="stable")]]]


def to_address(raw: bytes) -> str:
    """A descriptor as 216 characters of an address, so that a search by a picture can be shared without the
    picture."""
    look = _unit(raw)
    steps = np.round(look * (127 / max(float(np.abs(look).max()), 1e-9))).astype(np.int8)
    return base64.urlsafe_b64encode(steps.tobytes()).decode()


def from_address(text: str) -> bytes:
    """The descriptor, to within rounding. Raises ValueError for what `to_address` cannot have made."""
    steps = np.frombuffer(
        base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True), dtype=np.int8
    )
    if len(steps) != DIMENSIONS or not steps.any():
        raise ValueError("This is not the address of a look.")
    return (steps.astype(np.float32) / np.linalg.norm(steps.astype(np.float32))).astype(np.float16).tobytes()
