"""Recommenders that know images by who rated them together, and by what was rated after what."""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from recommender.engine.types import Floats, Ints

from .datasets import Dataset

Scorer = Callable[[Ints], Floats]  # rows of users -> (len(rows), n_items), higher is better
RIDGE = 300.0
MOST_ITEMS = 4000  # a table of all pairs of more would not fit; only the most rated are in it
LATEST = 20.0  # ratings after which one of a user's own counts for half
STEPS = 10  # how many ratings after an item still follow it
FADE = 0.8  # what each step more is worth
LAST = 3.0  # as LATEST, where order is all that is known


def rated(dataset: Dataset, weights: Floats | None = None) -> sparse.csr_array:
    """(n_users, n_items): the weight of each rating, 1 without any; in the order of `Dataset.interactions`."""
    ratings = dataset.interactions()
    given = np.ones(len(ratings.values)) if weights is None else weights
    return sparse.csr_array((given, ratings.indices, ratings.indptr), shape=(ratings.n_users, ratings.n_items))


def own_latest(dataset: Dataset, half: float) -> Floats:
    """(n,): 1/2 to the power of how many `half`s of ratings the same user gave after this one."""
    by_time = np.lexsort((dataset.items, dataset.clock(), dataset.users))
    ends = np.cumsum(np.bincount(dataset.users, minlength=dataset.n_users))
    after = np.empty(len(dataset))
    after[by_time] = ends[dataset.users[by_time]] - 1 - np.arange(len(by_time))
    weights: Floats = 0.5 ** (after[np.lexsort((dataset.items, dataset.users))] / half)
    return weights


def together(dataset: Dataset, weights: Floats | None = None) -> Scorer:
    """sum_j x(u,j) B(j,i), B = I - P / diag P, P = (X'X + ridge I)^-1: the closed form of a linear model of each item
    by all others (Steck 2019, EASE). X is 1 where somebody rated, x the user's row of it times `weights`.
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
    """sum_j x(u,j) F(j,i), F(j,.) the share of each item among what people rated in the next steps after j, a step
    later counting for less; x the user's own latest."""
    order = np.lexsort((dataset.items, dataset.clock(), dataset.users))
    users, items = dataset.users[order], dataset.items[order]
    counts = sparse.csr_array((dataset.n_items, dataset.n_items))
    for step in range(1, min(STEPS, len(order) - 1) + 1):
        same = users[step:] == users[:-step]
        pairs = items[:-step][same], items[step:][same]
        shape = (dataset.n_items, dataset.n_items)
        counts = counts + sparse.coo_array((np.full(len(pairs[0]), FADE ** (step - 1)), pairs), shape=shape).tocsr()
    total = counts.sum(axis=1)
    shares = sparse.diags_array(1.0 / np.where(total > 0, total, 1.0)) @ counts
    known = rated(dataset, own_latest(dataset, LAST))

    def scores(rows: Ints) -> Floats:
        table: Floats = (known[rows] @ shares).toarray()
        return table

    return scores
