"""`cold-start` (000, 003): recommendations for new users with 0, 1, 5 or 10 ratings."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.engine.knn import Centring, UserKnn
from recommender.engine.neural.metadata import MetadataTable
from recommender.engine.neural.metadata_ncf import NEWCOMERS, guess, popularity
from recommender.engine.neural.network import FittedNetwork
from recommender.engine.similarity import PearsonBaseline
from recommender.engine.types import Floats, Interactions, Ints

from ..context import Context, Piece, PieceSettings, Protocol
from ..datasets import Dataset
from ..figures import Curve, Lines
from ..metrics import hit_rate, ndcg
from ..networks import has_metadata, liked_of, metadata_of
from ..report import Claim, ProtocolReport
from ..report import Table as ReportTable
from ..stats import bootstrap, paired_bootstrap

GIVEN = (0, 1, 5, 10)
FOLDS, MOST_USERS, QUICK_USERS = 5, 5_000, 400
PICKABLE, MAX_PICKS = 30, 5  # popular items of the welcome page; the most picks of a user
METHODS = ("random", "popular", "user_knn", "metadata", "picks", "metadata_picks")
OF_METADATA = ("metadata", "metadata_picks")
METADATA_SHARE = 0.2  # the share of metadata in the score with picks
ABOUT = (
    "New users have no data in the training part. Each user picks up to five liked items of the thirty most "
    "popular ones (the welcome page) and then gives a number of random ratings. All methods then rank the "
    "rest of the catalogue; the items that the user liked are correct. `metadata` is the mean of two "
    "log-odds, the network's and popularity's, without picks and ratings. `picks` is the item-to-item "
    "cosine to picked or liked items. `user_knn` uses the given ratings. The network is trained on likes, "
    "with four unrated items as 0 for each like."
)


@dataclass(frozen=True, eq=False)
class Cohort:
    """The users of a run as dense tables (users, items): ratings (NaN without one), likes 0 or 1."""

    ratings: Floats
    likes: Floats
    metadata: MetadataTable | None  # None for data without metadata

    @classmethod
    def of(cls, dataset: Dataset, most: int, rng: np.random.Generator) -> "Cohort":
        chosen = np.sort(rng.permutation(dataset.n_users)[:most])
        new_row = np.full(dataset.n_users, -1)
        new_row[chosen] = np.arange(len(chosen))
        kept = new_row[dataset.users] >= 0
        rows, items = new_row[dataset.users[kept]], dataset.items[kept]
        ratings = np.full((len(chosen), dataset.n_items), np.nan)
        likes = np.zeros_like(ratings)
        ratings[rows, items], likes[rows, items] = dataset.values[kept], liked_of(dataset)[kept]
        return cls(ratings, likes, metadata_of(dataset)[chosen] if has_metadata(dataset) else None)


def run(dataset: Dataset, context: Context) -> ProtocolReport:
    cohort = Cohort.of(dataset, QUICK_USERS if context.quick else MOST_USERS, context.rng("users"))
    fold_of = context.rng("folds").permutation(np.arange(len(cohort.ratings)) % FOLDS)
    k = max(1, min(10, dataset.n_items // 5))
    each = [{"fold": fold} for fold in range(1 if context.quick else FOLDS)]

    def compute(settings: PieceSettings) -> Piece:
        new = np.flatnonzero(fold_of == settings["fold"])
        return _fold(dataset, cohort, new, k, context, settings["fold"])

    pieces = context.pieces("folds", each, compute)
    methods = [name for name in METHODS if cohort.metadata is not None or name not in OF_METADATA]
    rows = [_row(pieces, method, given, k, context) for given in GIVEN for method in methods]
    return ProtocolReport(
        protocol=PROTOCOL.name,
        dataset=dataset.name,
        title="Recommendations for new users",
        about=ABOUT,
        data=dataset.describe(),
        split=(
            f"{len(each)} of {FOLDS} folds over {len(cohort.ratings):,} users: the users of a fold are new."
        ),
        rows=rows,
        tables=[
            ReportTable(f"After {given} ratings", [row for row in rows if row["given"] == given], _columns(k))
            for given in GIVEN
        ],
        figures=[_figure(rows, k)],
        claims=_claims(rows),
        notes=_notes(rows),
    )


def _columns(k: int) -> tuple[str, ...]:
    names = (f"ndcg_at_{k}", "over_popular")
    return (
        "method",
        *(name + edge for name in names for edge in ("", "_low", "_high")),
        f"hit_rate_at_{k}",
        "users",
    )


def _fold(dataset: Dataset, cohort: Cohort, new: Ints, k: int, context: Context, fold: int) -> Piece:
    """NDCG and hit rate of every method for every new user with liked items left to find."""
    old = np.setdiff1d(np.arange(len(cohort.ratings)), new)
    models = FittedModels.of(dataset, cohort, old, context.rng("fit", fold))
    picked = _picks(cohort.likes[new], models.likes.sum(axis=0), context.rng("picks", fold))
    piece: Piece = {}
    for given in GIVEN:
        rated = _given_cells(cohort.ratings[new], picked, given, context.rng("given", fold, given))
        gains = cohort.likes[new] * ~rated * ~picked
        tested = gains.any(axis=1)
        known = np.where(rated, cohort.ratings[new], np.nan)[tested]
        people = None if cohort.metadata is None else cohort.metadata[new[tested]]
        scores = models.scores(people, picked[tested], known, context.rng("random", fold, given))
        for method, table in scores.items():
            lists = _best(np.where(rated[tested] | picked[tested], -np.inf, table), k)
            piece[f"{method} {given}"] = {
                "users": new[tested].tolist(),
                "ndcg": ndcg(lists, gains[tested]).tolist(),
                "hit": hit_rate(lists, gains[tested] > 0).tolist(),
            }
    return piece


@dataclass(frozen=True, eq=False)
class FittedModels:
    """The models that were fitted on the old users."""

    ratings: Interactions
    likes: Floats  # (old users, items)
    network: FittedNetwork | None

    @classmethod
    def of(cls, dataset: Dataset, cohort: Cohort, old: Ints, rng: np.random.Generator) -> "FittedModels":
        ratings, likes = cohort.ratings[old], cohort.likes[old]
        shape: dict[str, Any] = {"n_users": len(old), "n_items": dataset.n_items, "scale": dataset.scale}
        users, items = np.nonzero(~np.isnan(ratings))
        rated = Interactions.from_triples(users, items, ratings[users, items], **shape)
        users, items = np.nonzero(likes)
        liked = Interactions.from_triples(  # on the default scale, for any scale of the data
            users, items, np.full(len(users), 5.0), n_users=len(old), n_items=dataset.n_items
        )
        return cls(
            rated, likes, None if cohort.metadata is None else NEWCOMERS.fit(liked, rng, cohort.metadata[old])
        )

    def scores(
        self, people: MetadataTable | None, picked: NDArray[np.bool_], known: Floats, rng: np.random.Generator
    ) -> dict[str, Floats]:
        """The scores (people, items) of each method; `known` are the given ratings, NaN without one."""
        shape = picked.shape
        popularity = np.broadcast_to(self.likes.sum(axis=0), shape)
        picks = self._by_picks(picked | self._liked(known))
        scores = {
            "random": rng.uniform(0.0, 1.0, shape),
            "popular": popularity,
            "user_knn": self._by_neighbours(known),
            "picks": picks,
        }
        if self.network is None or people is None:
            return scores
        metadata = self._by_metadata(self.network, people)
        mixed = METADATA_SHARE * _standard(metadata) + (1.0 - METADATA_SHARE) * _standard(picks)
        return scores | {"metadata": metadata, "metadata_picks": mixed}

    def _liked(self, known: Floats) -> NDArray[np.bool_]:
        scale = self.ratings.scale
        return np.asarray(np.nan_to_num(known, nan=scale.low - 1.0) >= scale.low + 0.75 * scale.span)

    def _by_metadata(self, network: FittedNetwork, people: MetadataTable) -> Floats:
        popular, unseen = popularity(self.likes.sum(axis=0), len(self.likes)), network.for_unseen(people)
        return np.array([guess(unseen.predict_all(row), popular) for row in range(len(people))])

    def _by_picks(self, chosen: NDArray[np.bool_]) -> Floats:
        """Sum of cosines to the picked items; popularity, with a tiny weight, orders the rest."""
        together = self.likes.T @ self.likes
        lengths = np.sqrt(np.maximum(together.diagonal(), 1.0))
        return np.asarray(chosen @ (together / np.outer(lengths, lengths)) + 1e-6 * together.diagonal())

    def _by_neighbours(self, known: Floats) -> Floats:
        model = UserKnn(PearsonBaseline(), centring=Centring.BASELINE).fit(self.ratings)
        predictions = []
        for row in known:
            items = np.flatnonzero(~np.isnan(row))
            predictions.append(model.predict_user(items, row[items]).values)
        return np.array(predictions)


def _standard(scores: Floats) -> Floats:
    """Each row standardised to mean 0 and deviation 1."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(centred.std(axis=1, keepdims=True), 1e-12))


def _picks(likes: Floats, popularity: Floats, rng: np.random.Generator) -> NDArray[np.bool_]:
    """The picks: at random up to PICKED of the SHOWN most popular items that the user likes."""
    shown = np.argsort(-popularity, kind="stable")[: min(PICKABLE, len(popularity) // 3)]
    picked = np.zeros(likes.shape, dtype=bool)
    for row, liked in enumerate(likes[:, shown] > 0):
        chosen = rng.permutation(shown[liked])[: min(MAX_PICKS, len(shown) // 2)]
        picked[row, chosen] = True
    return picked


def _given_cells(
    ratings: Floats, picked: NDArray[np.bool_], given: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """The cells that each user gives as ratings: `given` (or all) of the rated cells without picks."""
    order = np.where(np.isnan(ratings) | picked, np.inf, rng.uniform(0.0, 1.0, ratings.shape))
    rank = order.argsort(axis=1).argsort(axis=1)
    return (rank < given) & np.isfinite(order)


def _best(scores: Floats, k: int) -> Ints:
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def _column(pieces: list[Piece], method: str, given: int, name: str) -> Floats:
    return np.concatenate([piece[f"{method} {given}"][name] for piece in pieces])


def _row(pieces: list[Piece], method: str, given: int, k: int, context: Context) -> dict[str, Any]:
    rng, samples = context.rng("interval", method, given), 200 if context.quick else 2000
    scores, popular = _column(pieces, method, given, "ndcg"), _column(pieces, "popular", given, "ndcg")
    users = _column(pieces, method, given, "users")
    own, gain = (
        bootstrap(scores, users, rng, samples),
        paired_bootstrap(scores, popular, users, rng, samples),
    )
    name = f"ndcg_at_{k}"
    return {
        "method": method,
        "given": given,
        **{name: own.value, f"{name}_low": own.low, f"{name}_high": own.high},
        **{"over_popular": gain.value, "over_popular_low": gain.low, "over_popular_high": gain.high},
        f"hit_rate_at_{k}": float(_column(pieces, method, given, "hit").mean()),
        "users": len(users),
    }


def _figure(rows: list[dict[str, Any]], k: int) -> Lines:
    name, lines = f"ndcg_at_{k}", []
    for method in dict.fromkeys(row["method"] for row in rows):
        mine = [row for row in rows if row["method"] == method]
        edges = [row[f"{name}_low"] for row in mine], [row[f"{name}_high"] for row in mine]
        lines.append(Curve(method, [row["given"] for row in mine], [row[name] for row in mine], *edges))
    return Lines("cold_start", "Somebody new", "ratings given", f"NDCG@{k}", lines)


def _claims(rows: list[dict[str, Any]]) -> list[Claim]:
    claims = []
    for method in ("metadata", "picks", "metadata_picks"):
        for row in (row for row in rows if row["method"] == method and row["given"] in (0, 5)):
            given = row["given"]
            low, high = row["over_popular_low"], row["over_popular_high"]
            holds = "yes" if low > 0 else "partly" if row["over_popular"] > 0 else "no"
            text = f"{row['over_popular']:+.4f} NDCG ({low:+.4f} to {high:+.4f})"
            claims.append(Claim("000", f"{method} beats popularity after {given} ratings", text, holds))
    return claims


def _notes(rows: list[dict[str, Any]]) -> list[str]:
    better = [row["given"] for row in rows if row["method"] == "user_knn" and row["over_popular_low"] > 0]
    text = f"after {', '.join(map(str, better))} ratings" if better else "at none of these numbers of ratings"
    name = next(key for key in rows[0] if key.startswith("ndcg_at_") and not key.endswith(("_low", "_high")))
    by_row = {(row["method"], row["given"]): row[name] for row in rows}
    notes = [f"user_knn ranks by predicted rating, and is above popularity {text}."]
    if ("metadata", 0) not in by_row:
        return [*notes, "The data has no metadata of users, so there are no rows with metadata."]
    alone = [given for given in GIVEN if by_row["picks", given] >= by_row["metadata_picks", given]]
    if alone:
        notes.append(
            f"Picks alone are at least as good as picks with metadata after {', '.join(map(str, alone))} "
            "ratings."
        )
    return notes


PROTOCOL = Protocol(
    "cold-start", "000, 003", "metadata and first picks for a user with 0, 1, 5, 10 ratings", run
)
