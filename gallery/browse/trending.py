"""Popularity, the same for all users: a Bayesian mean in which ratings lose weight with a half-life of two
weeks.

    trending(i) = (w · m + Σ d(r) · r) / (w + Σ d(r)) - m + b · V / (V + v)

m: mean of all ratings; w: weight of that prior; d: 1 now, 1/2 after 14 days; V: views with the same decay.
The mean is subtracted, so that an image without ratings has 0, the default of the column: a new image starts
at the prior.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Avg

from gallery.models import Image, Listing, Rating, View

HALF_LIFE = timedelta(days=14)
_PRIOR_WEIGHT = 5.0
VIEW_BONUS, VIEWS_HALFWAY = 0.25, 20.0  # the most stars that views add; number of views that add half of it
_OLDEST = 20 * HALF_LIFE  # older events weigh less than a millionth
_BATCH = 500


def decay(age: timedelta) -> float:
    """The weight of an event of this age; 1 for an event in the future."""
    return float(0.5 ** (max(age, timedelta(0)) / HALF_LIFE))


def scores(now: datetime) -> dict[int, float]:
    """Trending by image id, for all images with recent ratings or views."""
    prior = Rating.objects.aggregate(mean=Avg("value"))["mean"] or 0.0
    surplus: dict[int, float] = defaultdict(float)
    weight: dict[int, float] = defaultdict(float)
    views: dict[int, float] = defaultdict(float)
    since = now - _OLDEST
    ratings = Rating.objects.filter(updated_at__gt=since).values_list("image", "value", "updated_at")
    for image, value, at in ratings.iterator(chunk_size=5000):
        left = decay(now - at)
        surplus[image] += left * (value - prior)
        weight[image] += left
    for image, at in View.objects.filter(at__gt=since).values_list("image", "at").iterator(chunk_size=5000):
        views[image] += decay(now - at)
    return {
        image: surplus[image] / (_PRIOR_WEIGHT + weight[image])
        + VIEW_BONUS * views[image] / (views[image] + VIEWS_HALFWAY)
        for image in surplus.keys() | views.keys()
    }


def refresh(now: datetime) -> int:
    """Updates `trending` of all images and returns how many changed.

    Scores are rounded to a thousandth of a star, which no user can see: many images then share a value, and
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
