"""Small matrices of ratings: drawn by hypothesis, and one where the right answer is known."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from recommender.engine.registry import make_similarity
from recommender.engine.similarity import Similarity
from recommender.engine.types import Interactions, Scale

few = settings(max_examples=25)  # each example works out whole matrices

NAMED = [
    ("cosine", {}),
    ("pearson", {}),
    ("adjusted_cosine", {}),
    ("constrained_pearson", {}),
    ("pearson_baseline", {"shrinkage": 10.0}),
    ("msd", {}),
    ("msdf", {"k": 3}),
    ("fuzzy", {"k": 3}),
    ("fuzzy", {"k": 5}),
    ("singularity", {"threshold": 4.0}),
]
MEASURES: list[Similarity] = [make_similarity(name, **params) for name, params in NAMED]


def ratings(table: list[list[float | None]], scale: Scale | None = None) -> Interactions:
    """A matrix as one reads it: a list a user, None where unrated."""
    cells = [(u, i, r) for u, row in enumerate(table) for i, r in enumerate(row) if r is not None]
    users, items, values = np.array(cells, dtype=float).reshape(-1, 3).T
    shape = {"n_users": len(table), "n_items": len(table[0]) if table else 0}
    return Interactions.from_triples(users.astype(int), items.astype(int), values, **shape, scale=scale)


@st.composite
def tables(draw: st.DrawFn, max_users: int = 5, max_items: int = 6) -> list[list[float | None]]:
    """Up to five users and six items, on 1 .. 5, whole or in quarters; empty rows and columns happen."""
    width = draw(st.integers(1, max_items))
    rating = st.one_of(
        st.none(), st.integers(1, 5).map(float), st.integers(4, 20).map(lambda quarter: quarter / 4)
    )
    return draw(st.lists(st.lists(rating, min_size=width, max_size=width), min_size=1, max_size=max_users))


def matrices(max_users: int = 5, max_items: int = 6) -> st.SearchStrategy[Interactions]:
    """`tables` as ratings."""
    return tables(max_users, max_items).map(ratings)


def two_tastes(n_users: int = 20, n_items: int = 30) -> Interactions:
    """Even users give even images 5 and odd ones 1, odd users the reverse; each leaves a third unrated."""
    users, items = np.divmod(np.arange(n_users * n_items), n_items)
    kept = (users + items) % 3 > 0
    values = np.where((users + items) % 2 == 0, 5.0, 1.0)
    return Interactions.from_triples(users[kept], items[kept], values[kept], n_users=n_users, n_items=n_items)
