"""Demographics of the demo's users, related to their tastes, so that new users get different first feeds."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.contrib.auth.models import User
from django.db.models import Count

from gallery.models import Rating
from recommender.models import Demographics

LIKED = 4  # stars
NO_ANSWER, NO_FIELD = 0.2, 0.15  # shares of users without any answer, and without one field
OTHER_REGION = 0.3  # share of users from a random region
YEAR_DEVIATION = 6.0  # standard deviation of the years of birth in a group


@dataclass(frozen=True)
class TasteGroup:
    """Users who like these genres are mostly from one region and of similar age; gender is random."""

    born: int
    region: Demographics.Region
    genres: frozenset[str]


TASTE_GROUPS = (
    TasteGroup(
        2001, Demographics.Region.EAST_ASIA, frozenset({"city", "abstract", "night-sky", "rain", "portraits"})
    ),
    TasteGroup(1986, Demographics.Region.EUROPE, frozenset({"forest", "hills", "snow"})),
    TasteGroup(1969, Demographics.Region.LATIN_AMERICA, frozenset({"sea", "desert"})),
    TasteGroup(1950, Demographics.Region.NORTH_AMERICA, frozenset({"flowers", "animals", "still-life"})),
)


def assign_demographics(group: str, seed: int, now: datetime) -> int:
    """Gives demographics to the users of this group without any; some users stay without, at random.

    Returns the number of users with new demographics.
    """
    likes: dict[int, dict[str, int]] = {}
    liked = Rating.objects.filter(user__groups__name=group, value__gte=LIKED).order_by()
    for user, genre, count in liked.values_list("user", "image__genre__slug").annotate(Count("pk")):
        likes.setdefault(user, {})[genre] = count
    people = User.objects.filter(groups__name=group, pk__in=likes, demographics=None).order_by("username")
    rows = [
        _answers(user, _taste_group(likes[user.pk]), np.random.default_rng([seed, user.pk]), now)
        for user in people
    ]
    return len(Demographics.objects.bulk_create([row for row in rows if row is not None]))


def _taste_group(likes: dict[str, int]) -> TasteGroup:
    """The group with the most likes for each of its genres."""
    return max(
        TASTE_GROUPS, key=lambda group: sum(likes.get(genre, 0) for genre in group.genres) / len(group.genres)
    )


def _answers(user: User, group: TasteGroup, rng: np.random.Generator, now: datetime) -> Demographics | None:
    no_answer, *missing = rng.random(4) < [NO_ANSWER, NO_FIELD, NO_FIELD, NO_FIELD]
    year = int(np.clip(round(rng.normal(group.born, YEAR_DEVIATION)), now.year - 90, now.year - 14))
    gender = str(rng.choice(Demographics.Gender.values, p=[0.48, 0.48, 0.04]))
    region = str(rng.choice(Demographics.Region.values)) if rng.random() < OTHER_REGION else str(group.region)
    if no_answer or all(missing):
        return None
    answers = (None if missing[0] else year), ("" if missing[1] else gender), ("" if missing[2] else region)
    return Demographics(user=user, birth_year=answers[0], gender=answers[1], region=answers[2], at=now)
