"""Weekly genre and item preferences (source 003, section III.2) into rows, for the taste page and the dashboard."""

from collections import defaultdict
from datetime import date, datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import Count
from django.db.models.functions import TruncDate

from gallery import jobs
from gallery.models import View
from recommender.data.snapshot import read_view_counts
from recommender.data.steering import learnable_views
from recommender.engine.preferences import item_preference
from recommender.models import GenrePreference, ItemPreference
from recommender.services.night.common import Night
from recommender.services.taste import WEEKS, week_ending

BATCH = 500


def run(night: Night, held: jobs.Claim) -> int:
    return write_genres(night.now) + _items(night)


def again(user_id: int, now: datetime) -> None:
    """One person's weeks anew, after something was taken out of their history."""
    with transaction.atomic():
        GenrePreference.objects.filter(user=user_id).delete()
        write_genres(now, user_id)


def write_genres(now: datetime, user_id: int | None = None) -> int:
    """F(u, g) / max F(u, .) of each calendar week of the last weeks that the taste page shows."""
    last = week_ending(now.date())
    first = last - timedelta(weeks=WEEKS)
    views = learnable_views(View.objects.filter(at__lte=now, at__date__gt=first), now - timedelta(weeks=WEEKS + 1))
    if user_id is not None:
        views = views.filter(user=user_id)
    counted = views.values_list("user_id", TruncDate("at"), "image__genre_id").annotate(n=Count("pk")).order_by()
    weeks: dict[tuple[int, date], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for user, day, genre, n in counted.iterator(chunk_size=5000):
        weeks[user, week_ending(day)][genre] += n
    rows = [
        GenrePreference(user_id=user, week_ending=week, genre_id=genre, views=n, value=n / max(genres.values()))
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


def _items(night: Night) -> int:
    """alpha(u, i) of the two weeks up to now, in place of last night's."""
    counts = read_view_counts(night.now)
    people, starts = np.unique(counts.users, return_index=True)
    ends = np.append(starts, len(counts.users))[1:]
    written = 0
    for block in range(0, len(people), 100):
        rows = []
        for user, start, end in zip(people[block : block + 100], starts[block:], ends[block:], strict=False):
            alpha = item_preference(counts.this_week[start:end], counts.last_week[start:end])
            rows += [
                ItemPreference(user_id=int(user), image_id=int(image), week_ending=night.now.date(), value=float(value))
                for image, value in zip(counts.images[start:end], alpha, strict=True)
            ]
        with transaction.atomic():
            ItemPreference.objects.filter(user_id__in=people[block : block + 100].tolist()).delete()
            ItemPreference.objects.bulk_create(rows, batch_size=BATCH)
        written += len(rows)
    ItemPreference.objects.exclude(user_id__in=people.tolist()).delete()
    return written
