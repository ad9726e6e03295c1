"""A person's slate as bytes: a header, then one record a candidate, best first, deflated."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.models import Slate

CANDIDATE = np.dtype(
    [
        ("image", "<i8"),
        ("p_cf", "<f4"),
        ("p_cb", "<f4"),
        ("viewed", "<f4"),  # g(lambda): what views add to the content side
        ("rated_alike", "<f4"),  # h: what the person's own ratings of similar images add
        ("neighbours", "<u2"),
        ("neighbour_mean", "<f4"),  # NaN where no neighbour rated it
        ("reason", "<i8"),  # the image that speaks for it, 0 for none
    ]
)
HEADER = np.dtype([("base", "<f8"), ("neighbours", "<u4")])


@dataclass(frozen=True)
class Candidates:
    """`rows` is a structured array of CANDIDATE; `base` is the person's mean that the content side starts from; `p_net`
    is what the network predicts for each row (NaN for an image that it does not know), None where it does not answer
    for the person."""

    base: float
    neighbours: int  # people with a similarity above 0
    rows: NDArray[Any]
    p_net: NDArray[np.float32] | None = None

    def pack(self) -> bytes:
        header = np.array([(self.base, self.neighbours)], dtype=HEADER)
        return zlib.compress(header.tobytes() + np.ascontiguousarray(self.rows, dtype=CANDIDATE).tobytes(), 1)

    def pack_network(self) -> bytes | None:
        return None if self.p_net is None else zlib.compress(self.p_net.astype("<f4").tobytes(), 1)


def unpack(packed: bytes | memoryview, network: bytes | memoryview | None = None) -> Candidates:
    raw = zlib.decompress(packed)
    header = np.frombuffer(raw, dtype=HEADER, count=1)[0]
    rows = np.frombuffer(raw, dtype=CANDIDATE, offset=HEADER.itemsize)
    p_net = None if network is None else np.frombuffer(zlib.decompress(network), dtype="<f4")
    return Candidates(float(header["base"]), int(header["neighbours"]), rows, p_net)


def current_slate(user_id: int) -> Candidates | None:
    slates = Slate.objects.filter(user_id=user_id, version__current=True)
    packed = slates.values_list("candidates", "p_net").first()
    return unpack(*packed) if packed is not None else None


def store_slates(version_id: int, slates: dict[int, Candidates], now: datetime) -> None:
    """Inserts or replaces the slates of these people for a version, in one statement."""
    Slate.objects.bulk_create(
        [
            Slate(
                user_id=user,
                version_id=version_id,
                candidates=candidates.pack(),
                p_net=candidates.pack_network(),
                made_at=now,
            )
            for user, candidates in slates.items()
        ],
        update_conflicts=True,
        unique_fields=["user", "version"],
        update_fields=["candidates", "p_net", "made_at"],
        batch_size=100,
    )
