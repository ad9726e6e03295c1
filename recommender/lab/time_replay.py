"""Both sources' predictions for every rating before it was given, on a site that learns every night.

Data of all users (neighbours, baselines, the calibration, the global mean) is known as of midnight, UTC, from
earlier ratings only. The user's own data is known up to the start of the session. A session has the ratings
of one user within a minute: they were on one page, so none of them may be used to predict another.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.engine.content import (
    Calibration,
    ContentModel,
    Features,
    PersonSignals,
    held_out_interest,
    shrunk_mean,
)
from recommender.engine.content_fit import fit_calibration, fit_features, words
from recommender.engine.factorisation import SERVED
from recommender.engine.fold_in import ItemFactors
from recommender.engine.knn import UserKnn
from recommender.engine.preferences import genre_preference, item_preference
from recommender.engine.types import Floats, Interactions, Ints

from .datasets import Dataset

DAY = 86_400.0
WEEK = 7 * DAY
SESSION_SECONDS = 60.0  # seconds
DECADE = 10 * 365.25 * DAY
TEXT_SHARE = 0.3  # the weight of the words of titles, relative to genres, for data without descriptors


@dataclass(frozen=True, eq=False)
class Session:
    """A session: the positions of one user's ratings that were given within a minute, on one day."""

    user: int
    start: float
    cells: Ints

    @property
    def night(self) -> float:
        """The midnight before the session."""
        return float(np.floor(self.start / DAY) * DAY)


def sessions_of(dataset: Dataset) -> list[Session]:
    """All ratings divided into sessions, the earliest first."""
    times = dataset.clock()
    order = np.lexsort((dataset.items, times, dataset.users))
    found: list[Session] = []
    start, first = 0, -np.inf
    for place, cell in enumerate(order):
        user, at = dataset.users[cell], times[cell]
        fresh = (
            place == 0
            or user != dataset.users[order[start]]
            or at - first >= SESSION_SECONDS
            or at // DAY != first // DAY
        )
        if fresh:
            if place:
                found.append(Session(int(dataset.users[order[start]]), first, order[start:place]))
            start, first = place, float(at)
    found.append(Session(int(dataset.users[order[start]]), first, order[start:]))
    return sorted(found, key=lambda one: (one.start, one.user))


def image_features(dataset: Dataset, rng: np.random.Generator) -> Features:
    """The features of all images from words, genres, decade of release, descriptors; not from ratings."""
    documents = [words(title) for title in dataset.titles] or [[] for _ in range(dataset.n_items)]
    documents = [[*document, *more] for document, more in zip(documents, _more_words(dataset), strict=True)]
    genres, looks = _table(dataset.genres, dataset.n_items), _table(dataset.visual, dataset.n_items)
    weights = (1.0, 1.0, 1.0) if looks.shape[1] else (TEXT_SHARE, 1.0, 0.0)
    return fit_features(documents, genres, looks, rng, weights=weights).transform(documents, genres, looks)


def _table(given: Floats, n: int) -> Floats:
    return given if given.size else np.zeros((n, 0))


def _more_words(dataset: Dataset) -> Sequence[Sequence[str]]:
    keywords = dataset.keywords or [[] for _ in range(dataset.n_items)]
    if dataset.released is None:
        return keywords
    decades = np.floor(dataset.released / DECADE)
    named = [[] if np.isnan(decade) else [f"decade{decade:.0f}"] for decade in decades]
    return [[*words, *decade] for words, decade in zip(keywords, named, strict=True)]


class History:
    """All ratings and views with their times; every method uses only data from before a given moment."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset, self.times = dataset, dataset.clock()
        self.genres = _table(dataset.genres, dataset.n_items)
        order = np.lexsort((self.times, dataset.users))
        self.rated = np.split(order, np.cumsum(np.bincount(dataset.users, minlength=dataset.n_users))[:-1])
        views = dataset.views  # without a log of views, a rating counts as a view
        users, self.seen, self.seen_at = (
            (dataset.users, dataset.items, self.times)
            if views is None
            else (views.users, views.items, views.times)
        )
        by_user = np.lexsort((self.seen_at, users))
        self.viewed = np.split(by_user, np.cumsum(np.bincount(users, minlength=dataset.n_users))[:-1])

    def person(self, user: int, now: float) -> PersonSignals:
        """The signals of one user from before `now`."""
        rated = self._before(self.rated[user], self.times, now)
        views = self._before(self.viewed[user], self.seen_at, now)
        recent = views[self.seen_at[views] > now - 2 * WEEK]
        images, place = np.unique(self.seen[recent], return_inverse=True)
        this_week = self.seen_at[recent] > now - WEEK
        weeks = [np.bincount(place[week], minlength=len(images)) for week in (this_week, ~this_week)]
        beta = genre_preference(weeks[0], weeks[1], self.genres[images])
        return PersonSignals(
            images, item_preference(*weeks), beta, self.dataset.items[rated], self.dataset.values[rated]
        )

    def all_users(self, now: float) -> Interactions:
        """The ratings of all users from before `now`."""
        return self.dataset.interactions(np.flatnonzero(self.times < now))

    def _before(self, cells: Ints, times: Floats, now: float) -> Ints:
        return cells[: np.searchsorted(times[cells], now, side="left")]


# (signals of a user, the user's row) -> expected ratings of all images
UserPredictor = Callable[[PersonSignals, int], Floats]
# all ratings from before a midnight -> the predictor of the night
CollaborativeModel = Callable[[Interactions], UserPredictor]


def neighbours(settings: UserKnn) -> CollaborativeModel:
    """Similar users alone."""

    def at_midnight(ratings: Interactions) -> UserPredictor:
        fitted = settings.fit(ratings)
        return lambda person, row: fitted.predict_user(person.rated, person.ratings, row).values

    return at_midnight


def neighbours_and_factors(settings: UserKnn, factors: ItemFactors | None) -> CollaborativeModel:
    """Similar users, and factors into which each user is folded, as the site serves them."""
    alone = neighbours(settings)
    if factors is None:
        return alone

    def at_midnight(ratings: Interactions) -> UserPredictor:
        by_neighbours = alone(ratings)

        def predict(person: PersonSignals, row: int) -> Floats:
            values = by_neighbours(person, row)
            if not len(person.rated):
                return values
            folded = factors.fold_in(person.rated, person.ratings)
            return (1.0 - folded.share) * values + folded.share * folded.expected()

        return predict

    return at_midnight


def factors_at(history: History, features: Features, now: float) -> ItemFactors | None:
    """The factors of all ratings from before `now`; None with too few users."""
    return ItemFactors.of_images(SERVED, history.all_users(now), history.genres, features)


@dataclass(frozen=True, eq=False)
class MidnightModel:
    """The model of all users' data at one midnight."""

    ratings: Interactions
    predictors: Mapping[str, UserPredictor]
    calibration: Calibration


def midnight_model(
    history: History, features: Features, models: Mapping[str, CollaborativeModel], now: float
) -> MidnightModel:
    """The model from all data before `now`."""
    ratings = history.all_users(now)
    interests, residuals = [], []
    for user in np.flatnonzero(ratings.user_counts):
        person = history.person(int(user), now)
        if len(person.viewed):
            interests.append(held_out_interest(features, history.genres, person, person.rated))
            residuals.append(person.ratings - shrunk_mean(person.ratings, ratings.global_mean))
    known = bool(interests)
    calibration = (
        fit_calibration(np.concatenate(interests), np.concatenate(residuals)) if known else Calibration.flat()
    )
    predictors = {name: model(ratings) for name, model in models.items()}
    return MidnightModel(ratings, predictors, calibration)


@dataclass(frozen=True, eq=False)
class DayPredictions:
    """Both sources' predictions of some ratings."""

    cells: Ints
    cf: Mapping[str, Floats]  # name of the collaborative model -> predictions
    cb: Floats


def predict_day(
    history: History, features: Features, models: Mapping[str, CollaborativeModel], day: Sequence[Session]
) -> DayPredictions:
    """Predictions for the sessions of one day, from the night before and the user's earlier data."""
    known = midnight_model(history, features, models, day[0].night)
    cf: dict[str, list[Floats]] = {name: [] for name in models}
    cb: list[Floats] = []
    for session in day:
        person, items = history.person(session.user, session.start), history.dataset.items[session.cells]
        for name, predictor in known.predictors.items():
            cf[name].append(predictor(person, session.user)[items])
        cb.append(_content(features, history.genres, person, known, items))
    cells: NDArray[np.int64] = np.concatenate([session.cells for session in day])
    return DayPredictions(
        cells, {name: np.concatenate(found) for name, found in cf.items()}, np.concatenate(cb)
    )


def _content(
    features: Features, genres: Floats, person: PersonSignals, known: MidnightModel, items: Ints
) -> Floats:
    """The content source's predictions of these items: only they and the user's own images are compared."""
    rows = np.unique(np.concatenate([items, person.viewed, person.rated]))
    viewed, rated = (np.searchsorted(rows, own) for own in (person.viewed, person.rated))
    found = ContentModel().predict(
        features[rows],
        genres[rows],
        replace(person, viewed=viewed, rated=rated),
        known.calibration,
        known.ratings.scale,
        known.ratings.global_mean,
    )
    return found.values[np.searchsorted(rows, items)]
