"""The recommenders that the protocol `ranking` compares, by name; each learns scores from ratings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from recommender.engine.blend import blend
from recommender.engine.content_fit import fit_features, words
from recommender.engine.knn import Centring, UserKnn
from recommender.engine.neighbours import top_neighbours
from recommender.engine.neural.metadata_ncf import MetadataNcf
from recommender.engine.neural.network import Network
from recommender.engine.neural.settings import Target
from recommender.engine.neural.settings import TrainingSettings as Course
from recommender.engine.similarity import Cosine, PearsonBaseline, SimilarityIndex
from recommender.engine.types import Floats, Interactions, Ints, Neighbours

from .datasets import Dataset, Fold
from .evaluation import ListEvaluation
from .metrics import liked_from
from .models.deep_mf import DeepMf
from .models.item_models import LATEST, Scorer, followed, own_latest, rated, together
from .models.mf import MfNetwork
from .models.ncf import Ncf
from .networks import has_metadata, metadata_of

WEIGHTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0)
ROUNDS, QUICK_ROUNDS = 6, 1
VALIDATION_CELLS = 30_000_000  # the largest validation table (users times items) of each part
VALIDATION_USERS = 2000
N_NEIGHBOURS = 100
REACH, SHRINKAGE = 500, 3.0  # the site's default settings of the neighbourhood
CONTENT_POWER = 4
_RECENT_HALF_LIFE = 0.05  # the half-life of recent ratings, as a share of the time span of all ratings
_QUICK_EPOCHS = 2
_MIN_RATINGS = 100  # the smallest number of ratings to train a network
# For lists a network must distinguish rated from unrated items: four unrated items as 0 for each liked one.
COURSE = Course(epochs=15, batch=512, learning_rate=2e-3, decay=0.01, negatives=4, held_out=0.05)
RANKING_NETWORKS: Mapping[str, Network] = {
    "mf_network": MfNetwork(factors=32, target=Target.LIKED, training=COURSE),
    "deep_mf": DeepMf(target=Target.LIKED, training=COURSE),
    "ncf": Ncf(training=COURSE),
    "metadata_ncf": MetadataNcf(training=COURSE),
}


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The training data of a recommender; `dataset` contains only the training ratings."""

    dataset: Dataset
    seed: int
    split: Callable[[Dataset], Fold]  # the outer split, applied to the training data for validation
    quick: bool = False  # few epochs of networks, one round of weights

    def rng(self) -> np.random.Generator:
        """The same generator for all recommenders, so that a shared part has the same result everywhere."""
        return np.random.default_rng(self.seed)

    @cached_property
    def ratings(self) -> Interactions:
        """The training ratings as a matrix."""
        return self.dataset.interactions()

    @cached_property
    def freshness(self) -> Floats:
        """0.5 ** (age in half-lives) of each rating, in the order of `ratings`."""
        times = self.dataset.clock()
        half_life = max(_RECENT_HALF_LIFE * (times.max() - times.min()), 1.0)
        order = np.lexsort((self.dataset.items, self.dataset.users))
        fresh: Floats = 0.5 ** ((times.max() - times[order]) / half_life)
        return fresh

    @cached_property
    def weights(self) -> dict[str, float]:
        """The weights of the hybrid's parts."""
        return fitted_weights(self)

    @cached_property
    def neighbours(self) -> Neighbours:
        """The nearest users of each user by cosine."""
        return top_neighbours(SimilarityIndex(self.ratings, Cosine()), N_NEIGHBOURS)

    @cached_property
    def features(self) -> Floats:
        """(n_items, d) unit rows from words, genres and descriptors, without ratings."""
        return item_features(self.dataset, self.rng())


Recommender = Callable[[TrainingData], Scorer]


def item_features(dataset: Dataset, rng: np.random.Generator) -> Floats:
    """Content features of the items; rows of zeros without data."""
    n, none = dataset.n_items, np.zeros((dataset.n_items, 0))
    titles, keywords = dataset.titles or [""] * n, dataset.keywords or [[]] * n
    documents = [words(title) + own for title, own in zip(titles, keywords, strict=True)]
    genres, visual = (table if len(table) == n else none for table in (dataset.genres, dataset.visual))
    if not any(documents) and not genres.size and not visual.size:
        return np.zeros((n, 1))
    return (
        fit_features(documents, genres, visual, rng).transform(documents, genres, visual).astype(np.float64)
    )


def random(training: TrainingData) -> Scorer:
    """A random order."""
    n = training.dataset.n_items
    return lambda users: np.stack(
        [np.random.default_rng([training.seed, int(user)]).random(n) for user in users]
    )


def popular(training: TrainingData) -> Scorer:
    """The number of ratings of each item, the same for all users."""
    return _for_all_users(training.ratings.item_counts.astype(np.float64))


def lately_popular(training: TrainingData) -> Scorer:
    """Like `popular`, with less weight for older ratings."""
    return _for_all_users(
        np.bincount(training.ratings.indices, training.freshness, training.dataset.n_items).astype(np.float64)
    )


def _for_all_users(scores: Floats) -> Scorer:
    return lambda users: np.broadcast_to(scores, (len(users), len(scores)))


def user_knn(training: TrainingData) -> Scorer:
    """sum_v s(u,v) (1 + 4 r'(v,i)) / 5 over u's nearest users who rated i: which items, and how well."""
    return _votes(training, np.ones(len(training.ratings.values)))


def lately_knn(training: TrainingData) -> Scorer:
    """Like `user_knn`, with less weight for older ratings."""
    return _votes(training, training.freshness)


def _votes(training: TrainingData, weights: Floats) -> Scorer:
    ratings, found = training.ratings, training.neighbours
    table = rated(training.dataset, weights * (1.0 + 4.0 * ratings.scale.unit(ratings.values)) / 5.0)

    def scores(users: Ints) -> Floats:
        near = found.similarities[users]
        indptr = np.arange(len(users) + 1) * near.shape[1]
        shape = (len(users), ratings.n_users)
        chosen = sparse.csr_array(
            (near.ravel(), np.maximum(found.rows[users], 0).ravel(), indptr), shape=shape
        )
        dense: Floats = (chosen @ table).toarray()
        return dense

    return scores


def rating_knn(training: TrainingData) -> Scorer:
    """The rating that the best single neighbourhood predicts."""
    model = UserKnn(PearsonBaseline(), centring=Centring.BASELINE).fit(training.ratings)
    return lambda users: model.predict_rows(users).values


def cosine_by_rating(shrinkage: float) -> Recommender:
    """The rating that the site's neighbourhood predicts (cosine, centred on baselines, its reach)."""

    def fit(training: TrainingData) -> Scorer:
        settings = UserKnn(Cosine(), centring=Centring.BASELINE, reach=REACH, shrinkage=shrinkage)
        model = settings.fit(training.ratings)
        return lambda users: model.predict_rows(users).values

    return fit


def content(training: TrainingData) -> Scorer:
    """sum_j c(i,j)^4 (r(u,j) - middle + half a step) over u's ratings, c from words, genres, descriptors."""
    ratings, features = training.ratings, training.features
    table = rated(training.dataset, ratings.values - ratings.scale.middle + ratings.scale.span / 8)

    def scores(users: Ints) -> Floats:
        rows = table[users]
        rated = np.unique(rows.indices)
        alike = np.maximum(features[rated] @ features.T, 0.0) ** CONTENT_POWER
        dense: Floats = rows[:, rated] @ alike
        return dense

    return scores


def item_model(training: TrainingData) -> Scorer:
    """The item-to-item model `together`, from all ratings of the user."""
    return together(training.dataset)


def latest_item_model(training: TrainingData) -> Scorer:
    """The item-to-item model `together`, with the highest weight on the user's latest ratings."""
    return together(training.dataset, own_latest(training.dataset, LATEST))


def what_followed(training: TrainingData) -> Scorer:
    """The items that other users rated soon after the items that this user rated last."""
    return followed(training.dataset)


def network(name: str) -> "Recommender":
    """The probability of being liked, predicted by a network of the engine."""

    def fit(training: TrainingData) -> Scorer:
        dataset, settings = training.dataset, RANKING_NETWORKS[name]
        course = replace(settings.training, epochs=_QUICK_EPOCHS) if training.quick else settings.training
        settings = replace(settings, training=course, liked_from=liked_from(dataset.scale))
        about = metadata_of(dataset) if settings.reads_metadata else None
        fitted = settings.fit(training.ratings, training.rng(), about)
        return lambda users: np.stack([fitted.predict_all(int(user)) for user in users])

    return fit


def hybrid(training: TrainingData) -> Scorer:
    """The parts, each scaled to 0 .. 1, blended with weights from the validation part."""
    parts = [(weight, _unit(HYBRID_PARTS[name](training))) for name, weight in training.weights.items()]

    def scores(users: Ints) -> Floats:
        score, total = np.zeros((len(users), training.dataset.n_items)), 0.0
        for weight, part in parts:
            score, total = blend((total, weight), score, part(users)), total + weight
        return score

    return scores


def fitted_weights(training: TrainingData) -> dict[str, float]:
    """The positive weights by name of the part, with the best NDCG on the validation part.

    The search begins with the best single part. In each round, one part after the other gets the best of
    WEIGHTS while the other weights are fixed. It ends when a round changes nothing; a quick run has one
    round.
    """
    held = training.split(training.dataset)
    users = np.unique(training.dataset.users[held.test])
    most = min(VALIDATION_USERS, VALIDATION_CELLS // training.dataset.n_items)
    judge = ListEvaluation(training.dataset, held, np.sort(training.rng().permutation(users)[:most]))
    inner = replace(training, dataset=training.dataset.part(held.train))
    tables: dict[str, Any] = {}  # float32, to halve the memory
    for name, part in HYBRID_PARTS.items():
        tables[name] = _unit(part(inner))(judge.users).astype(np.float32)
    alone = {name: judge.ndcg(table) for name, table in tables.items()}
    first = max(alone, key=lambda name: alone[name])
    weights, best = {name: float(name == first) for name in tables}, alone[first]
    for _ in range(QUICK_ROUNDS if training.quick else ROUNDS):
        before = dict(weights)
        for name in tables:
            rest = sum(
                (weight * tables[other] for other, weight in weights.items() if other != name), np.zeros(())
            )
            for weight in WEIGHTS:
                found = judge.ndcg(np.broadcast_to(rest + weight * tables[name], tables[name].shape))
                if found > best + 1e-9:
                    weights[name], best = weight, found
        if weights == before:
            break
    return {name: weight for name, weight in weights.items() if weight}


def _unit(scorer: Scorer) -> Scorer:
    """The scorer with each user's scores scaled to 0 .. 1."""

    def scores(users: Ints) -> Floats:
        table = scorer(users)
        low, high = table.min(axis=1, keepdims=True), table.max(axis=1, keepdims=True)
        unit: Floats = (table - low) / np.where(high > low, high - low, 1.0)
        return unit

    return scores


HYBRID_PARTS: Mapping[str, Recommender] = {
    "popular": popular,
    "popular lately": lately_popular,
    "user-kNN": user_knn,
    "user-kNN lately": lately_knn,
    "user-kNN by rating": rating_knn,
    "content": content,
    "item model": item_model,
    "item model, latest first": latest_item_model,
    "what followed": what_followed,
}


# The recommenders that `ranking` compares, one line each.
RECOMMENDERS: Mapping[str, Recommender] = {
    "random": random,
    **HYBRID_PARTS,
    "cosine by rating": cosine_by_rating(0.0),
    "cosine by rating, shrunk": cosine_by_rating(SHRINKAGE),
    **{name: network(name) for name in RANKING_NETWORKS},
    "hybrid": hybrid,
}


def names_for(dataset: Dataset) -> list[str]:
    """The names that this data allows: networks need enough ratings, and some need metadata."""
    metadata, few = has_metadata(dataset), len(dataset) < _MIN_RATINGS

    def allowed(name: str) -> bool:
        network = RANKING_NETWORKS.get(name)
        return network is None or not (few or (network.reads_metadata and not metadata))

    return [name for name in RECOMMENDERS if allowed(name)]
