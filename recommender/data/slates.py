"""A person's slate as bytes, deflated: a header that names its blocks, then the blocks,
one value a candidate each."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.models import Slate

HEADER_LENGTH_BYTES = 4  # bytes that say how long the header is
IMAGES = "images"


@dataclass(frozen=True)
class Prediction:
    """What one source predicts for some images, aligned arrays.

    `values` are on the rating scale, NaN where the source has none. `parts` are named addends of values -
    base, in stars; what is left is the source's last part, which is not kept. `details` is what its sentences
    are made of, one value an image, and `figures` what it says about the person, whatever the image.
    """

    values: NDArray[Any]
    parts: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    details: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)

    def at(self, places: Any) -> "Prediction":
        """Of these images alone."""
        parts = {name: part[places] for name, part in self.parts.items()}
        details = {name: detail[places] for name, detail in self.details.items()}
        return Prediction(self.values[places], parts, details, self.figures)


@dataclass(frozen=True)
class Candidates:
    """Images, best first, and by name what each source that answers for the person predicts for them; `base`
    is the person's mean, where all predictions begin."""

    base: float
    images: NDArray[np.int64]
    predictions: Mapping[str, Prediction]

    def pack(self) -> bytes:
        blocks: dict[str, NDArray[Any]] = {IMAGES: self.images.astype("<i8")}
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
    place = HEADER_LENGTH_BYTES + int.from_bytes(raw[:HEADER_LENGTH_BYTES], "little")
    header = json.loads(raw[HEADER_LENGTH_BYTES:place])
    kinds = {name: np.dtype(kind) for name, kind in header["blocks"]}
    count = (len(raw) - place) // sum(kind.itemsize for kind in kinds.values())
    blocks: dict[str, NDArray[Any]] = {}
    for name, kind in kinds.items():
        blocks[name] = np.frombuffer(raw, dtype=kind, count=count, offset=place)
        place += count * kind.itemsize
    predictions = {
        name: Prediction(
            blocks[f"{name}.value"],
            _below(blocks, f"{name}.part."),
            _below(blocks, f"{name}.detail."),
            figures,
        )
        for name, figures in header["figures"].items()
    }
    return Candidates(header["base"], blocks[IMAGES], predictions)


def _below(blocks: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): block for name, block in blocks.items() if name.startswith(prefix)}


def current_slate(user_id: int) -> Candidates | None:
    slates = Slate.objects.filter(user_id=user_id, version__current=True)
    packed = slates.values_list("candidates", flat=True).first()
    return unpack(packed) if packed is not None else None


def store_slates(version_id: int, slates: dict[int, Candidates], now: datetime) -> None:
    """Inserts or replaces the slates of these people for a version, in one statement."""
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
