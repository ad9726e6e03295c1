"""From a night's arrays and one person's rows to predictions and candidates, in the night and after a rating alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from recommender.data import artifacts
from recommender.data.artifacts import Content, RatingsModel
from recommender.data.slates import CANDIDATE, Candidates
from recommender.data.snapshot import Picks, RatingTriples, ViewCounts
from recommender.data.steering import Wishes
from recommender.engine.blend import Weights, blend
from recommender.engine.content import Calibration, ContentModel, ContentPrediction, PersonSignals, shrunk_mean
from recommender.engine.demographics import People
from recommender.engine.knn import FittedUserKnn, Predictions
from recommender.engine.preferences import genre_preference, item_preference
from recommender.engine.rank import highest
from recommender.engine.types import Neighbours
from recommender.services import collaborative
from recommender.services.alike import places

SLATE = 500
NOBODY = -1
NO_PICKS = Picks()
NONE_HIDDEN = np.zeros(0, dtype=np.int64)  # the feed asks what was hidden each time
CONTENT = ContentModel()


@dataclass(frozen=True)
class Person:
    """One person's own rows, in the model's columns. `row` is the row among the night's people, or None; `alike` are
    the images' places with people of the same age, gender and region (`Model.alike`); `told` is what the person says
    now, where that is asked for: else it is what the model was made with."""

    row: int | None
    signals: PersonSignals
    alike: NDArray[np.float64] | None = None
    told: People | None = None


def signals(content: Content, rated: RatingTriples, views: ViewCounts, picks: Picks = NO_PICKS) -> PersonSignals:
    """One person's rows as columns of the content; images that came after the night are left out. A pick that has been
    rated since is a rating."""
    columns, known = content.rows_of(rated.images)
    viewed, seen = content.rows_of(views.images)
    picked, _ = content.rows_of(np.array(picks.images, dtype=np.int64))
    recent, before = views.this_week[seen], views.last_week[seen]
    return PersonSignals(
        viewed,
        item_preference(recent, before),
        genre_preference(recent, before, content.genres[viewed]),
        columns,
        rated.values[known],
        picked[~np.isin(picked, columns)],
        np.flatnonzero(np.isin(content.genre_ids, picks.genres)),
    )


@dataclass(frozen=True)
class Model:
    """A version, ready to predict: columns are the images of its content, rows the people of its ratings."""

    content: Content
    ratings: RatingsModel
    calibration: Calibration
    knn: FittedUserKnn

    def person(
        self,
        user_id: int,
        rated: RatingTriples,
        views: ViewCounts,
        alike: NDArray[np.float64] | None = None,
        told: People | None = None,
        picks: Picks = NO_PICKS,
    ) -> Person:
        """A person's rows as columns of this model."""
        row = int(self.ratings.users.find(np.array([user_id]))[0])
        return Person(None if row == NOBODY else row, signals(self.content, rated, views, picks), alike, told)

    def alike(self, user_id: int, now: datetime) -> NDArray[np.float64] | None:
        """Each image's place in the network's order for somebody like this person; None for whom it does not answer,
        and where the night did not learn what such places are worth."""
        return places(user_id, self.content.images, now) if self.ratings.network else None

    def nearest(self, person: Person) -> Neighbours:
        """The people within reach, by the person's ratings as they are now."""
        return self.knn.nearest_to(person.signals.rated, person.signals.ratings, person.row, person.told)

    def neighbours_of(self, person: Person) -> Neighbours | None:
        """The people within reach as the night found them, by ratings alone; None for whom it did not know, and for
        whoever told their age, where that counts."""
        if self.ratings.neighbours is None or person.row is None:
            return None
        if self.knn.settings.demographics is not None and not np.isnan(self.knn.people.ages[person.row]):
            return None
        found = self.ratings.neighbours.take(np.array([person.row]))
        reach = self.knn.settings.reach
        return Neighbours(found.rows[:, :reach], found.similarities[:, :reach])

    def collaborative(self, person: Person, nearest: Neighbours | None = None) -> Predictions:
        """p_cf of every image; NaN for a person whom nobody is like. A guess without anybody's word is none: on a new
        site the agents would come to trust it, and the feed would lose its order (decision 0033)."""
        own = person.signals
        row = self.ratings.interactions.person(own.rated, own.ratings)
        found = self.knn.predict_from(nearest or self.nearest(person), row)[0]
        return found if found.neighbours.any() else replace(found, values=np.full_like(found.values, np.nan))

    def by_content(self, person: Person) -> ContentPrediction:
        interactions = self.ratings.interactions
        return CONTENT.predict(
            self.content.features,
            self.content.genres,
            person.signals,
            self.calibration,
            interactions.scale,
            interactions.global_mean,
        )

    def by_network(self, person: Person) -> NDArray[np.float64] | None:
        """p_net of every image: the person's shrunk mean and what its place is worth; NaN for an image that the network
        does not know, None where it does not answer for the person."""
        if person.alike is None:
            return None
        interactions = self.ratings.interactions
        base = shrunk_mean(person.signals.ratings, interactions.global_mean)
        worth = Calibration.from_arrays(self.ratings.network).predict(person.alike)
        return interactions.scale.clip(base + worth)

    def slate(self, person: Person, weights: Weights, wishes: Wishes, nearest: Neighbours | None = None) -> Candidates:
        """The best SLATE images that the person has not rated and whose genre they did not mute, by the blend of
        the predictions.

        `nearest` are the people within reach, where they are known already: the night's.
        """
        nearest = nearest or self.nearest(person)
        cf, cb, net = self.collaborative(person, nearest), self.by_content(person), self.by_network(person)
        scores = blend(weights, *(cf.values, cb.values, net)[: len(weights)])
        scores = wishes.steer(scores, self.content.images, NONE_HIDDEN, self.content)
        scores[person.signals.rated] = -np.inf
        count = min(SLATE, int(np.isfinite(scores).sum()))
        best = highest(scores, count)
        rows = np.zeros(count, dtype=CANDIDATE)
        rows["image"] = self.content.images[best]
        rows["p_cf"], rows["p_cb"] = cf.values[best], cb.values[best]
        rows["viewed"], rows["rated_alike"] = cb.views[best], cb.ratings[best]
        rows["neighbours"], rows["neighbour_mean"] = cf.neighbours[best], cf.neighbours_mean[best]
        rows["reason"] = self._reasons(cb, best)
        p_net = None if net is None else net[best].astype(np.float32)
        return Candidates(cb.base, int(nearest.counts[0]), rows, p_net)

    def _reasons(self, cb: ContentPrediction, best: NDArray[np.int64]) -> NDArray[np.int64]:
        """The image behind the larger of the two content parts; 0 where neither speaks for the image."""
        rated = cb.ratings[best] >= cb.views[best]
        part = np.where(rated, cb.ratings[best], cb.views[best])
        column = np.where(rated, cb.rated_reasons[best], cb.viewed_reasons[best])
        return np.where((part > 0) & (column >= 0), self.content.images[column], 0)


def assemble(content: Content, ratings: RatingsModel, now: datetime) -> Model:
    return Model(content, ratings, Calibration.from_arrays(ratings.calibration), collaborative.fit(ratings, now))


def load(name: str) -> Model:
    """A version's model, kept in the process until another is asked for."""
    return _assembled(name, artifacts.stamp(name))


@lru_cache(maxsize=1)
def _assembled(name: str, _stamp: tuple[int, ...]) -> Model:
    return assemble(artifacts.load_content(name), artifacts.load_ratings(name), timezone.now())


def by_person(
    rated: RatingTriples, views: ViewCounts, people: Sequence[int] | None = None
) -> Iterator[tuple[int, RatingTriples, ViewCounts]]:
    """Each of these people, or by ascending id everybody who rated something, with their own rows; both inputs are
    sorted by person."""
    everybody, starts = np.unique(rated.users, return_index=True)
    ends = np.append(starts, len(rated.users))[1:]
    left, right = np.searchsorted(views.users, everybody), np.searchsorted(views.users, everybody, side="right")
    for place in range(len(everybody)) if people is None else np.searchsorted(everybody, people).tolist():
        own, seen = slice(starts[place], ends[place]), slice(left[place], right[place])
        yield (
            int(everybody[place]),
            RatingTriples(rated.users[own], rated.images[own], rated.values[own]),
            ViewCounts(views.users[seen], views.images[seen], views.this_week[seen], views.last_week[seen]),
        )
