"""What the protocol `ranking` compares: a list of names, and how each learns scores from ratings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from recommender.engine.blend import blend
from recommender.engine.content import ratings_term, shrunk_mean
from recommender.engine.content_fit import fit_features, words
from recommender.engine.knn import Centring, UserKnn
from recommender.engine.neighbours import top_neighbours
from recommender.engine.similarity import Cosine, PearsonBaseline, SimilarityIndex
from recommender.engine.types import Floats, Interactions, Ints

from . import metrics
from .datasets import Dataset, Fold

Scorer = Callable[[Ints], Floats]  # rows of users -> (len(rows), n_items), higher is better
WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0)
VALIDATION_USERS = 1000
NEIGHBOURS = 100


@dataclass(frozen=True, eq=False)
class Training:
    """All that a recommender may know: `dataset` holds the ratings to learn from and no others."""

    dataset: Dataset
    seed: int
    split: Callable[[Dataset], Fold]  # as the outer split, to hold out a part of what is known

    def rng(self) -> np.random.Generator:
        """The same for every recommender of the same training, so that a shared part is the same everywhere."""
        return np.random.default_rng(self.seed)

    @cached_property
    def ratings(self) -> Interactions:
        """The ratings to learn from."""
        return self.dataset.interactions()

    @cached_property
    def features(self) -> Floats:
        """(n_items, d) unit rows of words, genres and descriptors; they are known without any rating."""
        return item_features(self.dataset, self.rng())


Recommender = Callable[[Training], Scorer]


def item_features(dataset: Dataset, rng: np.random.Generator) -> Floats:
    """Content features; rows of zeros where nothing is known."""
    n, none = dataset.n_items, np.zeros((dataset.n_items, 0))
    titles, keywords = dataset.titles or [""] * n, dataset.keywords or [[]] * n
    documents = [words(title) + own for title, own in zip(titles, keywords, strict=True)]
    genres, visual = (table if len(table) == n else none for table in (dataset.genres, dataset.visual))
    if not any(documents) and not genres.size and not visual.size:
        return np.zeros((n, 1))
    return fit_features(documents, genres, visual, rng).transform(documents, genres, visual).astype(np.float64)


def random(training: Training) -> Scorer:
    """Any order."""
    n = training.dataset.n_items
    return lambda users: np.stack([np.random.default_rng([training.seed, int(user)]).random(n) for user in users])


def popular(training: Training) -> Scorer:
    """By the number of ratings, for everybody the same."""
    counts = training.ratings.item_counts.astype(np.float64)
    return lambda users: np.broadcast_to(counts, (len(users), len(counts)))


def user_knn(training: Training) -> Scorer:
    """sum_v s(u,v) (r'(v,i) + 1) / 2 over the nearest who rated i, cosine: what the neighbours rated, more where high."""
    ratings = training.ratings
    found = top_neighbours(SimilarityIndex(ratings, Cosine()), NEIGHBOURS)
    votes = (ratings.scale.unit(ratings.values) + 1.0) / 2.0
    table = sparse.csr_array((votes, ratings.indices, ratings.indptr), shape=(ratings.n_users, ratings.n_items))

    def scores(users: Ints) -> Floats:
        near = found.similarities[users]
        indptr = np.arange(len(users) + 1) * near.shape[1]
        chosen = np.maximum(found.rows[users], 0).ravel()
        weights = sparse.csr_array((near.ravel(), chosen, indptr), shape=(len(users), ratings.n_users))
        dense: Floats = (weights @ table).toarray()
        return dense

    return scores


def user_knn_rating(training: Training) -> Scorer:
    """By the predicted rating of the best single neighbourhood: what somebody would like if they had found it."""
    model = UserKnn(PearsonBaseline(), centring=Centring.BASELINE).fit(training.ratings)
    return lambda users: model.predict_rows(users).values


def content(training: Training) -> Scorer:
    """h(u,i): how much u liked what is like i, by words, genres and descriptors (engine.content)."""
    ratings, features = training.ratings, training.features.astype(np.float32)

    def one(user: int) -> Floats:
        rated, values = ratings.row(user)
        return ratings_term(features, rated, values - shrunk_mean(values, ratings.global_mean)).values

    return lambda users: np.stack([one(int(user)) for user in users])
