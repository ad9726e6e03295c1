"""Search by a picture: compares its descriptor with those of all images, by cosine similarity.

The descriptors of 100,000 images are 65 MB as float32, which a processor multiplies quickly. Each process
keeps them in memory from its first such search on, and later reads only new ones. An image's descriptor never
changes; who may see the image is checked elsewhere, for each search.
"""

import base64
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from gallery.ingest.descriptor import DIMENSIONS
from gallery.models import Image

SIZE = 2 * DIMENSIONS  # bytes
_CHUNK = 2000
# cosine below which two pictures do not look similar; a quarter of random pairs reach it
_MIN_COSINE = 0.35

Floats = NDArray[np.float32]


class _Descriptors:
    """The descriptors in memory, by ascending image id."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.clear()

    def clear(self) -> None:
        self.ids = np.zeros(0, dtype=np.int64)
        self.rows = np.zeros((0, DIMENSIONS), dtype=np.float32)

    def current(self) -> tuple[NDArray[np.int64], Floats]:
        with self.lock:
            newest = Image.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            if len(self.ids) and newest < self.ids[-1]:
                self.clear()  # another database: ids never decrease
            self._read(int(self.ids[-1]) if len(self.ids) else 0)
            return self.ids, self.rows

    def _read(self, after: int) -> None:
        fresh = Image.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "descriptor")
        new = [(pk, bytes(raw)) for pk, raw in fresh.iterator(chunk_size=_CHUNK) if len(raw) == SIZE]
        if new:
            rows = np.frombuffer(b"".join(raw for _, raw in new), dtype=np.float16).reshape(-1, DIMENSIONS)
            self.ids = np.concatenate([self.ids, np.array([pk for pk, _ in new], dtype=np.int64)])
            self.rows = np.concatenate([self.rows, rows.astype(np.float32)])


_DESCRIPTORS = _Descriptors()


def _unit(raw: bytes) -> Floats:
    descriptor = np.frombuffer(raw, dtype=np.float16).astype(np.float32)
    return descriptor / np.float32(max(float(np.linalg.norm(descriptor)), 1e-9))


def nearest(raw: bytes, count: int) -> list[int]:
    """The ids of the images that are most similar to a stored descriptor, the most similar first, without
    those that are not similar at all; none if `raw` is not a descriptor."""
    if len(raw) != SIZE:
        return []
    descriptor = _unit(raw)
    ids, rows = _DESCRIPTORS.current()
    cosine = rows @ descriptor
    best = np.argpartition(-cosine, count)[:count] if len(ids) > count else np.arange(len(ids))
    best = best[cosine[best] >= _MIN_COSINE]
    return [int(pk) for pk in ids[best[np.argsort(-cosine[best], kind="stable")]]]


def to_address(raw: bytes) -> str:
    """A descriptor as 216 characters for an address, so that users can share a search by a picture without
    the picture."""
    descriptor = _unit(raw)
    steps = np.round(descriptor * (127 / max(float(np.abs(descriptor).max()), 1e-9))).astype(np.int8)
    return base64.urlsafe_b64encode(steps.tobytes()).decode()


def from_address(text: str) -> bytes:
    """The descriptor, up to rounding. Raises ValueError for a text that `to_address` cannot have written."""
    steps = np.frombuffer(
        base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True), dtype=np.int8
    )
    if len(steps) != DIMENSIONS or not steps.any():
        raise ValueError("This is not the address of a look.")
    return (steps.astype(np.float32) / np.linalg.norm(steps.astype(np.float32))).astype(np.float16).tobytes()
