"""Why an image is where it is: the parts of its blended score, which add up to it."""

from dataclasses import dataclass

from .blend import Weights, shares
from .errors import InvalidInput


@dataclass(frozen=True)
class Explanation:
    """base + neighbours + views + ratings + limit = score; all on the rating scale."""

    score: float
    base: float  # the person's own mean
    neighbours: float  # what similar people add to it, by the share of that side
    views: float  # what the images that were viewed add
    ratings: float  # what the person's own ratings of similar images add
    limit: float  # what the ends of the scale took off
    share_cf: float
    share_cb: float

    def parts(self) -> dict[str, float]:
        """The bar: named parts in the order they are drawn."""
        return {
            "base": self.base,
            "neighbours": self.neighbours,
            "views": self.views,
            "ratings": self.ratings,
            "limit": self.limit,
        }


@dataclass(frozen=True)
class ContentParts:
    """p_cb of one image in parts, as `content.ContentPrediction` holds them for all."""

    views: float
    ratings: float
    clipping: float


def explain(weights: Weights, base: float, p_cf: float | None, content: ContentParts | None) -> Explanation:
    """The blend of p_cf and p_cb = base + views + ratings + clipping, taken apart.

    Each side's parts count by its share of the blend (`blend.shares`); a missing side (None) has none. Raises
    InvalidInput when both are missing: then there is no score to explain.
    """
    if p_cf is None and content is None:
        raise InvalidInput("There is nothing to explain: neither side predicted.")
    p_cb = None if content is None else base + content.views + content.ratings + content.clipping
    share_cf, share_cb = (float(share) for share in shares(weights, p_cf, p_cb))
    neighbours = 0.0 if p_cf is None else share_cf * (p_cf - base)
    said = content or ContentParts(0.0, 0.0, 0.0)
    views, ratings, limit = share_cb * said.views, share_cb * said.ratings, share_cb * said.clipping
    score = base + neighbours + views + ratings + limit
    return Explanation(score, base, neighbours, views, ratings, limit, share_cf, share_cb)
