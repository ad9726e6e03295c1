"""What people of one's age, gender and region like: the network's order of the images for somebody like that."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from recommender.data import artifacts
from recommender.data.about import row_of


def places(user_id: int, images: NDArray[np.int64], now: datetime) -> NDArray[np.float64] | None:
    """(images,) in [0, 1]: each image's place in the network's order for somebody of this age, gender and region; NaN
    for one that it does not know. None without a network, and for whoever said nothing."""
    said = row_of(user_id, now)
    network = artifacts.current_network() if said is not None else None
    if said is None or network is None:
        return None
    known, fitted = network
    chances = fitted.strangers(said).predict(np.zeros(fitted.n_items, dtype=np.int64), np.arange(fitted.n_items)).values
    place = np.empty(len(chances))
    place[np.argsort(chances, kind="stable")] = np.linspace(0.0, 1.0, len(chances))
    columns = known.find(images)
    return np.where(columns >= 0, place[columns], np.nan)
