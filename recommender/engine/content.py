"""The content source: similarity of images, and a user's prediction from views and ratings of similar images.

Features are (n_items, d) float32 rows of length 1, or rows of 0 for an image without any data; `content_fit`
computes them. The formulas are in docs/algorithms.md and decision 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidInput
from .preferences import interest
from .types import Floats, Ints, Scale

Features = NDArray[np.float32]
_BLOCK = 8192  # images that are compared in one product


def content_similarity(features: Features, rows: ArrayLike, others: ArrayLike) -> Floats:
    """c(i,j) = max(0, x_i . x_j), in [0, 1], and c(i,i) = 1; returns (len(rows), len(others))."""
    ours, theirs = np.asarray(rows, dtype=np.int64), np.asarray(others, dtype=np.int64)
    cosine: Floats = np.clip(features[ours] @ features[theirs].T, 0.0, 1.0).astype(np.float64)
    cosine[ours[:, None] == theirs] = 1.0
    return cosine


def nearest_rows(features: Features, row: int, n: int) -> tuple[Ints, Floats]:
    """The n images most similar to `row`, best first, without itself, and their similarities.

    Ties go to the lower row.
    """
    cosine = content_similarity(features, [row], np.arange(len(features)))[0]
    cosine[row] = -1.0
    order = np.argsort(-cosine, kind="stable")[: max(0, min(n, len(cosine) - 1))]
    return order, cosine[order]


@dataclass(frozen=True, eq=False)
class WithReasons:
    """A value for every image, and the row of the image that contributes most to it, -1 without one."""

    values: Floats
    reasons: Ints


def propagate(features: Features, viewed: ArrayLike, alpha: ArrayLike) -> WithReasons:
    """Estimated item preference alpha^(u,j) = max_i c(i,j) alpha(u,i) over the viewed images i.

    The reason is the arg-max. A viewed image keeps its own alpha. `viewed` are rows and `alpha` their item
    preferences, both (m,).
    """
    seen, strength = np.asarray(viewed, dtype=np.int64), np.asarray(alpha, dtype=np.float64)
    if seen.shape != strength.shape:
        raise InvalidInput("Every viewed image needs its preference.")
    values, reasons = np.zeros(len(features)), np.full(len(features), -1, dtype=np.int64)
    if not len(seen):
        return WithReasons(values, reasons)
    for start in range(0, len(features), _BLOCK):
        reached = np.maximum(features[start : start + _BLOCK] @ features[seen].T, 0.0) * strength
        best = reached.argmax(axis=1)
        block = reached[np.arange(len(reached)), best]
        values[start : start + _BLOCK] = np.minimum(block, 1.0)
        reasons[start : start + _BLOCK] = np.where(block > 0, seen[best], -1)
    values[seen] = strength
    reasons[seen] = np.where(strength > 0, seen, -1)
    return WithReasons(values, reasons)


def held_out_interest(
    features: Features, item_genres: ArrayLike, person: "PersonSignals", rows: ArrayLike
) -> Floats:
    """lambda of the images `rows`, each computed as if the user had not opened it: (len(rows),).

    The calibration uses it, so that an image does not profit from its own views.
    """
    images, seen = np.asarray(rows, dtype=np.int64), np.asarray(person.viewed, dtype=np.int64)
    if not len(seen):
        return np.zeros(len(images))
    similarity = content_similarity(features, images, seen)
    similarity[images[:, None] == seen] = 0.0
    genres = np.asarray(item_genres)[images]
    return interest((similarity * person.alpha).max(axis=1), person.beta, genres)


@dataclass(frozen=True, eq=False)
class ExtraTerms:
    """Further terms for each image: the sum of weight times deviation, and the sum of weights; (n,) both."""

    sums: Floats
    weights: Floats


def ratings_term(
    features: Features,
    rated: ArrayLike,
    deviations: ArrayLike,
    *,
    power: float = 2.0,
    shrinkage: float = 2.0,
    weights: ArrayLike | None = None,
    extra: ExtraTerms | None = None,
) -> WithReasons:
    """h(u,j) = (b_j + sum_i w_i c(i,j)^p d_i) / (shrinkage + v_j + sum_i w_i c(i,j)^p) over the rated i != j,
    with d_i = r(u,i) - mean(u) (decision 3).

    The reason is the image with the largest contribution in the direction of h. `rated`, `deviations` and
    `weights` (default 1) are (m,); b_j and v_j are the sums and weights of `extra` (default 0).
    """
    rows, away = np.asarray(rated, dtype=np.int64), np.asarray(deviations, dtype=np.float64)
    weight = np.ones(len(away)) if weights is None else np.asarray(weights, dtype=np.float64)
    if rows.shape != away.shape or weight.shape != away.shape:
        raise InvalidInput("Every rated image needs its deviation from the mean, and its weight.")
    values, reasons = np.zeros(len(features)), np.full(len(features), -1, dtype=np.int64)
    terms = extra or ExtraTerms(values, values)
    if not len(rows):
        return WithReasons(terms.sums / np.maximum(shrinkage + terms.weights, 1e-12), reasons)
    for start in range(0, len(features), _BLOCK):
        stop = min(start + _BLOCK, len(features))
        similarity = np.clip(features[start:stop] @ features[rows].T, 0.0, 1.0).astype(np.float64) ** power
        own = np.flatnonzero((rows >= start) & (rows < stop))
        similarity[rows[own] - start, own] = 0.0  # the own rating is left out
        similarity *= weight
        total = shrinkage + terms.weights[start:stop] + similarity.sum(axis=1)
        block = (terms.sums[start:stop] + similarity @ away) / np.maximum(total, 1e-12)
        contributions = similarity * away * np.sign(block)[:, None]
        best = contributions.argmax(axis=1)
        values[start:stop] = block
        reasons[start:stop] = np.where(contributions[np.arange(stop - start), best] > 0, rows[best], -1)
    return WithReasons(values, reasons)


def shrunk_mean(ratings: ArrayLike, global_mean: float, strength: float = 5.0) -> float:
    """(sum r + strength * mu) / (n + strength): the global mean counts as `strength` ratings."""
    given = np.asarray(ratings, dtype=np.float64)
    return float((given.sum() + strength * global_mean) / (len(given) + strength))


@dataclass(frozen=True, eq=False)
class Calibration:
    """g(lambda): maps an interest to a calibrated value in stars; non-decreasing, piecewise linear."""

    knots: Floats  # ascending, in [0, 1]
    effects: Floats

    @classmethod
    def flat(cls) -> Self:
        """g = 0, for a site without data."""
        return cls(np.zeros(1), np.zeros(1))

    def predict(self, interests: ArrayLike) -> Floats:
        """g of each interest; constant beyond the outer knots."""
        return np.interp(np.asarray(interests, dtype=np.float64), self.knots, self.effects)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, for an artifact."""
        return {"knots": self.knots, "effects": self.effects}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The calibration that `to_arrays` gave."""
        return cls(arrays["knots"], arrays["effects"])


@dataclass(frozen=True, eq=False)
class PersonSignals:
    """The data of one user: images viewed in two weeks with alpha, beta by genre, ratings, first picks."""

    viewed: Ints  # rows (m,)
    alpha: Floats  # (m,)
    beta: Floats  # (n_genres,)
    rated: Ints  # rows (r,)
    ratings: Floats  # (r,)
    picked: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # rows; none of them is rated
    picked_genres: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # columns of the genres


@dataclass(frozen=True, eq=False)
class ContentPrediction:
    """p_cb of every image: base + standing + views + ratings + clipping = values, up to rounding."""

    base: float  # the user's shrunk mean
    standing: Floats  # b_i - the mean b of the images that the user rated, shrunk like the user's mean
    interest: Floats  # lambda, with alpha^ in place of alpha
    views: Floats  # g(lambda)
    ratings: Floats  # h
    clipping: Floats  # change by clipping to the scale
    values: Floats
    viewed_reasons: Ints  # "because you viewed ...": a row, or -1
    rated_reasons: Ints  # "because you rated ...": a row, or -1


@dataclass(frozen=True)
class ContentModel:
    """p_cb(u,j) = clip(mean(u) + b(u,j) + g(lambda(u,j)) + h(u,j)) (decisions 3 and 38).

    mean(u) is shrunk to the global mean. b(u,j) = b_j - sum_i b_i / (n + 5) over the n rated images i: how
    image j is rated by all, compared with the images that the user rated. The user's deviations in h are from
    mean(u) + b(u,i). Without `standing`, all b are 0.

    First picks count in h like ratings with the highest value. A picked image has the weight `pick`, compared
    with 1 of a rating. A picked genre has the weight `picked_genre` for each of its images (decision 33).
    """

    mean_strength: float = 5.0
    power: float = 2.0
    shrinkage: float = 2.0
    pick: float = 0.5
    picked_genre: float = 1.0

    def predict(
        self,
        features: Features,
        item_genres: ArrayLike,
        person: PersonSignals,
        calibration: Calibration,
        scale: Scale,
        global_mean: float,
        standing: Floats | None = None,
    ) -> ContentPrediction:
        """The prediction of every image for one user.

        `features` (n, d), 0/1 `item_genres` (n, G), the calibration and mean rating of all users, and the
        biases b_i of the images, `standing` (n,), of `baseline.Baselines`.
        """
        base = shrunk_mean(person.ratings, global_mean, self.mean_strength)
        biases = self.usual(person, np.zeros(len(features)) if standing is None else standing, 0.0)
        viewed = propagate(features, person.viewed, person.alpha)
        interests = interest(viewed.values, person.beta, item_genres)
        usual = base + biases[person.rated]
        rated = self._ratings(features, item_genres, person, person.ratings - usual, scale.high - base)
        views = calibration.predict(interests)
        unclipped = base + biases + views + rated.values
        values = scale.clip(unclipped)
        return ContentPrediction(
            base,
            biases,
            interests,
            views,
            rated.values,
            values - unclipped,
            values,
            viewed.reasons,
            rated.reasons,
        )

    def usual(self, person: PersonSignals, standing: Floats, base: float) -> Floats:
        """(n,): base + b(u,j), what the user would give each image without any interest in it."""
        level: float = standing[person.rated].sum() / (len(person.rated) + self.mean_strength)
        expected: Floats = base + standing - level
        return expected

    def _ratings(
        self,
        features: Features,
        item_genres: ArrayLike,
        person: PersonSignals,
        deviations: Floats,
        liked: float,
    ) -> WithReasons:
        """h over picked and rated images; `liked` is the deviation of a pick from the mean."""
        rows = np.concatenate([person.rated, person.picked])
        away = np.concatenate([deviations, np.full(len(person.picked), liked)])
        weights = np.concatenate([np.ones(len(person.rated)), np.full(len(person.picked), self.pick)])
        extra = None
        if len(person.picked_genres):
            chosen = self.picked_genre * np.asarray(item_genres)[:, person.picked_genres].max(axis=1)
            extra = ExtraTerms(chosen * liked, chosen)
        return ratings_term(
            features, rows, away, power=self.power, shrinkage=self.shrinkage, weights=weights, extra=extra
        )


def first_picks_lift(
    features: Features,
    item_genres: ArrayLike,
    person: PersonSignals,
    base: float,
    high: float,
    *,
    stars: float,
    strength: float = 3.0,
) -> Floats:
    """(n,): what images gain in the order by the user's first picks, in stars (decision 38).

    gain(j) = stars s(j) strength / (strength + m) after m ratings: the picks fade smoothly. s(j) is the
    larger of the highest c(j,p) over the picked images p and, if the genre of j was picked, the liking of the
    genre: its mean rating (with `strength` ratings of the highest value) above `base`, as a share of high -
    base.
    """
    table, none = np.asarray(item_genres), np.zeros(len(features))
    near = np.clip(features @ features[person.picked].T, 0.0, 1.0).max(axis=1) if len(person.picked) else none
    liked = none
    for genre in person.picked_genres.tolist():
        own = person.ratings[table[person.rated, genre] > 0]
        mean = (strength * high + own.sum()) / (strength + len(own))
        share = max(0.0, mean - base) / max(high - base, 1e-9)
        liked = np.maximum(liked, np.where(table[:, genre] > 0, min(share, 1.0), 0.0))
    fading: Floats = np.maximum(near, liked) * stars * strength / (strength + len(person.rated))
    return fading
