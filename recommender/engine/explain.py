"""Why an image is where it is: the parts of its blended score, which add up to it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .blend import Weights, shares
from .errors import InvalidInput


@dataclass(frozen=True)
class Explanation:
    """base + neighbours + alike + views + ratings + limit = score; all on the rating scale."""

    score: float
    base: float  # the person's own mean
    neighbours: float  # what similar people add to it, by the share of that side
    views: float  # what the images that were viewed add
    ratings: float  # what the person's own ratings of similar images add
    limit: float  # what the ends of the scale took off
    share_cf: float
    share_cb: float
    alike: float | None = None  # what people of one's age, gender and region add; None without the network's prediction
    share_net: float = 0.0

    def parts(self) -> dict[str, float]:
        """The bar: named parts in the order they are drawn."""
        said = {"base": self.base, "neighbours": self.neighbours}
        if self.alike is not None:
            said["alike"] = self.alike
        return said | {"views": self.views, "ratings": self.ratings, "limit": self.limit}


@dataclass(frozen=True)
class ContentParts:
    """p_cb of one image in parts, as `content.ContentPrediction` holds them for all."""

    views: float
    ratings: float
    clipping: float


def explain(
    weights: Weights, base: float, p_cf: float | None, content: ContentParts | None, p_net: float | None = None
) -> Explanation:
    """The blend of p_cf, p_cb = base + views + ratings + clipping and, with a third weight, p_net, taken apart.

    Each source's parts count by its share of the blend (`blend.shares`); a missing one (None) has none. Raises
    InvalidInput when all are missing: then there is no score to explain.
    """
    p_cb = None if content is None else base + content.views + content.ratings + content.clipping
    predictions = (p_cf, p_cb, p_net)[: len(weights)]
    if all(one is None for one in predictions):
        raise InvalidInput("There is nothing to explain: no source predicted.")
    share_cf, share_cb, *rest = (float(share) for share in shares(weights, *predictions))
    share_net = rest[0] if rest else 0.0
    neighbours = 0.0 if p_cf is None else share_cf * (p_cf - base)
    alike = share_net * (p_net - base) if rest and p_net is not None else None
    said = content or ContentParts(0.0, 0.0, 0.0)
    views, ratings, limit = share_cb * said.views, share_cb * said.ratings, share_cb * said.clipping
    score = base + neighbours + (alike or 0.0) + views + ratings + limit
    return Explanation(score, base, neighbours, views, ratings, limit, share_cf, share_cb, alike, share_net)


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
