"""A folder of photographs for the lab, as a site would import them."""

import csv
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from gallery.ingest import descriptor
from gallery.ingest.decode import decode
from gallery.ingest.errors import Refused
from recommender.data.artifacts import Content
from recommender.engine.content_fit import fit_features, words
from recommender.engine.ids import IdMap
from recommender.engine.types import Floats
from recommender.lab.errors import DataError
from recommender.services.night.content import FEATURES_SEED

TABLE = "metadata.csv"
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".avif"}
_NUMBER = re.compile(r"[-_ ]*\d+$")


@dataclass(frozen=True, eq=False)
class Photographs:
    """The photographs of a folder, in the order of their paths. `genres` are the names of their folders,
    `subjects` those of the files before their numbers. `documents` are the words of titles and keywords."""

    name: str
    fingerprint: str
    genres: Sequence[str]
    subjects: Sequence[str]
    documents: Sequence[Sequence[str]]
    descriptors: Floats  # (n, descriptor.DIMENSIONS)

    def content(self, *, by_words: bool = True) -> Content:
        """The content of a night that knows them; ids are positions + 1. Without `by_words` they are known by
        genre and look alone."""
        names = sorted(set(self.genres))
        genre_of = np.array([names.index(genre) for genre in self.genres])
        table = np.eye(len(names))[genre_of]
        documents = self.documents if by_words else [[] for _ in self.genres]
        space = fit_features(documents, table, self.descriptors, rng=np.random.default_rng(FEATURES_SEED))
        features = space.transform(documents, table, self.descriptors)
        count = len(self.genres)
        ids = IdMap.of(np.arange(1, count + 1))
        return Content(ids, features, np.arange(1, len(names) + 1), table, genre_of + 1, np.zeros(count))


def read_photographs(folder: Path) -> Photographs:
    """Reads all pictures in the sub-folders of a folder. Raises DataError."""
    paths = sorted(path for path in folder.glob("*/*") if path.suffix.casefold() in ENDINGS)
    if not paths:
        raise DataError(f"{folder} has no folders with pictures; each folder is a genre.")
    rows = _table(folder / TABLE)
    found, digest = [], hashlib.sha256()
    for path in paths:
        data = path.read_bytes()
        digest.update(hashlib.sha256(data).digest())
        row = rows.get(path.relative_to(folder).as_posix(), {})
        document = words(row.get("title", path.stem)) + [
            word.strip().casefold() for word in row.get("keywords", "").split(";") if word.strip()
        ]
        found.append((path.parent.name, _NUMBER.sub("", path.stem), document, _look(data, path)))
    genres, subjects, documents, looks = zip(*found, strict=True)
    return Photographs(
        folder.name, digest.hexdigest()[:16], genres, subjects, documents, np.stack(looks).astype(np.float64)
    )


def _table(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["path"]: row for row in csv.DictReader(lines)}


def _look(data: bytes, path: Path) -> Floats:
    try:
        picture = decode(data).picture
    except Refused as refused:
        raise DataError(f"{path} cannot be read: {refused}.") from refused
    side = descriptor.SIDE
    small = picture.convert("RGB").resize((side, side), Image.Resampling.BOX)
    return descriptor.read(descriptor.describe(small)).astype(np.float64)
