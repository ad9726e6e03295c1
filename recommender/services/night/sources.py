"""Fits each source of the blend on the data of all users, and writes the night's model file, with the
informed start of new agents and the model of how ratings turn out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from gallery.browse import trending
from gallery.plumbing import jobs
from recommender import sources
from recommender.data import artifacts
from recommender.data.agents import LoggedPredictions, logged_predictions
from recommender.data.artifacts import Content, RatingsModel
from recommender.data.demographics import all_demographics
from recommender.data.snapshot import (
    RatingTriples,
    ViewCounts,
    liked_between,
    load_evidence,
    read_ratings_before,
    read_view_counts,
)
from recommender.engine.errors import DamagedArtifact
from recommender.engine.ids import IdMap
from recommender.engine.informed_start import population_prior
from recommender.engine.recency import time_weight
from recommender.engine.types import Interactions
from recommender.services import outcome
from recommender.services.learn import HINDSIGHT, MIN_PREDICTIONS
from recommender.services.model import SiteModel, assemble
from recommender.services.night.accounts import trusted
from recommender.services.night.common import Night
from recommender.services.popular_order import (
    FEWEST_USERS,
    OrderCase,
    drawn,
    learnt_share,
    order_case,
    scaled,
)
from recommender.sources.base import Evidence, by_user

WEEK = timedelta(days=7)


def run(night: Night, held: jobs.Claim) -> int:
    content = artifacts.load_content(night.key)
    rated, views = load_evidence(night.key)
    rated = trusted(rated)
    logged = logged_predictions(outcome.MOST_STEPS)
    ratings = ratings_model(content, rated, prior(logged), night.now.timestamp())
    ratings = replace(ratings, outcome=outcome.fit(logged), popular=popular_stars(night, content))
    known = all_demographics(night.now)
    evidence = Evidence(night.now, content, ratings, rated, views, known, last_night(night))
    artifacts.save_ratings(night.key, fitted(evidence))
    return int(ratings.interactions.n_users)


def popular_stars(night: Night, content: Content) -> NDArray[np.float64]:
    """(images,): what each image gains in the order of a feed because it is popular now."""
    cases = _week(night, content)
    if (first := next(cases, None)) is None:
        return np.zeros(len(content.images))
    share = learnt_share(chain([first], cases), _popularity(content, night.now - WEEK))
    return share * _popularity(content, night.now)


def _popularity(content: Content, moment: datetime) -> NDArray[np.float64]:
    found = trending.scores(moment)
    return scaled(np.array([found.get(image, 0.0) for image in content.images.tolist()]))


def _week(night: Night, content: Content) -> Iterator[OrderCase]:
    """What the model of a week ago expected of users who have liked something since."""
    begin = night.now - WEEK
    rated, views = trusted(read_ratings_before(begin)), read_view_counts(begin)
    liked = liked_between(begin, night.now)
    users = np.intersect1d(np.unique(rated.users), np.fromiter(liked, dtype=np.int64))
    if len(users) < FEWEST_USERS:
        return
    users = drawn(users)
    model = model_before(night, content, begin, rated, views)
    weights = HINDSIGHT.start(model.ratings.prior).weights
    for user, own, seen in by_user(rated, views, users.tolist()):
        found = content.ids.find(np.array(liked[user]))
        if (found >= 0).any():
            yield order_case(model, model.user_signals(user, own, seen), weights, found[found >= 0])


def model_before(
    night: Night, content: Content, begin: datetime, rated: RatingTriples, views: ViewCounts
) -> SiteModel:
    """The model of tonight's images and of what was known before `begin`: its ratings and views."""
    rated = trusted(rated)
    before = last_night(night)
    ratings = ratings_model(content, rated, before.prior if before else None, begin.timestamp())
    evidence = Evidence(begin, content, ratings, rated, views, all_demographics(begin), replay=True)
    return assemble(content, fitted(evidence), begin)


def fitted(evidence: Evidence) -> RatingsModel:
    """The model with the arrays of each source."""
    return replace(
        evidence.ratings, sources={source.name: source.fit(evidence) for source in sources.SOURCES}
    )


def last_night(night: Night) -> RatingsModel | None:
    """The model of the current version, whose neighbours this night updates. None if there is none, or if its
    file is damaged."""
    version = artifacts.current_version()
    if version is None or version.artifact == night.key:
        return None
    try:
        return artifacts.load_ratings(version.artifact)
    except DamagedArtifact:
        return None


def ratings_model(
    content: Content, rated: RatingTriples, start: NDArray[np.float64] | None, moment: float
) -> RatingsModel:
    """The model of these ratings, without arrays of the sources. Ratings of images outside the content are
    left out. `moment` is in Unix seconds. `start` is the informed start of new agents."""
    columns = content.ids.find(rated.images)
    known = columns >= 0
    rated = RatingTriples(rated.users[known], rated.images[known], rated.values[known])
    users = IdMap.of(np.unique(rated.users))
    interactions = Interactions.from_triples(
        users.rows(rated.users), columns[known], rated.values, n_users=len(users), n_items=len(content.images)
    )
    return RatingsModel(users, content.images, interactions, time_weight(content.published, moment), start)


def prior(logged: LoggedPredictions) -> NDArray[np.float64] | None:
    """The informed start of new agents: how good each weight would have been for all users. None if nothing
    was logged. Sources at the end that predicted nothing are left out; their agents join later."""
    names = [source.name for source in sources.SOURCES]
    while len(names) > MIN_PREDICTIONS and names[-1] not in logged.predicted:
        names.pop()
    return population_prior(logged.given, *(logged.of(name) for name in names))
