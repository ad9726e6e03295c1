"""`product`: what the site serves, measured on a data set by the code that serves it.

The sources fit on the older ratings as in a night, and predict for each user as for a slate. The lab's
`ceiling` is the best answer that is known, and is not served.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from recommender.data.agents import START_WEIGHTS
from recommender.data.artifacts import Content
from recommender.data.demographics import UserDemographics
from recommender.data.snapshot import RatingTriples, ViewCounts
from recommender.engine.content_fit import fit_features, words
from recommender.engine.ids import IdMap
from recommender.engine.types import Floats, Interactions, Ints
from recommender.lab import metrics
from recommender.lab.context import Context, Protocol
from recommender.lab.datasets import Dataset, Fold
from recommender.lab.errors import DataError
from recommender.lab.evaluation import LIST_LENGTH, ListEvaluation
from recommender.lab.report import ProtocolReport, Row, Table
from recommender.lab.splits import temporal
from recommender.lab.stats import bootstrap, paired_bootstrap
from recommender.services.model import SiteModel, blended, site_model
from recommender.services.night.content import FEATURES_SEED
from recommender.services.night.sources import fitted, ratings_model
from recommender.sources.base import Evidence

TEST_SHARE = 0.2
QUICK_USERS = 200
SERVED = "served"
NONE = np.zeros(0, dtype=np.int64)
NO_VIEWS = ViewCounts(NONE, NONE, NONE, NONE)
ABOUT = (
    f"`{SERVED}` is the number and the order that the site serves to users with ratings: the blend of the "
    "sources with the weights that new agents have, before variety and exploration. The other rows are each "
    "source alone, `popular` (number: the item's mean; order: the number of its ratings), and `random` "
    "(number: a random training rating). MAE and RMSE are over the newest ratings of users with older "
    f"ratings; a source alone is measured where it predicts. NDCG@{LIST_LENGTH} is over all users who later "
    "liked something, and over those of them with older ratings. Users without older ratings, and users "
    "for whom a row has no prediction, get the order by popularity, as on the site. Intervals are from 2,000 "
    "resamples of the users. The settings are the site's own (`CF_SIMILARITY` and others)."
)
NOTES = (
    "A data set has no views and no choices of new users, so the weekly preferences are empty and "
    "calibrated values of views are not used.",
    "A data set has no trained demographics network, so that source does not predict. Age and gender count "
    "in the neighbourhood, if the setting `CF_AGE_GROUPS` says so.",
    "The agents do not learn in this run; `rl-hybrid` and `live` measure what they learn.",
)


@dataclass(frozen=True, eq=False)
class MethodPredictions:
    """The predictions of one method (users, items), NaN without one, and the scores by which it sorts."""

    values: Floats
    scores: Floats


def run(dataset: Dataset, context: Context) -> ProtocolReport:
    """Splits off the newest fifth of the ratings, and measures what is served to all users of that part."""
    dataset.varied()
    if (dataset.scale.low, dataset.scale.high) != (1.0, 5.0):
        raise DataError(f"The site's ratings are from 1 to 5; those of {dataset.name} have another scale.")
    fold = temporal(dataset, TEST_SHARE)
    users = np.unique(dataset.users[fold.test])
    if context.quick and len(users) > QUICK_USERS:
        users = np.sort(context.rng("users").choice(users, QUICK_USERS, replace=False))
    predictions = predictions_of_methods(dataset, fold, users, context)
    rows = [_row(name, dataset, fold, users, predictions, context) for name in predictions]
    columns = ["method", "mae", "mae_low", "mae_high", "rmse", "rmse_low", "rmse_high", "cases"]
    order = [
        "method",
        *(f"{name}{edge}" for name in ("ndcg", "ndcg_known") for edge in ("", "_low", "_high")),
    ]
    order += ["over_popular", "over_popular_low", "over_popular_high", "users", "users_known"]
    return ProtocolReport(
        protocol=PROTOCOL.name,
        dataset=dataset.name,
        title="What the site serves",
        about=ABOUT,
        data=dataset.describe(),
        split=f"{fold.name} of all ratings; the sources learn from the older ones, each user's own included",
        rows=rows,
        tables=[Table("The number", rows, columns), Table(f"The order, NDCG@{LIST_LENGTH}", rows, order)],
        notes=NOTES,
    )


def predictions_of_methods(
    dataset: Dataset, fold: Fold, users: Ints, context: Context
) -> dict[str, MethodPredictions]:
    """The predictions of each method for these users, from the ratings of the training part."""
    train = dataset.interactions(fold.train)
    shape = (len(users), dataset.n_items)
    counts = np.broadcast_to(train.item_counts.astype(np.float64), shape)
    sums = np.bincount(train.indices, weights=train.values, minlength=dataset.n_items)
    means = np.where(train.item_counts > 0, sums / np.maximum(train.item_counts, 1), train.global_mean)
    rng = context.rng("random")
    found = {
        "random": MethodPredictions(rng.choice(train.values, shape), rng.random(shape)),
        "popular": MethodPredictions(np.broadcast_to(means, shape), counts),
    }
    # below 1, so lower than every prediction
    fallback = counts / (counts.max() + 1.0)
    for name, values in served(dataset, fold, train, users).items():
        if not np.isnan(values).all():
            found[name] = MethodPredictions(values, np.where(np.isnan(values), fallback, values))
    return found


def served(dataset: Dataset, fold: Fold, train: Interactions, users: Ints) -> dict[str, Floats]:
    """(users, items): the predictions of each source by name, and those that are served; NaN without one."""
    demographics, model = demographics_in(dataset), model_of(dataset, fold)
    tables = {name: np.full((len(users), dataset.n_items), np.nan) for name in (*model.loaded, SERVED)}
    for index, user in enumerate(users.tolist()):
        items, values = train.row(user)
        if not len(items):
            continue
        own = RatingTriples(np.full(len(items), user + 1), items.astype(np.int64) + 1, values)
        signals = model.user_signals(
            user + 1, own, NO_VIEWS, demographics=demographics.get(user + 1), unchanged=True
        )
        predictions = model.predict(signals)
        for name, prediction in predictions.items():
            tables[name][index] = prediction.values
        tables[SERVED][index] = blended(START_WEIGHTS, predictions)
    return tables


def model_of(dataset: Dataset, fold: Fold) -> SiteModel:
    """The model of a night at the time of the split. The ids of users and items are their rows + 1."""
    now = float(dataset.clock()[fold.test].min())
    content, demographics = dataset_content(dataset, now), demographics_in(dataset)
    order = fold.train[np.lexsort((dataset.items[fold.train], dataset.users[fold.train]))]
    rated = RatingTriples(dataset.users[order] + 1, dataset.items[order] + 1, dataset.values[order])
    ratings = ratings_model(content, rated, None, now)
    # without demographics, because the site's network does not know the items of a data set
    evidence = Evidence(datetime.fromtimestamp(now, UTC), content, ratings, rated, NO_VIEWS, {})
    return site_model(content, fitted(evidence), lambda: demographics)


def dataset_content(dataset: Dataset, now: float) -> Content:
    """The features of the items, computed as in the content step of a night, from titles, keywords, genres
    and descriptors. An item without a date counts as released at `now`."""
    n = dataset.n_items
    titles, keywords = dataset.titles or [""] * n, dataset.keywords or [[]] * n
    documents = [words(title) + own for title, own in zip(titles, keywords, strict=True)]
    genres, visual = (
        table if len(table) == n else np.zeros((n, 0)) for table in (dataset.genres, dataset.visual)
    )
    if not any(documents) and not genres.size and not visual.size:
        genres = np.ones((n, 1))
    space = fit_features(documents, genres, visual, rng=np.random.default_rng(FEATURES_SEED))
    released = np.full(n, now) if dataset.released is None else np.nan_to_num(dataset.released, nan=now)
    genre_of = genres.argmax(axis=1) + 1 if genres.shape[1] else np.ones(n, dtype=np.int64)
    return Content(
        IdMap.of(np.arange(1, n + 1)),
        space.transform(documents, genres, visual),
        np.arange(1, genres.shape[1] + 1),
        genres,
        genre_of,
        released,
    )


def demographics_in(dataset: Dataset) -> Mapping[int, UserDemographics]:
    """The demographics of the users with an age or a gender, by id."""
    if dataset.people is None:
        return {}
    pairs = zip(dataset.people.ages.tolist(), dataset.people.genders.tolist(), strict=True)
    return {
        row + 1: UserDemographics(age, gender, "")
        for row, (age, gender) in enumerate(pairs)
        if age == age or gender
    }


def _row(
    name: str,
    dataset: Dataset,
    fold: Fold,
    users: Ints,
    predictions: Mapping[str, MethodPredictions],
    context: Context,
) -> Row:
    """The figures of one method with their intervals."""
    earlier = np.bincount(dataset.users[fold.train], minlength=dataset.n_users)
    test = fold.test[np.isin(dataset.users[fold.test], users) & (earlier[dataset.users[fold.test]] > 0)]
    raters, actual = dataset.users[test], dataset.values[test]
    error = predictions[name].values[np.searchsorted(users, raters), dataset.items[test]] - actual
    row: dict[str, Any] = {"method": name, "cases": int(np.isfinite(error).sum())}
    row |= _with_edges("mae", bootstrap(np.abs(error), raters, context.rng("bootstrap")))
    row |= _with_edges("rmse", np.sqrt(bootstrap(error**2, raters, context.rng("bootstrap"))))
    judge = ListEvaluation(dataset, fold, users)
    wanted = judge.relevant.any(axis=1)
    known = wanted & (earlier[users] > 0)
    if not wanted.any():
        raise DataError(
            f"No user of {dataset.name} liked anything of the test part; there is no order to judge."
        )
    ndcg, popular = (
        metrics.ndcg(judge.lists(predictions[one].scores), judge.gains) for one in (name, "popular")
    )
    row |= _with_edges("ndcg", bootstrap(ndcg[wanted], users[wanted], context.rng("bootstrap")))
    row |= _with_edges("ndcg_known", bootstrap(ndcg[known], users[known], context.rng("bootstrap")))
    difference = paired_bootstrap(ndcg[known], popular[known], users[known], context.rng("bootstrap"))
    row |= _with_edges("over_popular", difference)
    return row | {"users": int(wanted.sum()), "users_known": int(known.sum())}


def _with_edges(name: str, interval: Any) -> Row:
    value, low, high = (float(edge) for edge in interval)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


PROTOCOL = Protocol(
    "product", "ours", "what the site serves, by the code that serves it: its number and its order", run
)
