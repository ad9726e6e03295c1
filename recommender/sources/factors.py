"""The second part of the neighbours source: factors of all users' ratings, with each user folded in.

Where a user has few ratings, similar users are the better guide; the more ratings, the more the factors count
(`FoldedUser.share`). A night keeps the images' side alone, so a user who joined after it is predicted as well
as others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.engine.artifact import Arrays
from recommender.engine.content import PersonSignals
from recommender.sources.base import Evidence

if TYPE_CHECKING:  # not for web processes
    from recommender.engine.fold_in import FoldedUser, ItemFactors

PREFIX = "factors."


@dataclass(frozen=True, eq=False)
class FoldedRatings:
    """The factors' expected ratings of all images, and what explains them."""

    user: "FoldedUser"
    images: NDArray[np.int64]
    expected: NDArray[np.float64]

    def details_at(self, indices: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """The id of the rated image that adds most to each of these images; 0 if none adds anything."""
        added = self.user.reasons(indices)
        best = added.argmax(axis=1)
        found = added[np.arange(len(indices)), best] > 0
        return {"reason": np.where(found, self.images[self.user.rated[best]], 0)}


def predict(model: "ItemFactors", images: NDArray[np.int64], own: PersonSignals) -> FoldedRatings:
    """The expected ratings of these images, the columns of the model, for a user with these signals."""
    user = model.fold_in(own.rated, own.ratings)
    return FoldedRatings(user, images, user.expected())


def fit(night: Evidence) -> Arrays:
    """The images' factors from all ratings, images described by genre and look; {} with too few users."""
    from recommender.engine.factorisation import SERVED, SERVED_SHORT
    from recommender.engine.fold_in import ItemFactors

    settings, content = SERVED_SHORT if night.replay else SERVED, night.content
    found = ItemFactors.of_images(settings, night.ratings.interactions, content.genres, content.features)
    return {} if found is None else {f"{PREFIX}{name}": array for name, array in found.to_arrays().items()}


def load(stored: Mapping[str, NDArray[Any]]) -> "ItemFactors | None":
    from recommender.engine.fold_in import ItemFactors

    own = {name.removeprefix(PREFIX): array for name, array in stored.items() if name.startswith(PREFIX)}
    return ItemFactors.from_arrays(own) if own else None
