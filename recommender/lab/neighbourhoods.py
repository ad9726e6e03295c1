"""The runs of the protocol `neighbours`: a sweep over all neighbourhoods, and a closer look at a few."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.engine.knn import Centring
from recommender.engine.recency import time_weight
from recommender.engine.registry import SIMILARITY_CLASSES, make_similarity
from recommender.engine.similarity import Similarity
from recommender.engine.types import Floats, Ints

from . import metrics
from .context import Context, Piece, PieceSettings
from .datasets import Dataset, Fold
from .report import Row
from .splits import given_or_kfold
from .sweep import sweep

CENTRINGS = {
    Centring.NONE: "weighted mean",
    Centring.MEAN: "mean-centred",
    Centring.BASELINE: "baseline-centred",
}
_FIGURES = ("mae", "rmse", "precision", "recall")
SIGNIFICANT = {"cosine": 50, "pearson": 50}  # also run with Herlocker's weighting
TOP_NS = range(2, 11)
TARGETS = 100  # users whose ratings are predicted, with a growing number of other users
_QUICK_USERS = 1000
REFERENCE = ("cosine", Centring.NONE)


@dataclass(frozen=True)
class NeighbourhoodRun:
    """The data and settings of this run."""

    dataset: Dataset
    folds: tuple[Fold, ...]
    counts: tuple[int, ...]  # k
    context: Context

    @property
    def threshold(self) -> float:
        """The lowest rating of a liked item."""
        return metrics.liked_from(self.dataset.scale)

    def measure(self, name: str, significance: int) -> tuple[Similarity, int]:
        """The similarity with this name, with parameters for the data."""
        params: dict[str, Any] = {
            "weighted_pearson": {"item_weights": self._item_weights()},
            "msdf": {"k": 5},
            "fuzzy": {"k": 5},
            "singularity": {"threshold": self.threshold},
        }
        return make_similarity(name, **params.get(name, {})), significance

    def _item_weights(self) -> tuple[float, ...]:
        """Time weights of paper 001: older items count less, as of the newest rating; 1 if unknown."""
        released, times = self.dataset.released, self.dataset.times
        if released is None or times is None:
            return (1.0,) * self.dataset.n_items
        now = float(times.max())
        return tuple(time_weight(np.where(np.isnan(released), now, released), now).tolist())

    def similarities(self) -> list[tuple[str, int]]:
        """(name, significance) of all similarities that are compared."""
        timeless = self.dataset.released is None or self.dataset.times is None
        names = [name for name in SIMILARITY_CLASSES if not (timeless and name == "weighted_pearson")]
        return [(name, 0) for name in names] + list(SIGNIFICANT.items())

    def cases(self, part: Ints) -> tuple[Ints, Ints, Floats]:
        """The users, items and ratings at these positions."""
        return self.dataset.users[part], self.dataset.items[part], self.dataset.values[part]


def neighbourhood_run(dataset: Dataset, context: Context) -> NeighbourhoodRun:
    """The data's own folds or five, k = 10 .. 100; quick: one fold, four k and at most 1,000 users."""
    if context.quick and dataset.n_users > _QUICK_USERS:
        rng = context.rng("users")
        dataset = dataset.of_users(np.sort(rng.choice(dataset.n_users, _QUICK_USERS, replace=False)))
    folds = given_or_kfold(dataset, 5, context.rng("folds"))
    counts = (10, 20, 40, 80) if context.quick else tuple(range(10, 101, 10))
    return NeighbourhoodRun(dataset, folds[:1] if context.quick else folds, counts, context)


def sweep_rows(experiment: NeighbourhoodRun) -> list[Row]:
    """A row for every similarity, centring and k with the mean figures of the folds."""
    each = [
        {"similarity": name, "significance": significance, "fold": fold}
        for name, significance in experiment.similarities()
        for fold in range(len(experiment.folds))
    ]

    def compute(settings: PieceSettings) -> Piece:
        fold = experiment.folds[settings["fold"]]
        train, (users, items, actual) = (
            experiment.dataset.interactions(fold.train),
            experiment.cases(fold.test),
        )
        measure = experiment.measure(settings["similarity"], settings["significance"])
        swept = sweep(train, *measure, (users, items), experiment.counts, list(CENTRINGS))
        return {
            centring.value: [_figures(predicted, actual, experiment.threshold) for predicted in answers]
            for centring, answers in swept.items()
        }

    pieces = experiment.context.pieces("similarities", each, compute)
    rows: list[Row] = []
    for name, significance in experiment.similarities():
        own = [
            piece
            for settings, piece in zip(each, pieces, strict=True)
            if (settings["similarity"], settings["significance"]) == (name, significance)
        ]
        rows += _rows_of(_label(name, significance), own, experiment.counts)
    return rows


def _figures(predicted: Floats, actual: Floats, threshold: float) -> list[float]:
    return [
        metrics.mae(predicted, actual),
        metrics.rmse(predicted, actual),
        *metrics.precision_recall(predicted, actual, threshold),
    ]


def _rows_of(label: str, pieces: Sequence[Piece], counts: Sequence[int]) -> list[Row]:
    """The rows of one similarity: means over the folds for each centring and k."""
    rows: list[Row] = []
    for centring, name in CENTRINGS.items():
        means = np.mean([piece[centring.value] for piece in pieces], axis=0)
        for k, figures in zip(counts, means.tolist(), strict=True):
            own = {"method": f"{label}, {name}", "similarity": label, "centring": name, "k": k}
            rows.append(own | dict(zip(_FIGURES, figures, strict=True)))
    return rows


def _label(name: str, significance: int) -> str:
    return f"{name} (significance {significance})" if significance else name


@dataclass(frozen=True)
class Chosen:
    """A neighbourhood that is chosen for the closer look."""

    label: str
    name: str
    significance: int
    centring: Centring
    k: int


def choose(rows: Sequence[Row]) -> list[Chosen]:
    """The reference, then the best of each way of averaging by MAE, without duplicates."""
    found = []
    for centring, way in CENTRINGS.items():
        reference = (
            [row for row in rows if row["method"] == f"{REFERENCE[0]}, {way}"]
            if centring is REFERENCE[1]
            else []
        )
        for among in filter(None, (reference, [row for row in rows if row["centring"] == way])):
            best = min(among, key=lambda row: row["mae"])
            name, _, rest = best["similarity"].partition(" (significance ")
            one = Chosen(best["method"], name, int(rest.rstrip(")") or 0), centring, best["k"])
            found += [one] if one not in found else []
    return found


@dataclass(frozen=True, eq=False)
class CloserLook:
    """The results of the closer look at one neighbourhood; the tables are (folds, users)."""

    chosen: Chosen
    wrong: Floats  # the sum of each user's absolute errors
    cases: Floats  # the number of predicted ratings
    given: Floats  # the number of the user's training ratings
    top: list[Floats]  # the mean precision of the top 2, 3 .. 10 in each fold
    by_users: list[float]  # MAE over the same targets, by `user_steps`


def look_closer(experiment: NeighbourhoodRun, chosen: Sequence[Chosen]) -> list[CloserLook]:
    """Errors by user, by ratings given and by number of users, and precision of the top N, for each fold."""
    each = [
        {
            "name": one.name,
            "significance": one.significance,
            "centring": one.centring.value,
            "k": one.k,
            "fold": fold,
        }
        for one in chosen
        for fold in range(len(experiment.folds))
    ]
    pieces = experiment.context.pieces(
        "closer look", each, lambda settings: _close_piece(experiment, settings)
    )
    folds = len(experiment.folds)
    return [_close(one, pieces[place * folds : (place + 1) * folds]) for place, one in enumerate(chosen)]


def _close(chosen: Chosen, pieces: Sequence[Piece]) -> CloserLook:
    wrong, cases, given, top, by_users = (
        np.array([piece[name] for piece in pieces], dtype=np.float64)
        for name in ("wrong", "cases", "given", "top", "by_users")
    )
    return CloserLook(chosen, wrong, cases, given, list(top), by_users.mean(axis=0).tolist())


def _close_piece(experiment: NeighbourhoodRun, settings: PieceSettings) -> Piece:
    fold, n_users = experiment.folds[settings["fold"]], experiment.dataset.n_users
    users, items, actual = experiment.cases(fold.test)
    predicted = _predict(experiment, settings, fold.train, (users, items))
    tops = [metrics.precision_at(n, users, predicted, actual, experiment.threshold)[1] for n in TOP_NS]
    return {
        "wrong": np.bincount(users, weights=np.abs(predicted - actual), minlength=n_users).tolist(),
        "cases": np.bincount(users, minlength=n_users).tolist(),
        "given": np.bincount(experiment.dataset.users[fold.train], minlength=n_users).tolist(),
        "top": [float(shares.mean()) if len(shares) else np.nan for shares in tops],
        "by_users": _by_users(experiment, settings, fold),
    }


def _predict(
    experiment: NeighbourhoodRun, settings: PieceSettings, train: Ints, pairs: tuple[Ints, Ints]
) -> Floats:
    measure = experiment.measure(settings["name"], settings["significance"])
    centring = Centring(settings["centring"])
    answers: Floats = sweep(
        experiment.dataset.interactions(train), *measure, pairs, [settings["k"]], [centring]
    )[centring][0]
    return answers


def user_steps(n_users: int) -> list[int]:
    """Numbers of participating users, from the predicted users alone to all users."""
    steps = [
        n for n in (100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 2000, 5000, 10_000) if n < n_users
    ]
    return [*steps, n_users]


def _by_users(experiment: NeighbourhoodRun, settings: PieceSettings, fold: Fold) -> list[float]:
    """MAE over the same target users with a growing number of other users."""
    dataset = experiment.dataset
    place = np.argsort(experiment.context.rng("order of users").permutation(dataset.n_users))
    test = fold.test[place[dataset.users[fold.test]] < TARGETS]
    users, items, actual = experiment.cases(test)
    errors = []
    for n in user_steps(dataset.n_users):
        train = fold.train[place[dataset.users[fold.train]] < n]
        errors.append(metrics.mae(_predict(experiment, settings, train, (users, items)), actual))
    return errors
