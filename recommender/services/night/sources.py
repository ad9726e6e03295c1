"""Fits each source of the blend on the data of all users, and writes the night's model file, with the
informed start of new agents and the model of how ratings turn out."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gallery.plumbing import jobs
from recommender import sources
from recommender.data import artifacts
from recommender.data.agents import LoggedPredictions, logged_predictions
from recommender.data.artifacts import Content, RatingsModel
from recommender.data.demographics import all_demographics
from recommender.data.snapshot import RatingTriples, load_evidence
from recommender.engine.agents import population_prior
from recommender.engine.errors import DamagedArtifact
from recommender.engine.ids import IdMap
from recommender.engine.recency import time_weight
from recommender.engine.types import Interactions
from recommender.services import learn, outcome
from recommender.services.night.common import Night
from recommender.sources.base import Evidence


def run(night: Night, held: jobs.Claim) -> int:
    content = artifacts.load_content(night.key)
    rated, views = load_evidence(night.key)
    logged = logged_predictions(outcome.MOST_STEPS)
    ratings = ratings_model(content, rated, prior(logged), night.now.timestamp())
    ratings = replace(ratings, outcome=outcome.fit(logged))
    known = all_demographics(night.now)
    evidence = Evidence(night.now, content, ratings, rated, views, known, last_night(night))
    artifacts.save_ratings(night.key, fitted(evidence))
    return int(ratings.interactions.n_users)


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
    while len(names) > learn.MIN_PREDICTIONS and names[-1] not in logged.predicted:
        names.pop()
    return population_prior(logged.given, *(logged.of(name) for name in names))
