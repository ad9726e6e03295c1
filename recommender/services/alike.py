"""What people of one's age, gender and region like: the order of the images for somebody like that."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from recommender.data import artifacts
from recommender.data.about import row_of


def places(user_id: int, images: NDArray[np.int64], now: datetime) -> NDArray[np.float64] | None:
    """(images,) in [0, 1]: each image's place in the order for somebody of this age, gender and region; NaN for one
    that the network does not know. None without a network, and for whoever said nothing."""
    said = row_of(user_id, now)
    learnt = artifacts.current_network() if said is not None else None
    if said is None or learnt is None:
        return None
    scores = learnt.log_odds(learnt.network.strangers(said), 0)
    place = np.empty(len(scores))
    place[np.argsort(scores, kind="stable")] = np.linspace(0.0, 1.0, len(scores))
    columns = learnt.images.find(images)
    return np.where(columns >= 0, place[columns], np.nan)
