"""Popularity, the same for all users: how many liked an image lately. Each user counts once for an image.

    trending(i) = sum over users of d(age) w a

w is 1 for a rating of 4 or 5, 0.1 for a rating of 3 or a view without a rating, -0.1 for a lower rating; d is
1 now and 1/2 after a week; a is the weight of the account (decision 40). A new image has 0, the default of
the column (decision 38).
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import Max
from numpy.typing import NDArray

from gallery.models import AccountWeight, Image, Listing, Rating, View

HALF_LIFE = timedelta(days=7)
LIKED, SEEN, DISLIKED = 1.0, 0.1, -0.1  # the weight of a user
_OF_STARS = np.array([SEEN, DISLIKED, DISLIKED, SEEN, LIKED, LIKED])  # by stars; 0: opened without a rating
_OLDEST = 10 * HALF_LIFE  # older events weigh less than a thousandth
_BATCH = 500


def popularity(stars: NDArray[np.int64], ages: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each user adds to an image: `stars` of the rating, 0 for a view without one, and its age in
    seconds. An event in the future counts as one of now."""
    weights: NDArray[np.float64] = _OF_STARS[stars]
    return weights * 0.5 ** (np.maximum(ages, 0.0) / HALF_LIFE.total_seconds())


def scores(now: datetime) -> dict[int, float]:
    """Trending by image id, of all images that users rated or opened lately, up to `now`."""
    lately = now - _OLDEST, now
    ratings, views = Rating.objects.filter(updated_at__range=lately), View.objects.filter(at__range=lately)
    events = {
        (user, image): (0, at)
        for user, image, at in views.order_by()
        .values_list("user", "image")
        .annotate(last=Max("at"))
        .iterator(chunk_size=5000)
    }
    rated = ratings.values_list("user", "image", "value", "updated_at").iterator(chunk_size=5000)
    events |= {(user, image): (value, at) for user, image, value, at in rated}
    stars = np.array([value for value, _ in events.values()], dtype=np.int64)
    ages = np.array([(now - at).total_seconds() for _, at in events.values()], dtype=np.float64)
    weights, found = AccountWeight.objects.weights(), defaultdict[int, float](float)
    for (user, image), added in zip(events, popularity(stars, ages).tolist(), strict=True):
        found[image] += added * weights.of(user)
    return found


def refresh(now: datetime) -> int:
    """Updates `trending` of all images and returns how many changed.

    Scores are rounded to a thousandth of a user, which no user can see: many images then share a value, and
    one statement writes them.
    """
    fresh = scores(now)
    changed: dict[float, list[int]] = defaultdict(list)
    for pk, old in Listing.objects.values_list("pk", "trending").iterator(chunk_size=5000):
        score = round(fresh.get(pk, 0.0), 3)
        if score != old:
            changed[score].append(pk)
    for group in _groups(changed):
        with transaction.atomic():  # short ones, so that users' writes can run in between
            every = [pk for _, ids in group for pk in ids]
            # Locked in ascending order, as everywhere, so that no deadlock is possible.
            list(
                Image.objects.select_for_update(no_key=True)
                .filter(pk__in=every)
                .order_by("pk")
                .values_list("pk")
            )
            for score, ids in group:
                Image.objects.filter(pk__in=ids).update(trending=score)
                Listing.objects.filter(pk__in=ids).update(trending=score)
    return sum(map(len, changed.values()))


def _groups(changed: dict[float, list[int]]) -> Iterator[list[tuple[float, list[int]]]]:
    """(score, image ids) in groups of about _BATCH images."""
    group: list[tuple[float, list[int]]] = []
    size = 0
    for score, ids in changed.items():
        for start in range(0, len(ids), _BATCH):
            group.append((score, ids[start : start + _BATCH]))
            size += len(group[-1][1])
            if size >= _BATCH:
                yield group
                group, size = [], 0
    yield group
