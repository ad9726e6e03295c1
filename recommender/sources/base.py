"""The contract of a source of the blend: it learns from all users every night, and predicts for one user at a
time.

Everything about one source is in its file: how it learns and predicts, the parts of its predictions and its
labels. Feed, slates, agents, explanations, charts, export and lab loop over `SOURCES` and name no source.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
from django.utils.functional import Promise

from recommender.data.artifacts import Content, RatingsModel
from recommender.data.demographics import UserDemographics
from recommender.data.slates import Prediction
from recommender.data.snapshot import PickedIds, RatingTriples, ViewCounts
from recommender.engine.artifact import Arrays
from recommender.engine.content import PersonSignals, shrunk_mean
from recommender.engine.preferences import genre_preference, item_preference

Text = str | Promise
Known = Callable[[], Mapping[int, UserDemographics]]  # by user id
NO_PICKS = PickedIds()


@dataclass(frozen=True)
class Evidence:
    """What a night has read, for sources to learn from.

    `ratings` has the ratings of all users, but no arrays of sources yet; `before` is the model of the current
    version. With `replay`, the model will only predict ratings made after `now`: a source must not use
    anything learnt later, and need not prepare anything for all users.
    """

    now: datetime
    content: Content
    ratings: RatingsModel
    rated: RatingTriples
    views: ViewCounts
    demographics: Mapping[int, UserDemographics]
    before: RatingsModel | None = None
    replay: bool = False


@dataclass(frozen=True)
class UserSignals:
    """What sources know about one user, in the columns of a version's content.

    `row` is the user's row in the version, None for a newer user. `unchanged` means that the ratings are the
    same as in that row. `base` is the user's mean rating, shrunk towards the mean of all ratings; the parts
    of a prediction are added to it.
    """

    row: int | None
    signals: PersonSignals
    base: float
    demographics: UserDemographics | None = None
    unchanged: bool = False


@dataclass(frozen=True)
class PartText:
    """The texts of one part of a source's prediction: its label, and the sentences that explain an image if
    this part is the largest and raises or lowers the score. A part without sentences is never the
    explanation. `tone` is a class of `charts.css`."""

    label: Text
    tone: str
    raises: Text = ""
    lowers: Text = ""


@dataclass(frozen=True)
class ImageContext:
    """What sentences about an image can use besides the details of a source: the name of its genre, the share
    of the user's views of the last two weeks in this genre, and whether the user picked the genre or the
    image given as the reason on the welcome page."""

    genre: str = ""
    genre_share: float = 0.0
    chosen: bool = False


class Source(ABC):
    """One source of the blend.

    `name` is stored in logs and files, so it never changes. `label` is for visitors, `short` for curators.
    `parts` are the parts of a prediction, by name, in order; a prediction need not have all of them. The
    last part is the rest that the others leave.
    """

    name: ClassVar[str]
    label: ClassVar[Text]
    short: ClassVar[Text]
    tone: ClassVar[str]  # of its line or bar in charts: a class of `charts.css` and of the dashboard
    parts: ClassVar[Mapping[str, PartText]]
    own: ClassVar[str] = ""  # the name of the part from the user's own ratings, if there is one

    @abstractmethod
    def fit(self, night: Evidence) -> Arrays:
        """What the source stores in the night's file, as plain arrays."""

    def load(self, content: Content, ratings: RatingsModel, known: Known) -> Any:
        """What `predict` needs, made from the night's file; by default the arrays of `fit`.

        `known` returns the demographics of all users; only a source that needs them calls it.
        """
        return ratings.sources.get(self.name, {})

    @abstractmethod
    def predict(self, loaded: Any, user: UserSignals) -> Prediction | None:
        """The predictions for one user and all images of the content; None if the source cannot predict for
        this user."""

    def reason(self, part: str, details: Mapping[str, float]) -> int:
        """The id of the image that explains a part, 0 if there is none."""
        return int(details.get("reason", 0))

    def fact(self, part: str, value: float, details: Mapping[str, float], context: ImageContext) -> str:
        """A sentence that explains a part of this value; "" if there is none or nothing may be disclosed."""
        return ""

    def figures(self, prediction: Prediction | None) -> Sequence[tuple[Text, str]]:
        """Labels and values about the user, for the page "My taste". `prediction` is that of the user's
        slate."""
        return ()


def parts_at(source: Source, prediction: Prediction, index: int, base: float) -> dict[str, float] | None:
    """The parts of the prediction for the image at `index`, by name; they add up to prediction - base. None
    without a prediction."""
    value = float(prediction.values[index])
    if np.isnan(value):
        return None
    *stored, rest = source.parts
    parts = {name: float(prediction.parts[name][index]) for name in stored if name in prediction.parts}
    return parts | {rest: value - base - sum(parts.values())}


def user_signals(
    content: Content,
    ratings: RatingsModel,
    user_id: int,
    rated: RatingTriples,
    views: ViewCounts,
    picks: PickedIds = NO_PICKS,
    demographics: UserDemographics | None = None,
    *,
    unchanged: bool = False,
) -> UserSignals:
    """The rows of a user as columns of a version. Images newer than the version are left out."""
    row = int(ratings.users.find(np.array([user_id]))[0])
    signals = content_signals(content, rated, views, picks)
    base = shrunk_mean(signals.ratings, ratings.interactions.global_mean)
    return UserSignals(None if row < 0 else row, signals, base, demographics, unchanged)


def content_signals(
    content: Content, rated: RatingTriples, views: ViewCounts, picks: PickedIds = NO_PICKS
) -> PersonSignals:
    """The rows of one user as columns of the content. A picked image that the user has rated counts only as
    rated."""
    columns, known = content.rows_of(rated.images)
    viewed, known_views = content.rows_of(views.images)
    picked, _ = content.rows_of(np.array(picks.images, dtype=np.int64))
    recent, before = views.this_week[known_views], views.last_week[known_views]
    return PersonSignals(
        viewed,
        item_preference(recent, before),
        genre_preference(recent, before, content.genres[viewed]),
        columns,
        rated.values[known],
        picked[~np.isin(picked, columns)],
        np.flatnonzero(np.isin(content.genre_ids, picks.genres)),
    )


def by_user(
    rated: RatingTriples, views: ViewCounts, people: Sequence[int] | None = None
) -> Iterator[tuple[int, RatingTriples, ViewCounts]]:
    """The id, the ratings and the views of each of these users; without `people`, of all raters by ascending
    id. Both inputs must be sorted by user."""
    raters, starts = np.unique(rated.users, return_index=True)
    ends = np.append(starts, len(rated.users))[1:]
    left = np.searchsorted(views.users, raters)
    right = np.searchsorted(views.users, raters, side="right")
    for row in range(len(raters)) if people is None else np.searchsorted(raters, people).tolist():
        own, seen = slice(starts[row], ends[row]), slice(left[row], right[row])
        yield (
            int(raters[row]),
            RatingTriples(rated.users[own], rated.images[own], rated.values[own]),
            ViewCounts(
                views.users[seen],
                views.images[seen],
                views.this_week[seen],
                views.last_week[seen],
            ),
        )
