"""The explanation of a score: parts of the blend that add up to it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .blend import Weights, shares
from .errors import InvalidInput


@dataclass(frozen=True)
class Explanation:
    """base + neighbours + alike + views + ratings + limit = score, all in stars."""

    score: float
    base: float  # the user's own mean
    neighbours: float  # contribution of similar users, times the share of the source
    views: float  # contribution of viewed images
    ratings: float  # contribution of the user's own ratings of similar images
    limit: float  # change by clipping to the scale
    share_cf: float
    share_cb: float
    alike: float | None = None  # contribution of demographics; None without a prediction of the network
    share_net: float = 0.0

    def parts(self) -> dict[str, float]:
        """The named parts in the order in which they are displayed."""
        said = {"base": self.base, "neighbours": self.neighbours}
        if self.alike is not None:
            said["alike"] = self.alike
        return said | {"views": self.views, "ratings": self.ratings, "limit": self.limit}


@dataclass(frozen=True)
class ContentParts:
    """The parts of p_cb for one image; `content.ContentPrediction` has them for all images."""

    views: float
    ratings: float
    clipping: float


def explain(
    weights: Weights, base: float, p_cf: float | None, content: ContentParts | None, p_net: float | None = None
) -> Explanation:
    """The parts of the blend of p_cf, p_cb = base + views + ratings + clipping and, optionally, p_net.

    p_net takes part if there is a third weight. The parts of each source are multiplied by its share of the
    blend (`blend.shares`); a missing source (None) has no parts. Raises InvalidInput if all sources are
    missing, because there is no score to explain.
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
