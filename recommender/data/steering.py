"""How a user steers the feed, and in which periods nothing is learnt from the user."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from numpy.typing import NDArray

from gallery.plumbing.compiled_query import CompiledQuery
from recommender.data.artifacts import Content
from recommender.engine.rank import apply_steering
from recommender.models import GenreStance, Pause, Steering

MOST_EXPLORATION = 0.4  # share of the positions at discovery 100; 0.1 at the default
BOLD, SAFE = 0.5, 0.9  # lambda of maximal marginal relevance at discovery 100 and 0; 0.8 at the default
# (the most that similarity to a hidden image subtracts, what a pin adds), in stars
STEERING_STARS = (1.0, 1.0)
USUAL_DISCOVERY = 25
STEERING_SHARES = (0.25, 0.2)  # the same for scores in [0, 1]


@dataclass(frozen=True)
class Wishes:
    """Muted and pinned genres by id. `discovery` is from 0 (only images that fit) to 100 (many new ones)."""

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
        """The scores after steering: lower for images similar to a hidden one, higher for pinned genres,
        minus infinity for muted genres.

        A night calls this with all images for every user, so it looks up only what the user steers.
        """
        if not (len(hidden) or self.pinned or self.muted):
            return np.asarray(scores, dtype=np.float64) + 0.0  # a copy, with 0.0 for -0.0, as below
        genres = (
            content.genres_of(images) if self.pinned or self.muted else np.zeros(len(images), dtype=np.int64)
        )
        disliked = content.features_of(hidden)
        features = (
            content.features_of(images) if len(disliked) else np.zeros((len(images), 0), dtype=np.float32)
        )
        pinned = np.isin(genres, list(self.pinned))
        result = apply_steering(scores, features, disliked, pinned, aversion=unit[0], lift=unit[1])
        result[np.isin(genres, list(self.muted))] = -np.inf
        return result


_wishes = CompiledQuery(
    lambda user: User.objects.filter(pk=user).values_list(
        "steering__discovery", "genre_stances__genre", "genre_stances__stance"
    )
)


def wishes_of(user_id: int) -> Wishes:
    """The wishes of one user, in one query."""
    rows = _wishes(user_id)
    genres = {
        stance: frozenset(genre for _, genre, own in rows if own == stance)
        for stance in GenreStance.Stance.values
    }
    discovery = rows[0][0] if rows else None
    return Wishes(
        genres[GenreStance.Stance.MUTED],
        genres[GenreStance.Stance.PINNED],
        USUAL_DISCOVERY if discovery is None else discovery,
    )


def all_wishes() -> dict[int, Wishes]:
    """By user id, of all users who have wishes."""
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


def paused_users() -> set[int]:
    return set(Pause.objects.filter(until=None).values_list("user", flat=True))


def learnable_views(rows: "QuerySet[Any]", since: datetime) -> "QuerySet[Any]":
    """The views without those of a pause, which are never learnt from. `since` is the time of the earliest
    view."""
    if not Pause.objects.filter(Q(until=None) | Q(until__gt=since)).exists():
        return rows
    during = Pause.objects.filter(user=OuterRef("user"), since__lte=OuterRef("at"))
    return rows.exclude(Exists(during.filter(Q(until=None) | Q(until__gt=OuterRef("at")))))


def learnable_ratings(rows: "QuerySet[Any]", at: str = "updated_at") -> "QuerySet[Any]":
    """The ratings without those of a pause that has not ended; they are learnt from after its end. `at` is
    the column with the time of the rating."""
    if not Pause.objects.filter(until=None).exists():
        return rows
    during = Pause.objects.filter(user=OuterRef("user"), until=None, since__lte=OuterRef(at))
    return rows.exclude(Exists(during))
