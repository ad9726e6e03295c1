"""The explanation of a score: parts of the blend that add up to it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .blend import BlendWeights, shares
from .errors import InvalidInput

# the parts of a prediction by name; base + their sum = the prediction
PredictionParts = Mapping[str, float]


@dataclass(frozen=True)
class BlendParts:
    """base + the sum of all parts = score, on the rating scale; `shares` is the share of each source."""

    score: float
    base: float  # the user's own mean
    parts: dict[str, float]  # by name, each times the share of its source
    shares: tuple[float, ...]


def blend_parts(weights: BlendWeights, base: float, *sources: PredictionParts | None) -> BlendParts:
    """The parts of a blend of predictions; each prediction is base + sum(parts).

    The parts of a source are multiplied by its share of the blend (`blend.shares`). A missing source (None)
    has no parts. Parts of the same name are added up. Raises InvalidInput if all sources are missing,
    because then there is no score.
    """
    predicted = [None if parts is None else base + sum(parts.values()) for parts in sources]
    if all(value is None for value in predicted):
        raise InvalidInput("There is nothing to explain: no source predicted.")
    share_of_each = tuple(float(share) for share in shares(weights, *predicted))
    weighted: dict[str, float] = {}
    for share, parts in zip(share_of_each, sources, strict=True):
        for name, value in (parts or {}).items():
            weighted[name] = weighted.get(name, 0.0) + share * value
    return BlendParts(base + sum(weighted.values()), base, weighted, share_of_each)


def rounded_to_sum(parts: Sequence[float], digits: int = 2) -> tuple[list[Decimal], Decimal]:
    """The parts and their sum, rounded to `digits` decimals so that the rounded parts add up exactly.

    This is the largest-remainder method. The sum is rounded. The parts are rounded down; then the parts with
    the largest remainders are increased by one unit of the last digit until the sum is reached. So each part
    differs from its exact value by less than one unit of the last digit.
    """
    exact = [Fraction(repr(float(part))) * 10**digits for part in parts]
    units = [math.floor(part) for part in exact]
    total = math.floor(sum(exact) + Fraction(1, 2))
    lost_most = sorted(range(len(exact)), key=lambda index: units[index] - exact[index])
    for index in lost_most[: total - sum(units)]:
        units[index] += 1
    return [Decimal(unit).scaleb(-digits) for unit in units], Decimal(total).scaleb(-digits)
