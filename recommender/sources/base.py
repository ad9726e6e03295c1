"""What a source of the blend is: it learns every night from everybody, and predicts for one person at a time.

All that concerns one source stands in its file: how it learns and predicts, what its predictions are made of,
and how it is called. Feed, slates, agents, reasons, charts,
export and lab go through `SOURCES` and know no source by name.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
from django.utils.functional import Promise

from recommender.data.artifacts import Arrays, Content, RatingsModel
from recommender.data.demographics import UserDemographics
from recommender.data.slates import Prediction
from recommender.data.snapshot import PickedIds, RatingTriples, ViewCounts
from recommender.engine.content import PersonSignals, shrunk_mean
from recommender.engine.preferences import genre_preference, item_preference

Text = str | Promise
Known = Callable[[], Mapping[int, UserDemographics]]  # by user id
NO_PICKS = PickedIds()


@dataclass(frozen=True)
class Evidence:
    """All that a night has read, for sources to learn from.

    `ratings` holds everybody's ratings and nothing of the sources yet; `before` is the current version's.
    With `replay` the model is only to predict what was rated after `now`: nothing may be used that was learnt
    later, and nothing need be prepared for everybody.
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
    """One person as sources see them, in the columns of a version's content.

    `row` is the person's row among the version's people, None for a newer one; `unchanged` says that the
    ratings are those of that row. `base` is the mean rating, shrunk towards everybody's,
    where all predictions begin.
    """

    row: int | None
    signals: PersonSignals
    base: float
    demographics: UserDemographics | None = None
    unchanged: bool = False


@dataclass(frozen=True)
class PartText:
    """An addend of a source's prediction in words: its name in a list, and the sentences for when it counts
    most and raises or lowers the score; without them it is no reason. `tone` is a class of `charts.css`."""

    label: Text
    tone: str
    raises: Text = ""
    lowers: Text = ""


@dataclass(frozen=True)
class ImageContext:
    """What sentences about an image may use besides the source's own details: the name of its genre, the
    share of the person's views of two weeks that are of it,
    and whether the genre or the reason was chosen at the start."""

    genre: str = ""
    genre_share: float = 0.0
    chosen: bool = False


class Source(ABC):
    """One source. `name` stands in logs and files, so it never changes; `label` is for visitors, `short` for
    curators; `parts` are what its predictions are made of, by name, in order:
    the last one is what the others leave."""

    name: ClassVar[str]
    label: ClassVar[Text]
    short: ClassVar[Text]
    tone: ClassVar[str]  # its line or bar in charts: a class of `charts.css`, and of the dashboard
    parts: ClassVar[Mapping[str, PartText]]
    own: ClassVar[str] = ""  # the part that comes from the person's own ratings, if there is one

    @abstractmethod
    def fit(self, night: Evidence) -> Arrays:
        """What the source keeps of a night, as plain arrays."""

    def load(self, content: Content, ratings: RatingsModel, known: Known) -> Any:
        """What `predict` needs, from what a night kept; its arrays alone unless a source makes more of them.

        `known` gives the users' demographics; only a source that needs them calls it.
        """
        return ratings.sources.get(self.name, {})

    @abstractmethod
    def predict(self, loaded: Any, user: UserSignals) -> Prediction | None:
        """One person, every image of the content; None where the source has no answer for the person at
        all."""

    def counts(self, details: Mapping[str, float]) -> bool:
        """Whether a prediction says something about the image, or only repeats the person's mean."""
        return True

    def fact(self, part: str, value: float, details: Mapping[str, float], context: ImageContext) -> str:
        """What is behind a part of this value, in a sentence; "" where nothing may be told."""
        return ""

    def figures(self, prediction: Prediction | None) -> Sequence[tuple[Text, str]]:
        """What My taste says of the person, labels and values;
        the prediction is that of the person's slate."""
        return ()


def parts_at(source: Source, prediction: Prediction, place: int, base: float) -> dict[str, float] | None:
    """The parts of one prediction by name, which add up to what it says beyond `base`;
    None where it says nothing."""
    value = float(prediction.values[place])
    if np.isnan(value):
        return None
    *kept, rest = source.parts
    parts = {name: float(prediction.parts[name][place]) for name in kept}
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
    """A person's rows as columns of a version; images that came after it are left out."""
    row = int(ratings.users.find(np.array([user_id]))[0])
    signals = content_signals(content, rated, views, picks)
    base = shrunk_mean(signals.ratings, ratings.interactions.global_mean)
    return UserSignals(None if row < 0 else row, signals, base, demographics, unchanged)


def content_signals(
    content: Content, rated: RatingTriples, views: ViewCounts, picks: PickedIds = NO_PICKS
) -> PersonSignals:
    """One person's rows as columns of the content. An image that was chosen at the start and rated since is
    rated."""
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


def by_user(
    rated: RatingTriples, views: ViewCounts, people: Sequence[int] | None = None
) -> Iterator[tuple[int, RatingTriples, ViewCounts]]:
    """Each of these people, or by ascending id everybody who rated something, with their own rows; both
    inputs are sorted by person."""
    everybody, starts = np.unique(rated.users, return_index=True)
    ends = np.append(starts, len(rated.users))[1:]
    left = np.searchsorted(views.users, everybody)
    right = np.searchsorted(views.users, everybody, side="right")
    for place in range(len(everybody)) if people is None else np.searchsorted(everybody, people).tolist():
        own, seen = slice(starts[place], ends[place]), slice(left[place], right[place])
        yield (
            int(everybody[place]),
            RatingTriples(rated.users[own], rated.images[own], rated.values[own]),
            ViewCounts(views.users[seen], views.images[seen], views.this_week[seen], views.last_week[seen]),
        )
