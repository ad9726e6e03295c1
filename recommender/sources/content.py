"""The content source: weekly preferences for genres and images (paper 003, section III.2) and, for images
that the user has not viewed, similarity to the images that the user viewed and rated (decision 0003)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from recommender.data.artifacts import Content, RatingsModel
from recommender.data.slates import Prediction
from recommender.engine.artifact import Arrays
from recommender.engine.baseline import Baselines
from recommender.engine.content import (
    Calibration,
    ContentModel,
    ContentPrediction,
    held_out_interest,
    shrunk_mean,
)
from recommender.engine.types import Floats, Interactions
from recommender.sources import standing
from recommender.sources.base import (
    Evidence,
    ImageContext,
    Known,
    PartText,
    Source,
    UserSignals,
    by_user,
    content_signals,
)
from recommender.sources.standing import STANDING

# The calibration of a new site, before there are ratings to fit it on. The values are about half of those
# that the users of the demo teach (decision 0033).
DEFAULT_CALIBRATION = Calibration(np.array([0.0, 0.25, 1.0]), np.array([0.0, 0.25, 0.5]))
MODEL = ContentModel()
BIASES = "biases"
CHOSEN = gettext_lazy(
    "It is like pictures that you chose at the start, or gave more stars than you usually give."
)


@dataclass(frozen=True)
class LoadedContent:
    """The images and ratings of a version, the calibration of an interest in stars, and the biases of the
    images, how each is rated by all, (images,)."""

    content: Content
    interactions: Interactions
    calibration: Calibration
    biases: Floats


class ContentSource(Source):
    name = "content"
    label = gettext_lazy("The pictures themselves")
    short = gettext_lazy("content")
    tone = "second"
    own = "rated"
    parts = {
        STANDING: standing.TEXT,
        "viewed": PartText(
            gettext_lazy("What you look at"),
            "second",
            gettext_lazy("It is like what you looked at in the last two weeks."),
            gettext_lazy("You look at little that is like it."),
        ),
        "rated": PartText(
            gettext_lazy("Similar pictures you rated or chose"),
            "fourth",
            gettext_lazy("You gave similar pictures more stars than you usually give."),
            gettext_lazy("You gave similar pictures fewer stars than you usually give."),
        ),
        "limit": PartText(gettext_lazy("Kept between 1 and 5"), "limit"),
    }

    def fit(self, night: Evidence) -> Arrays:
        """The biases of the images, and the calibration of an interest in stars from users who had views."""
        from recommender.engine.content_fit import fit_calibration  # scikit-learn: not for web processes

        interactions = night.ratings.interactions
        biases = Baselines.fit(interactions).items
        pairs = list(_calibration_pairs(night, interactions.global_mean, biases))
        interests, residuals = zip(*pairs, strict=True) if pairs else ([np.zeros(0)], [np.zeros(0)])
        calibration = fit_calibration(
            np.concatenate(interests), np.concatenate(residuals), prior=DEFAULT_CALIBRATION
        )
        return calibration.to_arrays() | {BIASES: biases}

    def load(self, content: Content, ratings: RatingsModel, known: Known) -> LoadedContent:
        stored = ratings.sources.get(self.name, {})
        calibration = Calibration.from_arrays(stored) if stored else DEFAULT_CALIBRATION
        biases = stored.get(BIASES, np.zeros(len(content.images)))  # not in files of before they were kept
        return LoadedContent(content, ratings.interactions, calibration, biases)

    def predict(self, loaded: LoadedContent, user: UserSignals) -> Prediction:
        content, interactions = loaded.content, loaded.interactions
        found = MODEL.predict(
            content.features,
            content.genres,
            user.signals,
            loaded.calibration,
            interactions.scale,
            interactions.global_mean,
            loaded.biases,
        )
        parts = {STANDING: found.standing, "viewed": found.views, "rated": found.ratings}
        details = {"reason": _reasons(content, found)} | standing.details_of(interactions)
        return Prediction(found.values, parts, details)

    def reason(self, part: str, details: Mapping[str, float]) -> int:
        return 0 if part == STANDING else int(details["reason"])

    def fact(self, part: str, value: float, details: Mapping[str, float], context: ImageContext) -> str:
        if part == STANDING:
            return standing.fact(details)
        share = round(100 * context.genre_share)
        if value <= 0:
            return ""
        if part == "viewed" and share:
            sentence = _("%(share)s %% of what you looked at in the last two weeks is %(genre)s.")
            return sentence % {"share": share, "genre": context.genre}
        return str(CHOSEN) if part == "rated" and context.chosen else ""


CONTENT = ContentSource()


def _reasons(content: Content, found: ContentPrediction) -> NDArray[np.int64]:
    """(images,): the id of the image that explains the larger of the two parts; 0 if neither part is
    positive."""
    rated = found.ratings >= found.views
    part = np.where(rated, found.ratings, found.views)
    column = np.where(rated, found.rated_reasons, found.viewed_reasons)
    return np.where((part > 0) & (column >= 0), content.images[column], 0)


def _calibration_pairs(
    night: Evidence, global_mean: float, biases: Floats
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """(lambda, rating - what it would be without an interest) of the rated images of each user. The views of
    an image itself do not count for its lambda."""
    content = night.content
    for _user, ratings, seen in by_user(night.rated, night.views):
        signals = content_signals(content, ratings, seen)
        if len(signals.viewed):
            interest = held_out_interest(content.features, content.genres, signals, signals.rated)
            usual = MODEL.usual(signals, biases, shrunk_mean(signals.ratings, global_mean))
            yield interest, signals.ratings - usual[signals.rated]
