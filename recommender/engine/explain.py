"""The explanation of a score: parts of the blend that add up to it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .blend import Weights, shares
from .errors import InvalidInput

# of one source's prediction, by name: they add up to what it says beyond the base
Parts = Mapping[str, float]


@dataclass(frozen=True)
class BlendParts:
    """base + the sum of all parts = score; all on the rating scale.
    `shares` is how much each source decides."""

    score: float
    base: float  # the person's own mean
    parts: dict[str, float]  # by name, each times the share of its source
    shares: tuple[float, ...]


def blend_parts(weights: Weights, base: float, *sources: Parts | None) -> BlendParts:
    """The blend of the sources' predictions, base + sum(parts) each, taken apart.

    A source's parts count by its share of the blend (`blend.shares`); a missing source (None) has none. Names
    of parts must differ between sources. Raises InvalidInput when all are missing:
    then there is no score to explain.
    """
    predicted = [None if parts is None else base + sum(parts.values()) for parts in sources]
    if all(value is None for value in predicted):
        raise InvalidInput("There is nothing to explain: no source predicted.")
    decided = tuple(float(share) for share in shares(weights, *predicted))
    weighed = {
        name: share * value
        for share, parts in zip(decided, sources, strict=True)
        for name, value in (parts or {}).items()
    }
    return BlendParts(base + sum(weighed.values()), base, weighed, decided)


def rounded_to_sum(parts: Sequence[float], digits: int = 2) -> tuple[list[Decimal], Decimal]:
    """The parts and their sum, rounded to `digits` decimals so that the rounded parts add up exactly.

    This is the largest-remainder method. The sum is rounded. The parts are rounded down; then the parts with
    the largest remainders are increased by one unit of the last digit until the sum is reached. So each part
    differs from its exact value by less than one unit of the last digit.
    """
    exact = [Fraction(repr(float(part))) * 10**digits for part in parts]
    units = [math.floor(part) for part in exact]
    total = math.floor(sum(exact) + Fraction(1, 2))
    lost_most = sorted(range(len(exact)), key=lambda at: units[at] - exact[at])
    for at in lost_most[: total - sum(units)]:
        units[at] += 1
    return [Decimal(unit).scaleb(-digits) for unit in units], Decimal(total).scaleb(-digits)
