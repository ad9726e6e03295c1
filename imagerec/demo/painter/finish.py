"""What one process of the pool does: paint a picture and make all that the gallery keeps of it.
Knows no database."""

import io
from dataclasses import dataclass
from datetime import timedelta

from gallery.ingest.digest import Digest, from_pixels
from gallery.ingest.renditions import QUICK
from imagerec.demo.painter.painting import paint


@dataclass(frozen=True)
class Finished:
    """A picture as it leaves the process that painted it."""

    number: int
    original: bytes
    digest: Digest
    genre: str
    title: str
    keywords: tuple[str, ...]
    taken_before: timedelta


def finish(seed: int, number: int) -> Finished:
    """Paints a picture and makes all that the gallery keeps of it."""
    painting = paint(seed, number)
    original = io.BytesIO()
    painting.picture.save(original, "JPEG", quality=92, subsampling=0)
    digest = from_pixels(painting.picture, extension="jpg", encoding=QUICK)
    return Finished(
        number,
        original.getvalue(),
        digest,
        painting.genre,
        painting.title,
        painting.keywords,
        painting.taken_before,
    )
