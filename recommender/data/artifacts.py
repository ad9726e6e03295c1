"""A night's arrays as files, the current ones held in memory. The web process reads content alone,
with numpy alone.

A version named K has two files below ARTIFACT_DIR: `K.content.npz` (features of every image) and
`K.model.npz` (the ratings, the calibration and the agents' informed start).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from recommender.engine import artifact
from recommender.engine.content import nearest_rows
from recommender.engine.errors import DamagedArtifact
from recommender.engine.ids import IdMap
from recommender.engine.neural.metadata_ncf import NEWCOMERS, guess
from recommender.engine.neural.network import FittedNetwork
from recommender.engine.types import Interactions
from recommender.models import DemographicsNetwork, Version

log = logging.getLogger(__name__)
Arrays = dict[str, NDArray[np.generic]]
# Where a file that was written before sources had names keeps theirs: that of the version which is current at
# the update is such a file, until the next night.
BEFORE = {"neighbours": "neighbours.", "content": "calibration.", "demographics": "network."}


@dataclass(frozen=True)
class Content:
    """Features of every image: unit rows in the order of ascending `ids`; `genres` is images x genres,
    0 or 1."""

    ids: IdMap
    features: NDArray[np.float32]
    genre_ids: NDArray[np.int64]
    genres: NDArray[np.float64]
    genre_of: NDArray[np.int64]
    published: NDArray[np.float64]  # Unix seconds

    @property
    def images(self) -> NDArray[np.int64]:
        return self.ids.ids

    def rows_of(self, images: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The rows of those images that are known, and which of them are."""
        rows = self.ids.find(images)
        return rows[rows >= 0], rows >= 0

    def features_of(self, images: NDArray[np.int64]) -> NDArray[np.float32]:
        """One row an image; zeros, like nothing else, for one that came after the night."""
        rows, known = self.rows_of(images)
        features = np.zeros((len(images), self.features.shape[1]), dtype=np.float32)
        features[known] = self.features[rows]
        return features

    def genres_of(self, images: NDArray[np.int64]) -> NDArray[np.int64]:
        """The genre's id of each image; 0 for one that came after the night."""
        rows, known = self.rows_of(images)
        genres = np.zeros(len(images), dtype=np.int64)
        genres[known] = self.genre_of[rows]
        return genres

    def nearest(self, image: int, count: int) -> NDArray[np.int64] | None:
        """The ids of the images with the most similar content, nearest first; None for an unknown image."""
        row = int(self.ids.find(np.array([image]))[0])
        if row < 0:
            return None
        return self.images[nearest_rows(self.features, row, count)[0]]


@dataclass(frozen=True)
class RatingsModel:
    """What a night learnt from everybody; `prior` is the informed start of new agents,
    None while there is none.

    `images` are the columns of `interactions`, `item_weights` their time weights; `sources` is what each
    source of the blend keeps, by its name.
    """

    users: IdMap
    images: NDArray[np.int64]
    interactions: Interactions
    item_weights: NDArray[np.float64]
    prior: NDArray[np.float64] | None
    sources: Mapping[str, Arrays] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class DemographicsModel:
    """What a training learnt of people who rated nothing yet: a network of what they say about themselves
    and, for each of its images, the log-odds that anybody likes it."""

    images: IdMap
    network: FittedNetwork
    popularity: NDArray[np.float64]

    def log_odds(self, asked: FittedNetwork, row: int) -> NDArray[np.float64]:
        """(images,): that the person of this row of `asked` likes each."""
        return guess(asked.predict_all(row), self.popularity)


def path_of(name: str, part: str) -> Path:
    return Path(settings.ARTIFACT_DIR, f"{name}.{part}.npz")


def exists(name: str) -> bool:
    return path_of(name, "content").exists() and path_of(name, "model").exists()


def save_content(name: str, content: Content) -> None:
    arrays: Arrays = {
        "images": content.images,
        "features": content.features,
        "genre_ids": content.genre_ids,
        "genres": content.genres,
        "genre_of": content.genre_of,
        "published": content.published,
    }
    artifact.save(path_of(name, "content"), "content", arrays)


def save_ratings(name: str, model: RatingsModel) -> None:
    arrays: Arrays = {"users": model.users.ids, "images": model.images, "item_weights": model.item_weights}
    arrays |= {f"interactions.{key}": value for key, value in model.interactions.to_arrays().items()}
    for source, kept in model.sources.items():
        arrays |= {f"source.{source}.{key}": value for key, value in kept.items()}
    if model.prior is not None:
        arrays["prior"] = model.prior
    artifact.save(path_of(name, "model"), "model", arrays)


def _part(arrays: Arrays, prefix: str) -> Arrays:
    return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}


def _sources(arrays: Arrays) -> dict[str, Arrays]:
    found: dict[str, Arrays] = {}
    for key, value in _part(arrays, "source.").items():
        source, _, name = key.partition(".")
        found.setdefault(source, {})[name] = value
    for source, prefix in BEFORE.items():
        if source not in found and (kept := _part(arrays, prefix)):
            found[source] = kept
    return found


def stamp(name: str) -> tuple[int, ...]:
    """Changes whenever a file of the version does: a night that is run again writes its files anew."""
    files = [path_of(name, part) for part in ("content", "model")]
    return tuple(file.stat().st_mtime_ns if file.exists() else 0 for file in files)


def load_content(name: str) -> Content:
    """Raises engine.errors.DamagedArtifact, in one sentence."""
    return _content(name, stamp(name)[0])


def load_ratings(name: str) -> RatingsModel:
    """Raises engine.errors.DamagedArtifact, in one sentence."""
    return _ratings(name, stamp(name)[1])


@lru_cache(maxsize=2)
def _content(name: str, _stamp: int) -> Content:
    arrays, _ = artifact.load(path_of(name, "content"), "content")
    named = ("features", "genre_ids", "genres", "genre_of", "published")
    return Content(IdMap.of(arrays["images"]), *(arrays[name] for name in named))


@lru_cache(maxsize=2)
def _ratings(name: str, _stamp: int) -> RatingsModel:
    arrays, _ = artifact.load(path_of(name, "model"), "model")
    return RatingsModel(
        IdMap.of(arrays["users"]),
        arrays["images"],
        Interactions.from_arrays(_part(arrays, "interactions.")),
        arrays["item_weights"],
        arrays.get("prior"),
        _sources(arrays),
    )


def current_version() -> Version | None:
    return Version.objects.filter(current=True).first()


def current_content() -> Content | None:
    """The current version's features; None before the first night, and where the file is damaged:
    pages go without."""
    name = Version.objects.filter(current=True).values_list("artifact", flat=True).first()
    return content_named(name) if name else None


def content_named(name: str) -> Content | None:
    """None where the file is damaged."""
    try:
        return load_content(name)
    except DamagedArtifact:
        log.exception("the model of %s cannot be read", name)
        return None


def save_network(name: str, learnt: DemographicsModel) -> None:
    arrays: Arrays = {"images": learnt.images.ids, "popularity": learnt.popularity}
    artifact.save(path_of(name, "network"), "newcomers", arrays | learnt.network.to_arrays())


def current_network(before: datetime | None = None) -> DemographicsModel | None:
    """What the current training learnt; None before the first, where it ended after `before`, and where the
    file is damaged."""
    rows = DemographicsNetwork.objects.filter(current=True)
    if before is not None:
        rows = rows.filter(made_at__lt=before)
    name = rows.values_list("key", flat=True).first()
    try:
        return _network(name, path_of(name, "network").stat().st_mtime_ns) if name else None
    except (DamagedArtifact, FileNotFoundError):
        log.exception("the network of %s cannot be read", name)
        return None


@lru_cache(maxsize=1)
def _network(name: str, _stamp: int) -> DemographicsModel:
    arrays, _ = artifact.load(path_of(name, "network"), "newcomers")
    return DemographicsModel(IdMap.of(arrays["images"]), NEWCOMERS.load(arrays), arrays["popularity"])


def remove_part(name: str, part: str) -> None:
    path_of(name, part).unlink(missing_ok=True)


def remove(name: str) -> None:
    for part in ("content", "model", "evidence"):
        remove_part(name, part)
