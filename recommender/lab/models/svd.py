"""Biased matrix factorisation by stochastic gradient descent, one rating at a time, as in Surprise's SVD."""

import numpy as np
from numba import njit

from recommender.engine.types import Floats, Interactions, Ints

FACTORS, EPOCHS, RATE, REGULARISATION, SPREAD = 100, 20, 0.005, 0.02, 0.1


def svd(ratings: Interactions, users: Ints, items: Ints, rng: np.random.Generator) -> Floats:
    """(n,) predictions of pairs after EPOCHS over `ratings` in the order of users (Funk 2006;
    Surprise's defaults).

    r = mu + b_u + b_i + p_u . q_i;  x += RATE * (e * dx - REGULARISATION * x) for each of the four after
    every rating.
    """
    p = rng.normal(0.0, SPREAD, (ratings.n_users, FACTORS))
    q = rng.normal(0.0, SPREAD, (ratings.n_items, FACTORS))
    b_u, b_i = np.zeros(ratings.n_users), np.zeros(ratings.n_items)
    _descend(ratings.users, ratings.indices, ratings.values, ratings.global_mean, p, q, b_u, b_i)
    p[ratings.user_counts == 0] = 0.0  # no factors for a user without ratings
    q[ratings.item_counts == 0] = 0.0
    scores = ratings.global_mean + b_u[users] + b_i[items] + (p[users] * q[items]).sum(axis=1)
    return ratings.scale.clip(scores)


@njit(cache=True)
def _descend(users, items, values, mean, p, q, b_u, b_i):  # type: ignore[no-untyped-def]
    """Changes p, q, b_u and b_i in place."""
    for _ in range(EPOCHS):
        for n in range(len(values)):
            u, i = users[n], items[n]
            error = values[n] - mean - b_u[u] - b_i[i] - np.dot(p[u], q[i])
            b_u[u] += RATE * (error - REGULARISATION * b_u[u])
            b_i[i] += RATE * (error - REGULARISATION * b_i[i])
            for f in range(FACTORS):
                was = p[u, f]
                p[u, f] += RATE * (error * q[i, f] - REGULARISATION * was)
                q[i, f] += RATE * (error * was - REGULARISATION * q[i, f])
