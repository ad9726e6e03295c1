"""Everybody's ratings, the calibration of the content side, the agents' informed start: into the night's model file."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from gallery.plumbing import jobs
from recommender.data import artifacts
from recommender.data.artifacts import Arrays, Content, RatingsModel
from recommender.data.snapshot import RatingTriples, ViewCounts, read_ratings, read_view_counts
from recommender.engine.agents import Memory, population_prior
from recommender.engine.content import Calibration, held_out_interest, shrunk_mean
from recommender.engine.content_fit import fit_calibration
from recommender.engine.errors import DamagedArtifact
from recommender.engine.ids import IdMap
from recommender.engine.recency import time_weight
from recommender.engine.types import Interactions
from recommender.models import About, AgentPair
from recommender.services import collaborative
from recommender.services.alike import places
from recommender.services.model import by_person, signals
from recommender.services.night.common import Night

# What an interest is worth before anybody's ratings say so: the site's first members have opened pictures, too. About
# half of what the demo's people teach (decision 0033).
VIEWS = Calibration(np.array([0.0, 0.25, 1.0]), np.array([0.0, 0.25, 0.5]))


def run(night: Night, held: jobs.Claim) -> int:
    content = artifacts.load_content(night.key)
    rated = read_ratings()
    model = ratings_model(content, rated, read_view_counts(night.now), prior(), night.now)
    found = collaborative.neighbours(model, last_night(night))
    network = network_calibration(content, rated, model.interactions.global_mean, night.now)
    artifacts.save_ratings(night.key, replace(model, neighbours=found, named=collaborative.named(), network=network))
    return int(model.interactions.n_users)


def last_night(night: Night) -> RatingsModel | None:
    """The current version's model, from whose neighbours this night's are made; None where there is none to trust."""
    version = artifacts.current_version()
    if version is None or version.artifact == night.key:
        return None
    try:
        return artifacts.load_ratings(version.artifact)
    except DamagedArtifact:
        return None


def ratings_model(
    content: Content,
    rated: RatingTriples,
    views: ViewCounts,
    start: NDArray[np.float64] | None,
    now: datetime,
) -> RatingsModel:
    """The model of these ratings; those of images outside the content are left out."""
    columns = content.ids.find(rated.images)
    known = columns >= 0
    rated = RatingTriples(rated.users[known], rated.images[known], rated.values[known])
    users = IdMap.of(np.unique(rated.users))
    interactions = Interactions.from_triples(
        users.rows(rated.users), columns[known], rated.values, n_users=len(users), n_items=len(content.images)
    )
    pairs = list(_calibration_pairs(content, rated, views, interactions.global_mean))
    interests, residuals = zip(*pairs, strict=True) if pairs else ([np.zeros(0)], [np.zeros(0)])
    calibration = fit_calibration(np.concatenate(interests), np.concatenate(residuals), prior=VIEWS)
    weights = time_weight(content.published, now.timestamp())
    return RatingsModel(users, content.images, interactions, weights, calibration.to_arrays(), start)


def _calibration_pairs(
    content: Content, rated: RatingTriples, views: ViewCounts, global_mean: float
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """(lambda, rating - the person's mean) of each person's rated images, the image's own views left out of lambda."""
    for _, ratings, seen in by_person(rated, views):
        person = signals(content, ratings, seen)
        if len(person.viewed):
            interest = held_out_interest(content.features, content.genres, person, person.rated)
            yield interest, person.ratings - shrunk_mean(person.ratings, global_mean)


def network_calibration(content: Content, rated: RatingTriples, global_mean: float, now: datetime) -> Arrays:
    """What a place in the network's order is worth, by the ratings of those whom it answers for; empty without any."""
    told = np.fromiter(About.objects.values_list("user_id", flat=True), dtype=np.int64)
    interests, residuals = [np.zeros(0)], [np.zeros(0)]
    people, starts = np.unique(rated.users, return_index=True)
    ends = np.append(starts[1:], len(rated.users))
    for number in np.flatnonzero(np.isin(people, told)).tolist():
        of_all = places(int(people[number]), content.images, now)
        if of_all is not None:
            own = slice(starts[number], ends[number])
            columns, values = content.ids.find(rated.images[own]), rated.values[own]
            place = np.where(columns >= 0, of_all[columns], np.nan)
            known = ~np.isnan(place)
            interests.append(place[known])
            residuals.append(values[known] - shrunk_mean(values, global_mean))
    pairs = np.concatenate(interests), np.concatenate(residuals)
    return fit_calibration(*pairs).to_arrays() if len(pairs[0]) else {}


def prior() -> NDArray[np.float64] | None:
    """The population's mean reward model: where new agents start; None while nobody has learnt anything."""
    rows = AgentPair.objects.filter(steps__gt=0).order_by("user_id").values_list("memory", flat=True)
    return population_prior(Memory.from_json(row) for row in rows.iterator(chunk_size=500))
