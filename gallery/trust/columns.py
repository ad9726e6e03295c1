"""All ratings as arrays, for `gallery.trust`."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RatingColumns:
    """Aligned columns: the row of the user in `user_ids`, the row of the image in `image_ids`, the value and
    the time in Unix seconds. Sorted by user."""

    user_ids: Ints
    image_ids: Ints
    users: Ints
    images: Ints
    values: Floats
    times: Floats

    @classmethod
    def of(cls, rows: NDArray[np.float64]) -> Self:
        """From rows of user id, image id, value and time."""
        rows = rows.reshape(-1, 4)
        user_ids, users = np.unique(rows[:, 0].astype(np.int64), return_inverse=True)
        image_ids, images = np.unique(rows[:, 1].astype(np.int64), return_inverse=True)
        order = np.argsort(users, kind="stable")
        columns = users[order], images[order], rows[order, 2], rows[order, 3]
        return cls(user_ids, image_ids, *columns)

    @property
    def n_users(self) -> int:
        return len(self.user_ids)

    @property
    def n_images(self) -> int:
        return len(self.image_ids)
