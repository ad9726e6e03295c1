"""What people of one's age, gender and region like: the order of the images for somebody like that."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from recommender.data import artifacts
from recommender.data.about import row_of


def log_odds(user_id: int, images: NDArray[np.int64], now: datetime) -> NDArray[np.float64] | None:
    """(images,): that somebody of this age, gender and region likes each; NaN for an image that the network does not
    know. None without a network, and for whoever said nothing."""
    said = row_of(user_id, now)
    learnt = artifacts.current_network() if said is not None else None
    if said is None or learnt is None:
        return None
    columns = learnt.images.find(images)
    return np.where(columns >= 0, learnt.log_odds(learnt.network.strangers(said), 0)[columns], np.nan)


def places(user_id: int, images: NDArray[np.int64], now: datetime) -> NDArray[np.float64] | None:
    """(images,) in [0, 1]: each image's place in the order of these; NaN and None as `log_odds` has them."""
    scores = log_odds(user_id, images, now)
    return None if scores is None else in_places(scores)


def in_places(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 for the lowest, 1 for the highest, evenly between; NaN stays."""
    known = np.flatnonzero(~np.isnan(scores))
    place = np.full(len(scores), np.nan)
    place[known[np.argsort(scores[known], kind="stable")]] = np.linspace(0.0, 1.0, len(known))
    return place
