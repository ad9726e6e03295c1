"""Writes the weekly genre and item preferences (paper 003, section III.2) into rows, for the taste page and
the dashboard.

It writes some users at a time, by ascending id. The job row of the step stores the last finished user, and
the step continues from there when it runs again.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import Count
from django.db.models.functions import TruncDate

from gallery.models import View
from gallery.plumbing import jobs
from recommender.data.snapshot import read_view_counts
from recommender.data.steering import learnable_views
from recommender.engine.preferences import item_preference
from recommender.models import GenrePreference, ItemPreference
from recommender.services.night.common import Night, blocks
from recommender.services.taste import WEEKS, week_ending

BATCH = 500  # rows
USERS_PER_TRANSACTION = 100


def run(night: Night, held: jobs.Claim) -> int:
    people = _viewers(night.now)
    through, written = int(held.progress.get("through", 0)), int(held.progress.get("rows", 0))
    for block in blocks([user for user in people if user > through], USERS_PER_TRANSACTION):
        with transaction.atomic():
            written += write_genres(night.now, block) + _write_items(night, block)
            held.renew(through=block[-1], rows=written)
            held.progressed()
    _delete_old_items(set(people))
    return written


def _viewers(now: datetime) -> list[int]:
    """The ids of the users with views in the weeks that are written here, ascending."""
    views = View.objects.filter(at__lte=now, at__gt=now - timedelta(weeks=WEEKS + 1))
    return sorted(views.order_by().values_list("user_id", flat=True).distinct())


def update_genres(user_id: int, now: datetime) -> None:
    """Computes the weeks of one user again, after events were deleted from the history."""
    with transaction.atomic():
        GenrePreference.objects.filter(user=user_id).delete()
        write_genres(now, [user_id])


def write_genres(now: datetime, people: Sequence[int]) -> int:
    """F(u, g) / max F(u, .) for each calendar week that the taste page shows, for these users."""
    last = week_ending(now.date())
    first = last - timedelta(weeks=WEEKS)
    views = View.objects.filter(user_id__in=people, at__lte=now, at__date__gt=first)
    views = learnable_views(views, now - timedelta(weeks=WEEKS + 1))
    counted = (
        views.values_list("user_id", TruncDate("at"), "image__genre_id").annotate(n=Count("pk")).order_by()
    )
    weeks: dict[tuple[int, date], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for user, day, genre, n in counted.iterator(chunk_size=5000):
        weeks[user, week_ending(day)][genre] += n
    rows = [
        GenrePreference(
            user_id=user, week_ending=week, genre_id=genre, views=n, value=n / max(genres.values())
        )
        for (user, week), genres in sorted(weeks.items())
        for genre, n in sorted(genres.items())
    ]
    GenrePreference.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["user", "week_ending", "genre"],
        update_fields=["views", "value"],
        batch_size=BATCH,
    )
    return len(rows)


def _write_items(night: Night, people: Sequence[int]) -> int:
    """alpha(u, i) of the two weeks up to now. Replaces the values of the previous night."""
    counts = read_view_counts(night.now, people=people)
    users, starts = np.unique(counts.users, return_index=True)
    ends = np.append(starts, len(counts.users))[1:]
    rows = []
    for user, start, end in zip(users, starts, ends, strict=True):
        alpha = item_preference(counts.this_week[start:end], counts.last_week[start:end])
        rows += [
            ItemPreference(
                user_id=int(user), image_id=int(image), week_ending=night.now.date(), value=float(value)
            )
            for image, value in zip(counts.images[start:end], alpha, strict=True)
        ]
    ItemPreference.objects.filter(user_id__in=people).delete()
    ItemPreference.objects.bulk_create(rows, batch_size=BATCH)
    return len(rows)


def _delete_old_items(people: set[int]) -> None:
    """Deletes the item preferences of all other users, who have no views in these weeks."""
    others = set(ItemPreference.objects.order_by().values_list("user_id", flat=True).distinct()) - people
    for block in blocks(sorted(others), USERS_PER_TRANSACTION):
        ItemPreference.objects.filter(user_id__in=block).delete()
