"""The arrays of a night as files. The current ones stay in memory. Web processes load only the content file,
and need only numpy for it.

The version K has two files in ARTIFACT_DIR: `K.content.npz` (features of all images) and `K.model.npz`
(ratings, the arrays of each source and the informed start of new agents).
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
from recommender.engine.artifact import Arrays
from recommender.engine.content import nearest_rows
from recommender.engine.errors import DamagedArtifact
from recommender.engine.ids import IdMap
from recommender.engine.neural.metadata_ncf import NEWCOMERS, guess
from recommender.engine.neural.network import FittedNetwork
from recommender.engine.types import Interactions
from recommender.models import DemographicsNetwork, Version

log = logging.getLogger(__name__)
# The prefixes of the arrays of each source in files that were written before sources had names. After an
# update the current version is such a file, until the next night.
OLD_PREFIXES = {"neighbours": "neighbours.", "content": "calibration.", "demographics": "network."}


@dataclass(frozen=True)
class Content:
    """Features of all images: one row of unit length for each image, by ascending id. `genres` is images x
    genres, 0 or 1."""

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
        """(rows, known): the rows of the known images, and a mask over `images`, True for known images."""
        rows = self.ids.find(images)
        return rows[rows >= 0], rows >= 0

    def features_of(self, images: NDArray[np.int64]) -> NDArray[np.float32]:
        """(images, features); a row of zeros for an image that is newer than the night."""
        rows, known = self.rows_of(images)
        features = np.zeros((len(images), self.features.shape[1]), dtype=np.float32)
        features[known] = self.features[rows]
        return features

    def genres_of(self, images: NDArray[np.int64]) -> NDArray[np.int64]:
        """The genre id of each image; 0 for an image that is newer than the night."""
        rows, known = self.rows_of(images)
        genres = np.zeros(len(images), dtype=np.int64)
        genres[known] = self.genre_of[rows]
        return genres

    def is_new(self, images: NDArray[np.int64], age: float) -> NDArray[np.bool_]:
        """Whether each image was published within `age` seconds before the newest one."""
        rows, known = self.rows_of(images)
        new = np.zeros(len(images), dtype=bool)
        new[known] = self.published[rows] > self.published.max(initial=0.0) - age
        return new

    def nearest(self, image: int, count: int) -> NDArray[np.int64] | None:
        """The ids of the images with the most similar content, the most similar first; None for an unknown
        image."""
        row = int(self.ids.find(np.array([image]))[0])
        if row < 0:
            return None
        return self.images[nearest_rows(self.features, row, count)[0]]


@dataclass(frozen=True)
class RatingsModel:
    """What a night learnt from all users.

    `images` are the columns of `interactions`, `item_weights` their time weights. `prior` is the informed
    start of new agents, or None. `sources` has the arrays of each source of the blend, by name, `outcome`
    those of the model of how ratings turn out. `popular` (images,) are the stars that each image gains in the
    order of a feed, because it is popular; None if it is not known what that is worth.
    """

    users: IdMap
    images: NDArray[np.int64]
    interactions: Interactions
    item_weights: NDArray[np.float64]
    prior: NDArray[np.float64] | None
    sources: Mapping[str, Arrays] = field(default_factory=dict)
    outcome: Arrays = field(default_factory=dict)
    popular: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class DemographicsModel:
    """The result of a training: the demographics network and, for each of its images, the log-odds that an
    average user likes it (`popularity`)."""

    images: IdMap
    network: FittedNetwork
    popularity: NDArray[np.float64]

    def log_odds(self, network: FittedNetwork, row: int) -> NDArray[np.float64]:
        """(images,): the log-odds that the user in this row of `network` likes each image."""
        return guess(network.predict_all(row), self.popularity)


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
    for source, own in model.sources.items():
        arrays |= {f"source.{source}.{key}": value for key, value in own.items()}
    arrays |= {f"outcome.{key}": value for key, value in model.outcome.items()}
    optional = {"prior": model.prior, "popular": model.popular}
    arrays |= {key: array for key, array in optional.items() if array is not None}
    artifact.save(path_of(name, "model"), "model", arrays)


def _part(arrays: Arrays, prefix: str) -> Arrays:
    return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}


def _sources(arrays: Arrays) -> dict[str, Arrays]:
    found: dict[str, Arrays] = {}
    for key, value in _part(arrays, "source.").items():
        source, _, name = key.partition(".")
        found.setdefault(source, {})[name] = value
    for source, prefix in OLD_PREFIXES.items():
        if source not in found and (own := _part(arrays, prefix)):
            found[source] = own
    return found


def stamp(name: str) -> tuple[int, ...]:
    """The modification times of the files of a version. A night that runs again writes its files again."""
    files = [path_of(name, part) for part in ("content", "model")]
    return tuple(file.stat().st_mtime_ns if file.exists() else 0 for file in files)


def load_content(name: str) -> Content:
    """Raises engine.errors.DamagedArtifact."""
    return _content(name, stamp(name)[0])


def load_ratings(name: str) -> RatingsModel:
    """Raises engine.errors.DamagedArtifact."""
    return _ratings(name, stamp(name)[1])


@lru_cache(maxsize=2)
def _content(name: str, _stamp: int) -> Content:
    arrays, _ = artifact.load(path_of(name, "content"), "content")
    columns = ("features", "genre_ids", "genres", "genre_of", "published")
    return Content(IdMap.of(arrays["images"]), *(arrays[name] for name in columns))


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
        _part(arrays, "outcome."),
        arrays.get("popular"),
    )


def current_version() -> Version | None:
    return Version.objects.filter(current=True).first()


def current_content() -> Content | None:
    """The features of the current version. None before the first night, and if the file is damaged; pages
    then work without content."""
    name = Version.objects.filter(current=True).values_list("artifact", flat=True).first()
    return content_named(name) if name else None


def content_named(name: str) -> Content | None:
    """None if the file is damaged."""
    try:
        return load_content(name)
    except DamagedArtifact:
        log.exception("the model of %s cannot be read", name)
        return None


def save_network(name: str, learnt: DemographicsModel) -> None:
    arrays: Arrays = {"images": learnt.images.ids, "popularity": learnt.popularity}
    artifact.save(path_of(name, "network"), "newcomers", arrays | learnt.network.to_arrays())


def current_network(before: datetime | None = None) -> DemographicsModel | None:
    """The current demographics network. None before the first training, if the training ended after `before`,
    and if the file is damaged."""
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
