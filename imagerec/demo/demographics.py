"""What the demo's people say about themselves: planted,
so that newcomers who answer differently begin differently."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.contrib.auth.models import User
from django.db.models import Count

from gallery.models import Rating
from recommender.models import Demographics

LIKED = 4  # stars
SILENT, LEFT_OUT, ELSEWHERE = 0.2, 0.15, 0.3  # who says nothing; each field; who is not of the camp's region
YEARS = 6.0  # deviation of the years of birth in a camp


@dataclass(frozen=True)
class Camp:
    """People whose likes go mostly to some genres are mostly of one region and born about the same year.
    Gender says nothing: that is for the network to find out."""

    born: int
    region: Demographics.Region
    genres: frozenset[str]


CAMPS = (
    Camp(
        2001, Demographics.Region.EAST_ASIA, frozenset({"city", "abstract", "night-sky", "rain", "portraits"})
    ),
    Camp(1986, Demographics.Region.EUROPE, frozenset({"forest", "hills", "snow"})),
    Camp(1969, Demographics.Region.LATIN_AMERICA, frozenset({"sea", "desert"})),
    Camp(1950, Demographics.Region.NORTH_AMERICA, frozenset({"flowers", "animals", "still-life"})),
)


def introduce(group: str, seed: int, now: datetime) -> int:
    """Everybody of this group who has not said anything yet does; who stays silent is drawn, too.
    Returns how many."""
    likes: dict[int, dict[str, int]] = {}
    liked = Rating.objects.filter(user__groups__name=group, value__gte=LIKED).order_by()
    for user, genre, count in liked.values_list("user", "image__genre__slug").annotate(Count("pk")):
        likes.setdefault(user, {})[genre] = count
    people = User.objects.filter(groups__name=group, pk__in=likes, demographics=None).order_by("username")
    rows = [
        _said(user, _camp(likes[user.pk]), np.random.default_rng([seed, user.pk]), now) for user in people
    ]
    return len(Demographics.objects.bulk_create([row for row in rows if row is not None]))


def _camp(likes: dict[str, int]) -> Camp:
    """That of most likes, for each genre that it has."""
    return max(CAMPS, key=lambda camp: sum(likes.get(genre, 0) for genre in camp.genres) / len(camp.genres))


def _said(user: User, camp: Camp, rng: np.random.Generator, now: datetime) -> Demographics | None:
    silent, *left_out = rng.random(4) < [SILENT, LEFT_OUT, LEFT_OUT, LEFT_OUT]
    year = int(np.clip(round(rng.normal(camp.born, YEARS)), now.year - 90, now.year - 14))
    gender = str(rng.choice(Demographics.Gender.values, p=[0.48, 0.48, 0.04]))
    region = str(rng.choice(Demographics.Region.values)) if rng.random() < ELSEWHERE else str(camp.region)
    if silent or all(left_out):
        return None
    said = (None if left_out[0] else year), ("" if left_out[1] else gender), ("" if left_out[2] else region)
    return Demographics(user=user, birth_year=said[0], gender=said[1], region=said[2], at=now)
