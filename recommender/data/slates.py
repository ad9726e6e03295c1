"""The slate of a user as compressed bytes: a header that names the blocks, then the blocks, each with one
value for each candidate."""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.models import Slate

HEADER_LENGTH_BYTES = 4  # bytes that contain the length of the header
IMAGES = "images"
OF_ORDER = ("expected", "median", "popular", "chosen")


@dataclass(frozen=True)
class Prediction:
    """The predictions of one source for some images, as aligned arrays.

    `values` are on the rating scale, NaN for images without a prediction. `parts` are named addends of values
    - base, in stars; the last part of the source is the rest and is not stored. `details` are values for its
    sentences, one for each image; those of `details_at` take time, so they are made for chosen images alone.
    `figures` are numbers about the user, the same for all images.
    """

    values: NDArray[Any]
    parts: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    details: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    details_at: Callable[[NDArray[np.int64]], Mapping[str, NDArray[Any]]] | None = None

    def at(self, indices: NDArray[np.int64]) -> "Prediction":
        """The predictions for the images at these indices."""
        parts = {name: part[indices] for name, part in self.parts.items()}
        details = {name: detail[indices] for name, detail in self.details.items()}
        if self.details_at is not None:
            details |= self.details_at(indices)
        return Prediction(self.values[indices], parts, details, self.figures)


@dataclass(frozen=True)
class Candidates:
    """Images, best first, and the predictions of each source that predicts for the user, by name. `base` is
    the user's mean rating, to which the parts of a prediction are added. `expected` and `median` are the mean
    and the median of how ratings turn out; `popular` and `chosen` are the stars that an image gains in the
    order because it is popular, and because of the first picks. All four are None in slates of before they
    were kept."""

    base: float
    images: NDArray[np.int64]
    predictions: Mapping[str, Prediction]
    expected: NDArray[Any] | None = None
    median: NDArray[Any] | None = None
    popular: NDArray[Any] | None = None
    chosen: NDArray[Any] | None = None

    def pack(self) -> bytes:
        blocks: dict[str, NDArray[Any]] = {IMAGES: self.images.astype("<i8")}
        for name in OF_ORDER:
            if (values := getattr(self, name)) is not None:
                blocks[name] = values.astype("<f4")
        for name, source in self.predictions.items():
            blocks[f"{name}.value"] = source.values.astype("<f4")
            blocks |= {f"{name}.part.{part}": values.astype("<f4") for part, values in source.parts.items()}
            blocks |= {f"{name}.detail.{detail}": values for detail, values in source.details.items()}
        header = {
            "base": self.base,
            "figures": {name: dict(source.figures) for name, source in self.predictions.items()},
            "blocks": [(name, block.dtype.str) for name, block in blocks.items()],
        }
        head = json.dumps(header).encode()
        body = b"".join(np.ascontiguousarray(block).tobytes() for block in blocks.values())
        return zlib.compress(len(head).to_bytes(HEADER_LENGTH_BYTES, "little") + head + body, 1)


def unpack(packed: bytes | memoryview) -> Candidates:
    raw = zlib.decompress(packed)
    offset = HEADER_LENGTH_BYTES + int.from_bytes(raw[:HEADER_LENGTH_BYTES], "little")
    header = json.loads(raw[HEADER_LENGTH_BYTES:offset])
    kinds = {name: np.dtype(kind) for name, kind in header["blocks"]}
    count = (len(raw) - offset) // sum(kind.itemsize for kind in kinds.values())
    blocks: dict[str, NDArray[Any]] = {}
    for name, kind in kinds.items():
        blocks[name] = np.frombuffer(raw, dtype=kind, count=count, offset=offset)
        offset += count * kind.itemsize
    predictions = {
        name: Prediction(
            blocks[f"{name}.value"],
            _with_prefix(blocks, f"{name}.part."),
            _with_prefix(blocks, f"{name}.detail."),
            figures,
        )
        for name, figures in header["figures"].items()
    }
    rest = (blocks.get(name) for name in OF_ORDER)
    return Candidates(header["base"], blocks[IMAGES], predictions, *rest)


def _with_prefix(blocks: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): block for name, block in blocks.items() if name.startswith(prefix)}


def current_slate(user_id: int) -> Candidates | None:
    slates = Slate.objects.filter(user_id=user_id, version__current=True)
    packed = slates.values_list("candidates", flat=True).first()
    return unpack(packed) if packed is not None else None


def store_slates(version_id: int, slates: dict[int, Candidates], now: datetime) -> None:
    """Inserts or replaces the slates of these users for a version."""
    Slate.objects.bulk_create(
        [
            Slate(user_id=user, version_id=version_id, candidates=candidates.pack(), made_at=now)
            for user, candidates in slates.items()
        ],
        update_conflicts=True,
        unique_fields=["user", "version"],
        update_fields=["candidates", "made_at"],
        batch_size=100,
    )
