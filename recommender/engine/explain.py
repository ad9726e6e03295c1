"""Why an image is where it is: the parts of its blended score, which add up to it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .blend import Weights, shares
from .errors import InvalidInput

Parts = Mapping[str, float]  # of one source's prediction, by name: they add up to what it says beyond the base


@dataclass(frozen=True)
class Explanation:
    """base + the sum of all parts = score; all on the rating scale. `shares` is how much each source decides."""

    score: float
    base: float  # the person's own mean
    parts: dict[str, float]  # by name, each times the share of its source
    shares: tuple[float, ...]


def explain(weights: Weights, base: float, *sources: Parts | None) -> Explanation:
    """The blend of the sources' predictions, base + sum(parts) each, taken apart.

    A source's parts count by its share of the blend (`blend.shares`); a missing source (None) has none. Names of parts
    must differ between sources. Raises InvalidInput when all are missing: then there is no score to explain.
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
    return Explanation(base + sum(weighed.values()), base, weighed, decided)


def as_shown(parts: Sequence[float], digits: int = 2) -> tuple[list[Decimal], Decimal]:
    """The parts and their sum with so many digits after the point, so that what is read adds up exactly.

    The sum is rounded; the parts are rounded down, and those that lost most by it get one of the last digit back until
    the sum is reached (largest remainder). So each is less than one of the last digit away from what it is.
    """
    exact = [Fraction(repr(float(part))) * 10**digits for part in parts]
    units = [math.floor(part) for part in exact]
    total = math.floor(sum(exact) + Fraction(1, 2))
    lost_most = sorted(range(len(exact)), key=lambda at: units[at] - exact[at])
    for at in lost_most[: total - sum(units)]:
        units[at] += 1
    return [Decimal(unit).scaleb(-digits) for unit in units], Decimal(total).scaleb(-digits)
