"""A site in memory, for the lab: a night of the site's own code on a data set, and users who then rate.

The ids of users and items are their rows + 1. A user's ratings of one session (`lab.time_replay`) are
predicted from what the user had rated before it; all else is known as of the night.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from gallery.browse import trending
from recommender import sources
from recommender.data.agents import LoggedPredictions
from recommender.data.artifacts import Content
from recommender.data.demographics import UserDemographics
from recommender.data.slates import Prediction
from recommender.data.snapshot import LIKED_FROM, RatingTriples, ViewCounts
from recommender.engine.agents import Memory
from recommender.engine.blend import BlendWeights
from recommender.engine.content_fit import fit_features, words
from recommender.engine.ids import IdMap
from recommender.engine.types import Floats, Ints
from recommender.lab.datasets import Dataset
from recommender.lab.splits import by_user_time
from recommender.lab.time_replay import Session, sessions_of
from recommender.services import outcome
from recommender.services.learn import HINDSIGHT
from recommender.services.model import SiteModel, blended, site_model
from recommender.services.night.content import FEATURES_SEED
from recommender.services.night.sources import WEEK, fitted, prior, ratings_model
from recommender.services.popular_order import OrderCase, drawn, learnt_share, order_case, scaled
from recommender.sources.base import Evidence, UserSignals

NONE = np.zeros(0, dtype=np.int64)
NO_VIEWS = ViewCounts(NONE, NONE, NONE, NONE)
REHEARSED = 0.2  # the share of the known ratings, the newest, that the agents have learnt from


@dataclass(frozen=True, eq=False)
class ReplayedSite:
    """A site after a night. `agents` are those of users by row; others start as new users do."""

    dataset: Dataset
    model: SiteModel
    cells: Ints  # of the data set: the ratings that the night knew
    agents: Mapping[int, Memory] = field(default_factory=dict)

    @cached_property
    def demographics(self) -> Mapping[int, UserDemographics]:
        return demographics_in(self.dataset)

    def weights(self, user: int) -> BlendWeights:
        memory = self.agents.get(user) or HINDSIGHT.start(self.model.ratings.prior)
        return memory.weights

    def blend(self, user: int, predictions: Mapping[str, Prediction]) -> Floats:
        return blended(self.weights(user), predictions)

    def signals(self, user: int, cells: Ints, *, unchanged: bool = False) -> UserSignals:
        """What the sources know of a user who gave these ratings."""
        order = cells[np.argsort(self.dataset.items[cells], kind="stable")]
        own = RatingTriples(
            np.full(len(order), user + 1), self.dataset.items[order] + 1, self.dataset.values[order]
        )
        return self.model.user_signals(
            user + 1, own, NO_VIEWS, demographics=self.demographics.get(user + 1), unchanged=unchanged
        )


@dataclass(frozen=True, eq=False)
class Replayed:
    """What was predicted for ratings before they were given, aligned with `cells`; NaN without one."""

    cells: Ints
    logged: LoggedPredictions
    expected: Floats
    median: Floats
    agents: Mapping[int, Memory]  # afterwards


def site_at(dataset: Dataset, cells: Ints) -> ReplayedSite:
    """The site that knows these ratings, after its night. The agents, the informed start and the model of how
    ratings turn out have learnt from the newest part of them, as predicted by an earlier night."""
    times = dataset.clock()[cells]
    cut = np.quantile(times, 1.0 - REHEARSED)
    earlier = cells[times < cut]
    if not len(earlier):
        return ReplayedSite(dataset, model_of(dataset, cells), cells)
    before = ReplayedSite(dataset, model_of(dataset, earlier, replay=True), earlier)
    learnt = replay(before, cells[times >= cut])
    found = model_of(dataset, cells, learnt.logged)
    found = replace(found, ratings=replace(found.ratings, popular=_popular_stars(dataset, cells)))
    return ReplayedSite(dataset, found, cells, learnt.agents)


def popularity(dataset: Dataset, cells: Ints, moment: float) -> Floats:
    """(items,): how popular each item is at a moment, from these ratings, as a share of the most popular."""
    added = trending.popularity(dataset.values[cells].astype(np.int64), moment - dataset.clock()[cells])
    return scaled(np.bincount(dataset.items[cells], weights=added, minlength=dataset.n_items))


def _popular_stars(dataset: Dataset, cells: Ints) -> Floats:
    """What each item gains in the order because it is popular, learnt from the newest week as in a night."""
    times = dataset.clock()[cells]
    now = float(times.max()) + 1.0
    begin = now - WEEK.total_seconds()
    earlier, week = cells[times < begin], cells[times >= begin]
    if not len(earlier):
        return np.zeros(dataset.n_items)
    site = ReplayedSite(dataset, model_of(dataset, earlier, replay=True), earlier)
    share = learnt_share(_cases(site, week), popularity(dataset, earlier, begin))
    return share * popularity(dataset, cells, now)


def _cases(site: ReplayedSite, later: Ints) -> Iterator[OrderCase]:
    """Users with ratings who liked something later."""
    dataset = site.dataset
    liked = later[dataset.values[later] >= LIKED_FROM]
    for user in drawn(np.intersect1d(dataset.users[liked], dataset.users[site.cells])).tolist():
        signals = site.signals(user, site.cells[dataset.users[site.cells] == user])
        found = dataset.items[liked[dataset.users[liked] == user]]
        yield order_case(site.model, signals, site.weights(user), found)


def replay(site: ReplayedSite, cells: Ints) -> Replayed:
    """Predicts these ratings in the order of time, session by session, and lets the agents learn."""
    dataset, times = site.dataset, site.dataset.clock()
    known = np.zeros(len(dataset), dtype=bool)
    known[site.cells] = known[cells] = True
    history = [own[known[own]] for own in by_user_time(dataset)]
    asked = np.zeros(len(dataset), dtype=bool)
    asked[cells] = True
    sessions = [replace(one, cells=one.cells[asked[one.cells]]) for one in sessions_of(dataset)]
    columns = {
        name: np.full(len(dataset), np.nan)
        for name in ("blend", "expected", "median", "known", *site.model.loaded)
    }
    agents = dict(site.agents)
    for session in (one for one in sessions if len(one.cells)):
        own = history[session.user]
        own = own[times[own] < session.start]
        if session.user not in agents:
            agents[session.user] = HINDSIGHT.start(site.model.ratings.prior)
        agents[session.user] = _session(site, session, own, agents[session.user], columns)
    order = cells[np.argsort(times[cells], kind="stable")]
    predicted = {name: columns[name][order] for name in site.model.loaded}
    logged = LoggedPredictions(
        dataset.values[order],
        columns["blend"][order],
        {name: values for name, values in predicted.items() if not np.isnan(values).all()},
        columns["known"][order].astype(np.int64),
    )
    return Replayed(order, logged, columns["expected"][order], columns["median"][order], agents)


def _session(
    site: ReplayedSite, session: Session, own: Ints, memory: Memory, columns: Mapping[str, Floats]
) -> Memory:
    """Writes the predictions of a session's ratings into the columns; returns the agents after it."""
    cells, items = session.cells, site.dataset.items[session.cells]
    user = site.signals(session.user, own)
    predictions = site.model.predict(user)
    found = site.model.outcomes(user, memory.weights, predictions)
    columns["blend"][cells] = blended(memory.weights, predictions)[items]
    columns["expected"][cells], columns["median"][cells] = found.expected[items], found.median[items]
    columns["known"][cells] = len(own)
    for name, prediction in predictions.items():
        columns[name][cells] = prediction.values[items]
    for cell in cells:
        values = [columns[source.name][cell] for source in sources.SOURCES]
        memory, _ = HINDSIGHT.step(memory, float(site.dataset.values[cell]), *values)
    return memory


def model_of(
    dataset: Dataset, cells: Ints, logged: LoggedPredictions | None = None, *, replay: bool = False
) -> SiteModel:
    """The model of a night that knows these ratings. `logged`: what the agents have learnt from."""
    now = float(dataset.clock()[cells].max()) + 1.0
    content, demographics = dataset_content(dataset, now), demographics_in(dataset)
    order = cells[np.lexsort((dataset.items[cells], dataset.users[cells]))]
    rated = RatingTriples(dataset.users[order] + 1, dataset.items[order] + 1, dataset.values[order])
    ratings = ratings_model(content, rated, None if logged is None else prior(logged), now)
    if logged is not None:
        ratings = replace(ratings, outcome=outcome.fit(logged))
    # without demographics, because the site's network does not know the items of a data set
    moment = datetime.fromtimestamp(now, UTC)
    evidence = Evidence(moment, content, ratings, rated, NO_VIEWS, {}, replay=replay)
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
