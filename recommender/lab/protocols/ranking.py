"""`ranking`: lists from the whole catalogue against the users' later ratings, with intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from recommender.engine.types import Floats, Ints

from .. import metrics
from ..context import Context, Piece, PieceSettings, Protocol
from ..datasets import Dataset, Fold
from ..errors import DataError
from ..evaluation import LIST_LENGTH, ListEvaluation
from ..figures import Bars, Figure
from ..recommenders import RECOMMENDERS, TrainingData, item_features, names_for
from ..report import Claim, ProtocolReport, Row, Table
from ..splits import leave_last_liked, temporal
from ..stats import bootstrap, paired_bootstrap

MOST_USERS = 10_000
QUICK_USERS = 400
NEWEST = 0.2
_BLOCK = 256  # users whose scores are in memory at the same time
BANDS = ((0, 0), (1, 19), (20, 49), (50, 99), (100, 10**9))  # numbers of a user's earlier ratings
BY_USER = ("hit_rate", "ndcg", "novelty", "variety")
SPLITS = {"temporal": "newest fifth", "leave-last-out": "each user's last"}
ABOUT = (
    "Every recommender ranks the whole catalogue for every user, without rated items; a list has "
    f"{LIST_LENGTH} "
    "items. Hit rate: the share of users who later rated one of the {n} with {liked:g} or more. NDCG: gain "
    "2^rel - 1 with rel = 4 (r - lo)/(hi - lo), discount log2(rank + 1). Coverage: the share of the "
    "catalogue that is in any list. Gini: inequality of exposure, 0 if it is equal. Novelty: mean -log2 of "
    "the share of users who had rated the item. Variety: 1 minus the mean content similarity within a list. "
    "The item models use items that are rated together; what followed uses items that are rated soon after "
    "each other. Networks are trained on likes, with four unrated items as 0 for each like. The hybrid "
    "blends all parts except the networks, with weights from a validation part inside the training part. No "
    "recommender uses the test part. In brackets: 95 % intervals of 2,000 resamples of the users."
)


@dataclass(frozen=True)
class RankingRun:
    """The data and settings of this run."""

    dataset: Dataset
    context: Context

    def split(self, name: str) -> Callable[[Dataset], Fold]:
        """The outer split; the hybrid splits off its validation part in the same way."""
        if name == "temporal":
            return partial(temporal, share=NEWEST)
        return partial(leave_last_liked, threshold=metrics.liked_from(self.dataset.scale))

    def training(self, name: str) -> tuple[TrainingData, Fold]:
        """The training data of the recommenders, and the fold."""
        split = self.split(name)
        fold = split(self.dataset)
        return TrainingData(self.dataset.part(fold.train), self.context.seed, split, self.context.quick), fold


def run(dataset: Dataset, context: Context) -> ProtocolReport:
    """Runs every recommender on both splits."""
    dataset.clock()
    most = QUICK_USERS if context.quick else MOST_USERS
    drawn = replace(dataset, folds=())
    if dataset.n_users > most:
        drawn = drawn.of_users(np.sort(context.rng("users").choice(dataset.n_users, most, replace=False)))
    experiment = RankingRun(drawn, context)
    each = [{"split": split, "method": method} for split in SPLITS for method in names_for(drawn)]
    pieces = context.pieces("recommenders", each, lambda settings: _piece(experiment, settings))
    found = {(one["split"], one["method"]): piece for one, piece in zip(each, pieces, strict=True)}
    rows = [_row(context, split, method, found) for split, method in found]
    liked = metrics.liked_from(drawn.scale)
    return ProtocolReport(
        protocol=PROTOCOL.name,
        dataset=dataset.name,
        title="Ranking the whole catalogue",
        about=ABOUT.format(n=LIST_LENGTH, liked=liked),
        data=drawn.describe(),
        split=f"temporal: the newest {NEWEST:.0%} of all ratings; "
        f"leave-last-out: each user's last of {liked:g} or more",
        rows=rows,
        tables=[_table(split, rows) for split in SPLITS] + [_bands(split, found) for split in SPLITS],
        figures=[_figure(split, rows) for split in SPLITS],
        claims=[_claim(split, context, found) for split in SPLITS],
        notes=[*dataset.remarks, *_notes(dataset, drawn, found)],
    )


def _piece(experiment: RankingRun, settings: PieceSettings) -> Piece:
    """The results of one recommender; lists have one entry for each user with liked test items."""
    training, fold = experiment.training(settings["split"])
    dataset, ratings = experiment.dataset, training.ratings
    features = item_features(dataset, training.rng())
    scorer = RECOMMENDERS[settings["method"]](training)
    parts: list[tuple[Ints, Floats]] = []
    for start in range(0, dataset.n_users, _BLOCK):
        users = np.arange(start, min(start + _BLOCK, dataset.n_users))
        judge = ListEvaluation(dataset, fold, users)
        wanted = judge.relevant.any(axis=1)
        if wanted.any():
            judge = ListEvaluation(dataset, fold, users[wanted])
            lists = judge.lists(scorer(judge.users))
            figures = [
                metrics.hit_rate(lists, judge.relevant),
                metrics.ndcg(lists, judge.gains),
                metrics.novelty(lists, ratings.item_counts, dataset.n_users),
                metrics.variety(lists, features) if features.any() else np.full(len(lists), np.nan),
            ]
            parts.append((lists, np.array([judge.users, ratings.user_counts[judge.users], *figures])))
    if not parts:
        raise DataError(
            f"No user of {dataset.name} liked an item of the test part; there is no order to judge."
        )
    lists = np.concatenate([lists for lists, _ in parts])
    by_user = np.concatenate([table for _, table in parts], axis=1)
    piece = dict(zip(("users", "given", *BY_USER), by_user.tolist(), strict=True))
    piece["coverage"] = metrics.coverage(lists, dataset.n_items)
    piece["gini"] = metrics.gini(metrics.exposure(lists, dataset.n_items))
    if settings["method"] == "hybrid":
        piece["weights"] = training.weights
    return piece


RankingResults = Mapping[tuple[str, str], Piece]


def _row(context: Context, split: str, method: str, found: RankingResults) -> Row:
    piece = found[split, method]
    row = {"method": method, "split": split, "users": len(found[split, method]["users"])}
    for name in BY_USER:
        value, low, high = bootstrap(piece[name], piece["users"], context.rng("bootstrap"))
        row |= {name: value, f"{name}_low": low, f"{name}_high": high}
    row |= {"coverage": piece["coverage"], "gini": piece["gini"]}
    for other in ("popular", "hybrid"):
        gap = _ndcg_difference(context, split, method, other, found)
        name = f"ndcg_less_{other}"
        row |= dict(
            zip((name, f"{name}_low", f"{name}_high"), gap if method != other else (None,) * 3, strict=True)
        )
    return row


def _ndcg_difference(
    context: Context, split: str, one: str, other: str, found: RankingResults
) -> tuple[float, float, float]:
    ours, theirs = found[split, one], found[split, other]
    return paired_bootstrap(ours["ndcg"], theirs["ndcg"], ours["users"], context.rng("bootstrap"))


def _table(split: str, rows: Sequence[Row]) -> Table:
    own = [row for row in rows if row["split"] == split]
    columns = ["method"]
    for name in ("hit_rate", "ndcg", "ndcg_less_popular"):
        columns += [name, f"{name}_low", f"{name}_high"]
    text = f"{own[0]['users']:,} users liked something of their test part."
    return Table(f"{split}: {SPLITS[split]}", own, [*columns, "coverage", "gini", "novelty", "variety"], text)


def _bands(split: str, found: RankingResults) -> Table:
    rows = []
    given = np.array(found[split, "popular"]["given"])
    for low, high in BANDS:
        inside = (given >= low) & (given <= high)
        if inside.any():
            name = "none" if high == 0 else f"{low} to {high}" if high < 10**9 else f"{low} or more"
            row: dict[str, object] = {"ratings given": name, "users": int(inside.sum())}
            own = {one: piece for (where, one), piece in found.items() if where == split}
            rows.append(
                row | {one: float(np.array(piece["ndcg"])[inside].mean()) for one, piece in own.items()}
            )
    return Table(f"{split}: NDCG by activity", rows)


def _figure(split: str, rows: Sequence[Row]) -> Figure:
    own = [row for row in rows if row["split"] == split]
    values, low, high = ([row[name] for row in own] for name in ("ndcg", "ndcg_low", "ndcg_high"))
    labels = [row["method"] for row in own]
    return Bars(
        f"ndcg-{split}",
        f"NDCG@{LIST_LENGTH}, {split}",
        f"NDCG@{LIST_LENGTH} (0 to 1)",
        "",
        labels,
        values,
        low,
        high,
    )


def _claim(split: str, context: Context, found: RankingResults) -> Claim:
    mean = {name: float(np.mean(piece["ndcg"])) for (where, name), piece in found.items() if where == split}
    best = max((name for name in mean if name != "hybrid"), key=lambda name: mean[name])
    popular, part = (_ndcg_difference(context, split, "hybrid", other, found) for other in ("popular", best))
    ours = (
        f"{split}: {mean['hybrid']:.4f}; less popular {popular[0]:+.4f} ({popular[1]:+.4f} to "
        f"{popular[2]:+.4f}); "
    )
    ours += f"less the best other row, {best}, {part[0]:+.4f} ({part[1]:+.4f} to {part[2]:+.4f})"
    holds = "yes" if popular[1] > 0 and part[1] > 0 else "partly" if popular[0] > 0 and part[0] > 0 else "no"
    return Claim(
        "003", "A hybrid is better than each of its parts (table 3; there by MAE, here by NDCG)", ours, holds
    )


def _notes(dataset: Dataset, drawn: Dataset, found: RankingResults) -> list[str]:
    notes = []
    for split in SPLITS:
        told = ", ".join(f"{name} {weight:g}" for name, weight in found[split, "hybrid"]["weights"].items())
        notes.append(f"The hybrid's weights, from the validation part ({split}): {told}.")
    new = sum(count == 0 for count in found["temporal", "popular"]["given"])
    notes.append(f"In the temporal split {new:,} users are new, without personal data.")
    notes.append(
        "Leave-last-out contains later ratings of other users; only the temporal split is free of them."
    )
    notes.append(
        "Models of the order find much in leave-last-out and little in the temporal split: a rating "
        "predicts the next one within a session, probably by the order in which the site showed the items, "
        "but little of later ones."
    )
    left_out = [name for name in RECOMMENDERS if ("temporal", name) not in found]
    if left_out:
        notes.append(f"Left out because the data is not sufficient: {', '.join(left_out)}.")
    if drawn.n_users < dataset.n_users:
        notes.append(f"{drawn.n_users:,} of {dataset.n_users:,} random users were used.")
    return notes


PROTOCOL = Protocol(
    "ranking",
    "all",
    "whole lists from the whole catalogue: hit rate, NDCG, coverage, Gini, novelty, variety",
    run,
)
