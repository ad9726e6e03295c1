"""Time weights, and the trim of the lowest ratings (001; docs/algorithms.md). Times are Unix seconds."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidInput
from .types import Floats, Interactions

YEAR = 365.25 * 24 * 3600.0
TRIM_FROM = 10  # an item needs this many ratings before its lowest tenth is left out


def time_weight(event: ArrayLike, now: float) -> Floats:
    """1 - 0.1 * (whole years from the event to now), 0 from ten years on; a future event counts as now."""
    when = np.asarray(event, dtype=np.float64)
    if not np.isfinite(when).all() or not np.isfinite(now):
        raise InvalidInput("An event and the present are finite numbers of seconds.")
    years = np.floor(np.maximum(now - when, 0.0) / YEAR)
    return 1.0 - 0.1 * np.minimum(years, 10.0)


def trimmed(ratings: Interactions) -> NDArray[np.bool_]:
    """The mask of the ratings that remain if the floor(n / 10) lowest of each item with n >= 10 are left out.

    Of equal ratings of an item, that of the lower user row is left out first. The mask has the order of
    `ratings.values`.
    """
    order = np.lexsort((ratings.users, ratings.values, ratings.indices))
    counts = ratings.item_counts
    rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    dropped = np.repeat(np.where(counts >= TRIM_FROM, counts // 10, 0), counts)
    stays = np.empty(len(order), dtype=bool)
    stays[order] = rank >= dropped
    return stays
