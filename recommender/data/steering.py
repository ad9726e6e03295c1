"""What a person told the feed to do, and when they wanted nothing learnt."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from numpy.typing import NDArray

from gallery.plumbing.compiled_query import Prepared
from recommender.data.artifacts import Content
from recommender.engine.rank import steered
from recommender.models import GenreStance, Pause, Steering

MOST_EXPLORATION = 0.4  # share of the places, with the slider at its end; 0.1 where it stands by itself
BOLD, SAFE = 0.5, 0.9  # lambda of maximal marginal relevance at both ends; 0.8 where it stands by itself
# what likeness to a hidden image takes away at most, what a pin adds: on the scale of ratings
STEERING_STARS = (1.0, 1.0)
USUAL_DISCOVERY = 25
STEERING_SHARES = (0.25, 0.2)  # the same for scores in [0, 1]


@dataclass(frozen=True)
class Wishes:
    """Genres by id; `discovery` from 0, only what fits, to 100, much that is new."""

    muted: frozenset[int] = field(default_factory=frozenset)
    pinned: frozenset[int] = field(default_factory=frozenset)
    discovery: int = USUAL_DISCOVERY

    @property
    def exploration(self) -> float:
        return MOST_EXPLORATION * self.discovery / 100

    @property
    def relevance(self) -> float:
        """lambda of maximal marginal relevance."""
        return SAFE - (SAFE - BOLD) * self.discovery / 100

    def steer(
        self,
        scores: NDArray[np.float64],
        images: NDArray[np.int64],
        hidden: NDArray[np.int64],
        content: Content,
        unit: tuple[float, float] = STEERING_STARS,
    ) -> NDArray[np.float64]:
        """The scores with what is like a hidden image lower, a pinned genre higher,
        a muted one at minus infinity.

        The night asks this of every image for every person, so what nothing was said about is not looked up.
        """
        if not (len(hidden) or self.pinned or self.muted):
            return np.asarray(scores, dtype=np.float64) + 0.0  # an array of its own, 0.0 for -0.0, as below
        genres = (
            content.genres_of(images) if self.pinned or self.muted else np.zeros(len(images), dtype=np.int64)
        )
        away = content.features_of(hidden)
        features = content.features_of(images) if len(away) else np.zeros((len(images), 0), dtype=np.float32)
        pinned = np.isin(genres, list(self.pinned))
        after = steered(scores, features, away, pinned, aversion=unit[0], lift=unit[1])
        after[np.isin(genres, list(self.muted))] = -np.inf
        return after


_wishes = Prepared(
    lambda user: User.objects.filter(pk=user).values_list(
        "steering__discovery", "genre_stances__genre", "genre_stances__stance"
    )
)


def wishes_of(user_id: int) -> Wishes:
    """Those of one person, in one query."""
    rows = _wishes(user_id)
    of = {
        stance: frozenset(genre for _, genre, said in rows if said == stance)
        for stance in GenreStance.Stance.values
    }
    said = rows[0][0] if rows else None
    return Wishes(
        of[GenreStance.Stance.MUTED], of[GenreStance.Stance.PINNED], USUAL_DISCOVERY if said is None else said
    )


def all_wishes() -> dict[int, Wishes]:
    """By person, of those who have any."""
    discovery = dict(Steering.objects.values_list("user", "discovery"))
    genres: dict[tuple[int, str], set[int]] = {}
    for user, genre, stance in GenreStance.objects.values_list("user", "genre", "stance"):
        genres.setdefault((user, stance), set()).add(genre)
    people = discovery.keys() | {user for user, _ in genres}
    return {
        user: Wishes(
            frozenset(genres.get((user, GenreStance.Stance.MUTED), ())),
            frozenset(genres.get((user, GenreStance.Stance.PINNED), ())),
            discovery.get(user, USUAL_DISCOVERY),
        )
        for user in people
    }


def has_pause(user_id: int) -> bool:
    return Pause.objects.filter(user=user_id, until=None).exists()


def paused_people() -> set[int]:
    return set(Pause.objects.filter(until=None).values_list("user", flat=True))


def learnable_views(rows: "QuerySet[Any]", since: datetime) -> "QuerySet[Any]":
    """Views without those of somebody's pause; what was looked at then is never learnt from. `since`:
    the earliest."""
    if not Pause.objects.filter(Q(until=None) | Q(until__gt=since)).exists():
        return rows
    during = Pause.objects.filter(user=OuterRef("user"), since__lte=OuterRef("at"))
    return rows.exclude(Exists(during.filter(Q(until=None) | Q(until__gt=OuterRef("at")))))


def learnable_ratings(rows: "QuerySet[Any]", given: str = "updated_at") -> "QuerySet[Any]":
    """Ratings without those of a pause that lasts: what somebody said in it is learnt from when they go on.
    `given`: the column of when they said it."""
    if not Pause.objects.filter(until=None).exists():
        return rows
    during = Pause.objects.filter(user=OuterRef("user"), until=None, since__lte=OuterRef(given))
    return rows.exclude(Exists(during))
