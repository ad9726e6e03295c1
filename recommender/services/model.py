"""Predictions and candidates for one user from the arrays of a night. Nights and the learn worker use the
same code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils import timezone

from recommender import sources
from recommender.data import artifacts
from recommender.data.artifacts import Content, RatingsModel
from recommender.data.demographics import UserDemographics, all_demographics
from recommender.data.slates import Candidates, Prediction
from recommender.data.snapshot import PickedIds, RatingTriples, ViewCounts
from recommender.data.steering import Wishes
from recommender.engine.blend import BlendWeights, blend
from recommender.engine.content import first_picks_lift
from recommender.engine.rank import highest
from recommender.engine.types import Floats
from recommender.services.outcome import Outcomes, outcomes
from recommender.services.outcome import load as load_outcome
from recommender.sources.base import NO_PICKS, Known, UserSignals, user_signals

if TYPE_CHECKING:  # scipy: not for web processes
    from recommender.engine.cumulative_logit import CumulativeLogit

SLATE_LENGTH = 500
FIRST_PICKS_STARS = 1.5  # what first picks gain in the order before the first rating
NONE_HIDDEN = np.zeros(0, dtype=np.int64)  # each page of the feed reads the hidden images itself


@dataclass(frozen=True)
class SiteModel:
    """A version, ready to predict. Columns are the images of its content, rows the users of its ratings.
    `loaded` has the result of `Source.load` for each source, by name. `outcome` is the model of how ratings
    turn out, if there is one."""

    content: Content
    ratings: RatingsModel
    loaded: Mapping[str, Any]
    outcome: "CumulativeLogit | None"

    def user_signals(
        self,
        user_id: int,
        rated: RatingTriples,
        views: ViewCounts,
        picks: PickedIds = NO_PICKS,
        demographics: UserDemographics | None = None,
        *,
        unchanged: bool = False,
    ) -> UserSignals:
        """The rows of a user as columns of this model."""
        return user_signals(
            self.content, self.ratings, user_id, rated, views, picks, demographics, unchanged=unchanged
        )

    def predict(self, user: UserSignals) -> dict[str, Prediction]:
        """The predictions for all images, by the name of each source that predicts for the user."""
        found = ((source.name, source.predict(self.loaded[source.name], user)) for source in sources.SOURCES)
        return {name: prediction for name, prediction in found if prediction is not None}

    def slate(self, user: UserSignals, weights: BlendWeights, wishes: Wishes) -> Candidates:
        """The best images, at most SLATE_LENGTH, without rated images and muted genres."""
        predictions = self.predict(user)
        found = self.outcomes(user, weights, predictions)
        chosen = self.chosen(user)
        scores = found.expected + self.popular + chosen
        scores = wishes.steer(scores, self.content.images, NONE_HIDDEN, self.content)
        scores[user.signals.rated] = -np.inf
        best = highest(scores, min(SLATE_LENGTH, int(np.isfinite(scores).sum())))
        return Candidates(
            user.base,
            self.content.images[best],
            {name: prediction.at(best) for name, prediction in predictions.items()},
            found.expected[best],
            found.median[best],
            self.popular[best],
            chosen[best],
        )

    def chosen(self, user: UserSignals) -> Floats:
        """(images,): the stars that each image gains in the order because of the user's first picks. At first
        they are more than popularity can add."""
        content, high = self.content, self.ratings.interactions.scale.high
        stars = FIRST_PICKS_STARS + float(self.popular.max(initial=0.0))
        return first_picks_lift(content.features, content.genres, user.signals, user.base, high, stars=stars)

    @property
    def popular(self) -> Floats:
        """(images,): the stars that each image gains in the order because it is popular."""
        known = self.ratings.popular
        return np.zeros(len(self.content.images)) if known is None else known

    def outcomes(
        self, user: UserSignals, weights: BlendWeights, predictions: Mapping[str, Prediction]
    ) -> Outcomes:
        """How the user's ratings of all images are expected to turn out."""
        values = {name: one.values.astype(np.float64) for name, one in predictions.items()}
        return outcomes(self.outcome, blended(weights, predictions), values, len(user.signals.rated))


def blended(weights: BlendWeights, predictions: Mapping[str, Prediction]) -> Floats:
    """(images,): the blend of the sources that have an agent; NaN for an image that none of them predicts."""
    found = [predictions.get(source.name) for source in sources.SOURCES[: len(weights)]]
    return blend(weights, *(None if one is None else one.values.astype(np.float64) for one in found))


def assemble(content: Content, ratings: RatingsModel, now: datetime) -> SiteModel:
    return site_model(content, ratings, partial(all_demographics, now))


def site_model(content: Content, ratings: RatingsModel, known: Known) -> SiteModel:
    """The model with the demographics that `known` returns."""
    loaded = {source.name: source.load(content, ratings, known) for source in sources.SOURCES}
    return SiteModel(content, ratings, loaded, load_outcome(ratings.outcome))


def load_site_model(name: str) -> SiteModel:
    """The model of a version. The process keeps the last one in memory."""
    return _assembled(name, artifacts.stamp(name))


@lru_cache(maxsize=1)
def _assembled(name: str, _stamp: tuple[int, ...]) -> SiteModel:
    return assemble(artifacts.load_content(name), artifacts.load_ratings(name), timezone.now())
