"""The share of what is popular lately in the order of a feed. A night learns it from the newest week: by how
much it would have brought forward what users then liked (decision 38)."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.engine.blend import BlendWeights
from recommender.engine.rank import ndcg_of_list
from recommender.engine.types import Floats, Ints
from recommender.services.model import SiteModel
from recommender.sources.base import UserSignals

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)  # stars that the most popular image gains
FEWEST_USERS, MOST_USERS = 30, 300
LIST_LENGTH = 10
SEED = 7


class OrderCase(NamedTuple):
    """One user: the expected rating of every image (images,), -inf where it was rated before, and the columns
    of the images that the user then liked."""

    expected: Floats
    liked: Ints


def scaled(popularity: NDArray[Any]) -> Floats:
    """The popularity of each image (images,) as a share of that of the most popular one, in [0, 1]."""
    positive: Floats = np.maximum(popularity, 0.0)
    return positive / positive.max() if positive.any() else positive


def drawn(users: Ints) -> Ints:
    """At most MOST_USERS of these users, by chance, in ascending order."""
    return np.sort(np.random.default_rng(SEED).permutation(users)[:MOST_USERS])


def order_case(model: SiteModel, user: UserSignals, weights: BlendWeights, liked: Ints) -> OrderCase:
    """What the model expects of this user, who then liked these columns."""
    expected = model.outcomes(user, weights, model.predict(user)).expected
    expected[user.signals.rated] = -np.inf
    return OrderCase(np.nan_to_num(expected, nan=-np.inf), liked)


def learnt_share(cases: Iterable[OrderCase], popularity: Floats) -> float:
    """The share for which the mean NDCG@10 of these users is highest; of those that are worse by no more than
    a standard error the smallest. 0 with fewer than 30 users."""
    table = np.array([[_ndcg(case, share * popularity) for share in SHARES] for case in cases])
    if len(table) < FEWEST_USERS:
        return 0.0
    best = int(table.mean(axis=0).argmax())
    worse = table[:, [best]] - table
    good = worse.mean(axis=0) <= worse.std(axis=0) / np.sqrt(len(table))
    return SHARES[int(np.argmax(good))]


def _ndcg(case: OrderCase, gained: Floats) -> float:
    first = np.argsort(-(case.expected + gained), kind="stable")[:LIST_LENGTH]
    return ndcg_of_list(np.isin(first, case.liked).astype(np.float64), np.ones(len(case.liked)), LIST_LENGTH)
