"""From candidates to a page: the ranking of a rung, steered by the user's wishes, with less of what was shown
often and never opened, re-ranked for variety, with some positions that explore."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from recommender import sources
from recommender.data.artifacts import Content
from recommender.data.slates import Candidates
from recommender.data.steering import STEERING_SHARES, STEERING_STARS, Wishes
from recommender.engine.blend import BlendWeights
from recommender.engine.rank import explore, mmr, score_spread, shuffled
from recommender.engine.types import Scale
from recommender.models import Impression
from recommender.services.model import blended
from recommender.services.newcomers import NewcomerRanking

FIRST_ROW = 6  # positions that never explore: the first row of a wide window, the first screen of a phone
# stars. If the user's own ratings of similar images subtract so much, the image is not explored.
DISLIKED = -0.25
POOL = 240  # so many of the best images are re-ranked for variety; exploration draws from the rest
ON_SCALE, UNIT = Scale(1.0, 5.0), Scale(0.0, 1.0)
NEW = 7 * 86_400.0  # seconds: an image is new for so long before the night
TIRED_STARS, TIRED_SHARES = 0.25, 0.075  # what each further showing takes away, by the unit of the scores
PATIENCE, MOST_SHOWINGS = 2.0, 5.0  # showings that take nothing away, and that take an image from the top


@dataclass(frozen=True)
class Ranking:
    """Candidates of one rung by falling score. `scores` include the wishes of the user (`Wishes.steer`).
    `blend` is the prediction of the blend, NaN without one. `predictions` are those of each source, by name.
    `own` is what the user's own ratings of similar images add."""

    rung: Impression.Rung
    images: NDArray[np.int64]
    scores: NDArray[np.float64]
    blend: NDArray[np.float64]
    own: NDArray[np.float64]
    predictions: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def only(self, keep: NDArray[np.bool_]) -> "Ranking":
        return self.at(np.flatnonzero(keep))

    def at(self, indices: NDArray[np.int64]) -> "Ranking":
        predictions = {name: values[indices] for name, values in self.predictions.items()}
        return Ranking(
            self.rung,
            self.images[indices],
            self.scores[indices],
            self.blend[indices],
            self.own[indices],
            predictions,
        )


def newcomers_ranking(found: NewcomerRanking) -> Ranking:
    """The ranking of a user without ratings, without predictions."""
    nothing = np.full(len(found.images), np.nan)
    return Ranking(found.rung, found.images, found.scores, nothing, np.zeros(len(found.images)))


def hybrid_ranking(slate: Candidates, weights: BlendWeights) -> Ranking:
    """The ranking of a user with ratings: by how the ratings are expected to turn out, popularity,
    and the first picks."""
    blend, own = blended(weights, slate.predictions), np.zeros(len(slate.images))
    scores = blend if slate.expected is None else slate.expected.astype(np.float64)
    for gained in (slate.popular, slate.chosen):
        scores = scores if gained is None else scores + gained
    for source in sources.SOURCES:
        if source.own and source.name in slate.predictions:
            own = own + slate.predictions[source.name].parts[source.own]
    predictions = {name: one.values.astype(np.float64) for name, one in slate.predictions.items()}
    found = Ranking(Impression.Rung.HYBRID, slate.images, scores, blend, own, predictions)
    return found.at(np.argsort(-scores, kind="stable"))


def steered(ranking: Ranking, wishes: Wishes, hidden: NDArray[np.int64], content: Content | None) -> Ranking:
    """The ranking after steering, without muted genres."""
    if content is None or not (len(hidden) or wishes.muted or wishes.pinned):
        return ranking
    unit = STEERING_STARS if ranking.rung == Impression.Rung.HYBRID else STEERING_SHARES
    scores = wishes.steer(ranking.scores, ranking.images, hidden, content, unit)
    order = np.argsort(-scores, kind="stable")
    return replace(ranking, scores=scores).at(order[np.isfinite(scores[order])])


def rested(ranking: Ranking, showings: Mapping[int, float]) -> Ranking:
    """The ranking with lower scores for images that were shown often lately and never opened; after five
    showings on the first screen they come after all others. `showings` is the number of times by image id,
    each weighted by its position."""
    counts = np.array([showings.get(image, 0.0) for image in ranking.images.tolist()])
    tired = np.maximum(counts - PATIENCE, 0.0)
    if not tired.any():
        return ranking
    hybrid = ranking.rung == Impression.Rung.HYBRID
    step, scale = (TIRED_STARS, ON_SCALE) if hybrid else (TIRED_SHARES, UNIT)
    scores = ranking.scores - step * tired - scale.span * (counts >= MOST_SHOWINGS)
    return replace(ranking, scores=scores).at(np.argsort(-scores, kind="stable"))


def choose(
    ranking: Ranking, size: int, wishes: Wishes, content: Content | None, seed: int, offset: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(indices, explored): indices of the ranking in page order, and a mask of those that explore. Explored
    images come from below the pool, every second one is new if there are such, and none is similar to images
    that the user rated low. Popular images are the same for all users, so there is nothing to explore. The
    same seed explores the same images at the same positions, as far as they are still in the ranking."""
    pool = min(POOL, len(ranking.images))
    best = np.arange(min(size, pool))
    if content is not None:
        scale = ON_SCALE if ranking.rung == Impression.Rung.HYBRID else UNIT
        features = content.features_of(ranking.images[:pool])
        scores = ranking.scores[:pool]
        best = mmr(scores, features, size, score_spread(scores, scale), trade_off=wishes.relevance)
    share = 0.0 if ranking.rung == Impression.Rung.TRENDING else wishes.exploration
    unknown = pool + np.flatnonzero(ranking.own[pool:] > DISLIKED)
    unknown = unknown[shuffled(ranking.images[unknown], seed)]
    if content is not None:
        unknown = _new_between(unknown, content.is_new(ranking.images[unknown], NEW))
    rng = np.random.default_rng([seed, offset])
    return explore(best, unknown, share, rng, max(FIRST_ROW - offset, 0))


def _new_between(images: NDArray[np.int64], new: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The images with every second one a new one, as long as there are both."""
    rank = np.empty(len(images))
    rank[new], rank[~new] = np.arange(new.sum()), np.arange((~new).sum()) + 0.5
    return images[np.argsort(rank, kind="stable")]
