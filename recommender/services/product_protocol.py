"""`product`: what the site serves, measured on a data set by the code that serves it.

A night learns from the known ratings, and the users then rate on (`site_replay.py`). The lab's `ceiling` is
the best answer that is known, and is not served.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from recommender.engine.blend import best_fixed, blend
from recommender.engine.types import Floats, Ints
from recommender.lab import metrics
from recommender.lab.context import Context, Piece, PieceSettings, Protocol
from recommender.lab.datasets import Dataset, Fold
from recommender.lab.errors import DataError
from recommender.lab.evaluation import LIST_LENGTH, ListEvaluation
from recommender.lab.report import ProtocolReport, Row, Table
from recommender.lab.splits import given_or_kfold, temporal
from recommender.lab.stats import bootstrap, paired_bootstrap
from recommender.services import site_replay
from recommender.services.site_replay import Replayed, ReplayedSite

TEST_SHARE = 0.2
QUICK_USERS = 300
NEWEST, BY_CHANCE = "newest fifth", "random"
SERVED = "served"
SPLITS = (
    f"**{NEWEST}**: the night knows all older ratings; the newer ones follow in the order of time, and a "
    "user's own earlier ones count at once. A site can reach this. "
    f"**{BY_CHANCE}**: a fifth of all ratings by chance; a user's and others' later ratings are known. No "
    "site can reach this; it is for comparison with papers."
)
ABOUT = (
    f"`{SERVED}` is the number and the order that the site serves: MAE is that of the number shown (the "
    "median of how the rating is expected to turn out), RMSE that of the mean, which orders the feed. "
    "`agents` is the blend of each user's agents, `equal` that of equal weights, `best fixed` that of the "
    "weights picked afterwards that err least for all users. The other rows are each source alone where it "
    "predicts, `popular` (number: the item's mean; order: how many liked it lately) and `random` (number: a "
    f"random known rating). NDCG@{LIST_LENGTH} is over all users who later liked something, and over those "
    "of them with older ratings; the others get what is popular, as on the site. It is measured before "
    "variety and exploration. Intervals are from 2,000 resamples of the users. The settings are the site's "
    "own (`CF_SIMILARITY` and others)."
)
NOTES = (
    "A data set has no views and no choices of new users, so the weekly preferences are empty and "
    "calibrated values of views are not used.",
    "A data set has no trained demographics network, so that source does not predict. Age and gender count "
    "in the neighbourhood, if the setting `CF_AGE_GROUPS` says so.",
    "Within the newest fifth the night is not repeated, so what others rate meanwhile is not known.",
)
NUMBER = ("method", "mae", "mae_low", "mae_high", "rmse", "rmse_low", "rmse_high", "cases")
ORDER = (
    "method",
    *(f"{name}{edge}" for name in ("ndcg", "ndcg_known") for edge in ("", "_low", "_high")),
    *("over_popular", "over_popular_low", "over_popular_high", "users", "users_known"),
)


def run(dataset: Dataset, context: Context) -> ProtocolReport:
    """Measures both splits; a quick run only the newest fifth, with some of the users."""
    if context.quick and dataset.n_users > QUICK_USERS:
        some = context.rng("users").choice(dataset.n_users, QUICK_USERS, replace=False)
        dataset = dataset.of_users(np.sort(some))
    dataset.varied()
    if (dataset.scale.low, dataset.scale.high) != (1.0, 5.0):
        raise DataError(f"The site's ratings are from 1 to 5; those of {dataset.name} have another scale.")
    fold = temporal(dataset, TEST_SHARE)
    folds = {} if context.quick else {f.name: f for f in given_or_kfold(dataset, 5, context.rng("folds"))}

    def compute(settings: PieceSettings) -> Piece:
        if settings["fold"] == NEWEST:
            return {"rows": _newest(dataset, fold, context)}
        return {"rows": _by_chance(dataset, folds[settings["fold"]])}

    pieces = context.pieces("product", [{"fold": name} for name in (NEWEST, *folds)], compute)
    newest = pieces[0]["rows"]
    by_chance = _means([row for piece in pieces[1:] for row in piece["rows"]])
    tables = [
        Table(f"The number, {NEWEST}", newest, NUMBER),
        Table(f"The order, {NEWEST}, NDCG@{LIST_LENGTH}", [row for row in newest if "ndcg" in row], ORDER),
    ]
    if by_chance:
        tables.append(Table(f"The number, {BY_CHANCE}", by_chance, ("method", "mae", "rmse")))
    return ProtocolReport(
        protocol=PROTOCOL.name,
        dataset=dataset.name,
        title="What the site serves",
        about=ABOUT,
        data=dataset.describe(),
        split=SPLITS,
        rows=[*newest, *by_chance],
        tables=tables,
        notes=NOTES,
    )


def _newest(dataset: Dataset, fold: Fold, context: Context) -> list[Row]:
    users = np.unique(dataset.users[fold.test])
    site = site_replay.site_at(dataset, fold.train)
    replayed = site_replay.replay(site, fold.test)
    numbers = _numbers(site, replayed, context)
    orders = _orders(site, fold, users, context)
    rows: list[Row] = []
    for name, (guess, mean) in numbers.items():
        row = {"method": name, "split": NEWEST, **_errors(dataset, replayed.cells, guess, mean, context)}
        rows.append({**row, **orders.get(name, {})})
    return rows


def _numbers(site: ReplayedSite, replayed: Replayed, context: Context) -> dict[str, tuple[Floats, Floats]]:
    """(the number that is measured by MAE, that by RMSE) of each method."""
    logged, dataset = replayed.logged, site.dataset
    train = dataset.interactions(site.cells)
    items = dataset.items[replayed.cells]
    means = np.where(train.item_counts > 0, train.item_means, train.global_mean)
    found: dict[str, Floats] = {
        "random": context.rng("random").choice(train.values, len(items)),
        "popular": means[items],
    }
    found |= logged.predicted
    by_source = list(logged.predicted.values())
    found |= {
        "equal": blend((1.0,) * len(by_source), *by_source),
        "best fixed": blend(best_fixed(logged.given, *by_source), *by_source),
        "agents": logged.blend,
    }
    pairs = {name: (values, values) for name, values in found.items()}
    shown = np.where(np.isnan(replayed.median), replayed.expected, replayed.median)
    return pairs | {SERVED: (shown, replayed.expected)}


def _errors(dataset: Dataset, cells: Ints, guess: Floats, mean: Floats, context: Context) -> dict[str, Any]:
    raters, actual = dataset.users[cells], dataset.values[cells]
    row: dict[str, Any] = {"cases": int(np.isfinite(mean).sum())}
    row |= _with_edges("mae", bootstrap(np.abs(guess - actual), raters, context.rng("bootstrap")))
    squares = bootstrap((mean - actual) ** 2, raters, context.rng("bootstrap"))
    return row | _with_edges("rmse", np.sqrt(squares))


def _orders(site: ReplayedSite, fold: Fold, users: Ints, context: Context) -> dict[str, dict[str, Any]]:
    """The figures of the order of each method, by its name."""
    dataset, judge = site.dataset, ListEvaluation(site.dataset, fold, users)
    wanted = judge.relevant.any(axis=1)
    known = wanted & np.isin(users, dataset.users[fold.train])
    if not wanted.any():
        raise DataError(
            f"No user of {dataset.name} liked anything of the test part; there is no order to judge."
        )
    found = {
        name: metrics.ndcg(judge.lists(scores), judge.gains)
        for name, scores in scores_of(site, users, context).items()
    }
    rows = {}
    for name, ndcg in found.items():
        row: dict[str, Any] = _with_edges(
            "ndcg", bootstrap(ndcg[wanted], users[wanted], context.rng("bootstrap"))
        )
        row |= _with_edges("ndcg_known", bootstrap(ndcg[known], users[known], context.rng("bootstrap")))
        apart = paired_bootstrap(ndcg[known], found["popular"][known], users[known], context.rng("bootstrap"))
        row |= _with_edges("over_popular", apart)
        rows[name] = row | {"users": int(wanted.sum()), "users_known": int(known.sum())}
    return rows


def scores_of(site: ReplayedSite, users: Ints, context: Context) -> dict[str, Floats]:
    """(users, items): the scores by which each method orders the items after the night. Users without
    ratings, and those for whom a source predicts nothing, get the order by popularity."""
    dataset, shape = site.dataset, (len(users), site.dataset.n_items)
    moment = float(dataset.clock()[site.cells].max()) + 1.0
    # below 1, so lower than every prediction
    popular = np.broadcast_to(site_replay.popularity(dataset, site.cells, moment), shape) * 0.9
    tables = {name: np.full(shape, np.nan) for name in (*site.model.loaded, SERVED)}
    for index, user in enumerate(users.tolist()):
        own = site.cells[dataset.users[site.cells] == user]
        if not len(own):
            continue
        signals = site.signals(user, own, unchanged=True)
        predictions = site.model.predict(signals)
        for name, prediction in predictions.items():
            tables[name][index] = prediction.values
        expected = site.model.outcomes(signals, site.weights(user), predictions).expected
        tables[SERVED][index] = expected + site.model.popular
    found = {name: np.where(np.isnan(table), popular, table) for name, table in tables.items()}
    return {"random": context.rng("order").random(shape), "popular": popular} | found


def _by_chance(dataset: Dataset, fold: Fold) -> list[Row]:
    """The errors of the served number and of its parts on a random part."""
    site = site_replay.site_at(dataset, fold.train)
    columns = {
        name: np.full(len(fold.test), np.nan) for name in (*site.model.loaded, "agents", "mean", "shown")
    }
    for user in np.unique(dataset.users[fold.test]).tolist():
        here = np.flatnonzero(dataset.users[fold.test] == user)
        items = dataset.items[fold.test[here]]
        signals = site.signals(user, fold.train[dataset.users[fold.train] == user], unchanged=True)
        predictions = site.model.predict(signals)
        found = site.model.outcomes(signals, site.weights(user), predictions)
        for name, prediction in predictions.items():
            columns[name][here] = prediction.values[items]
        columns["agents"][here] = site.blend(user, predictions)[items]
        columns["mean"][here] = found.expected[items]
        columns["shown"][here] = np.where(np.isnan(found.median), found.expected, found.median)[items]
    mean, shown = columns.pop("mean"), columns.pop("shown")
    pairs = {name: (values, values) for name, values in columns.items()} | {SERVED: (shown, mean)}
    actual = dataset.values[fold.test]
    return [
        {
            "method": name,
            "split": BY_CHANCE,
            "fold": fold.name,
            "mae": float(np.nanmean(np.abs(guess - actual))),
            "rmse": float(np.sqrt(np.nanmean((centre - actual) ** 2))),
        }
        for name, (guess, centre) in pairs.items()
        if not np.isnan(centre).all()
    ]


def _means(rows: list[Row]) -> list[Row]:
    """The mean of the folds for each method."""
    names = list(dict.fromkeys(row["method"] for row in rows))
    by_name: Mapping[str, list[Row]] = {
        name: [row for row in rows if row["method"] == name] for name in names
    }
    return [
        {"method": name, "split": BY_CHANCE}
        | {figure: float(np.mean([row[figure] for row in own])) for figure in ("mae", "rmse")}
        for name, own in by_name.items()
    ]


def _with_edges(name: str, interval: Any) -> dict[str, Any]:
    value, low, high = (float(edge) for edge in interval)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


PROTOCOL = Protocol(
    "product", "ours", "what the site serves, by the code that serves it: its number and its order", run
)
