"""Item-to-item recommenders: from items rated together, and from items rated after each other."""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from recommender.engine.types import Floats, Ints

from ..datasets import Dataset

Scorer = Callable[[Ints], Floats]  # rows of users -> (len(rows), n_items), higher is better
RIDGE = 300.0
MOST_ITEMS = 4000  # only the most rated items are used; a table of more pairs would be too large
LATEST = 20.0  # half-life of a user's own ratings, counted in later ratings
FOLLOWING = 10  # this many ratings after an item count as following it
FADE = 0.8  # the weight of each further step, relative to the step before
LAST = 3.0  # like LATEST, for `followed`


def rated(dataset: Dataset, weights: Floats | None = None) -> sparse.csr_array:
    """(n_users, n_items): the weight of each rating (default 1), in the order of `Dataset.interactions`."""
    ratings = dataset.interactions()
    given = np.ones(len(ratings.values)) if weights is None else weights
    return sparse.csr_array(
        (given, ratings.indices, ratings.indptr), shape=(ratings.n_users, ratings.n_items)
    )


def own_latest(dataset: Dataset, half: float) -> Floats:
    """(n,): 0.5 ** (number of the user's later ratings / half) for each rating."""
    by_time = np.lexsort((dataset.items, dataset.clock(), dataset.users))
    ends = np.cumsum(np.bincount(dataset.users, minlength=dataset.n_users))
    after = np.empty(len(dataset))
    after[by_time] = ends[dataset.users[by_time]] - 1 - np.arange(len(by_time))
    weights: Floats = 0.5 ** (after[np.lexsort((dataset.items, dataset.users))] / half)
    return weights


def together(dataset: Dataset, weights: Floats | None = None) -> Scorer:
    """sum_j x(u,j) B(j,i), B = I - P / diag P, P = (X'X + ridge I)^-1 (Steck 2019, EASE).

    This is the closed form of a linear model of each item from all others. X is 1 for rated cells, else 0; x
    is the user's row of X times `weights`.
    """
    counts = np.bincount(dataset.items, minlength=dataset.n_items)
    kept = np.sort(np.argsort(-counts, kind="stable")[:MOST_ITEMS])
    column = rated(dataset).tocsc()[:, kept]
    gram = (column.T @ column).toarray()
    gram[np.diag_indices_from(gram)] += RIDGE
    inverse = np.linalg.inv(gram)
    pull = -inverse / np.diag(inverse)
    np.fill_diagonal(pull, 0.0)
    known = rated(dataset, weights).tocsc()[:, kept].tocsr()

    def scores(users: Ints) -> Floats:
        table = np.zeros((len(users), dataset.n_items))
        table[:, kept] = known[users] @ pull
        return table

    return scores


def followed(dataset: Dataset) -> Scorer:
    """sum_j x(u,j) F(j,i), F(j,.) the shares of the items that users rated in the next steps after j.

    Later steps count less. x are the weights of the user's own latest ratings.
    """
    order = np.lexsort((dataset.items, dataset.clock(), dataset.users))
    users, items = dataset.users[order], dataset.items[order]
    counts = sparse.csr_array((dataset.n_items, dataset.n_items))
    for step in range(1, min(FOLLOWING, len(order) - 1) + 1):
        same = users[step:] == users[:-step]
        pairs = items[:-step][same], items[step:][same]
        shape = (dataset.n_items, dataset.n_items)
        counts = (
            counts
            + sparse.coo_array((np.full(len(pairs[0]), FADE ** (step - 1)), pairs), shape=shape).tocsr()
        )
    total = counts.sum(axis=1)
    shares = sparse.diags_array(1.0 / np.where(total > 0, total, 1.0)) @ counts
    known = rated(dataset, own_latest(dataset, LAST))

    def scores(rows: Ints) -> Floats:
        table: Floats = (known[rows] @ shares).toarray()
        return table

    return scores
