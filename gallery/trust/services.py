"""Writes the weights of accounts: the night's, and the decisions of staff."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, date, datetime

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Min, QuerySet

from gallery.models import AccountWeight, Image, Rating, RatingChange, View
from gallery.search import index
from gallery.trust.columns import RatingColumns
from gallery.trust.weights import FULL_SPAN, Activity, Found, found_weights

ROWS_AT_A_TIME, BATCH = 20_000, 500
DAY = 86400.0
TIMES: tuple[tuple[type[View | RatingChange | Rating], str], ...] = (
    (View, "at"),
    (RatingChange, "at"),
    (Rating, "created_at"),
)


def refresh(now: datetime) -> int:
    """Computes the weights of all accounts, and the order "best rated". Accounts on which staff decided keep
    their weight. Returns how many rows were written."""
    found = found_weights(_ratings(), _activities(now), _joined())
    with transaction.atomic():
        rows = AccountWeight.objects.select_for_update()
        decided = set(rows.filter(decided_at__isnull=False).values_list("user", flat=True))
        free = set(User.objects.values_list("pk", flat=True)) - decided
        fresh = {user: one for user, one in found.items() if user in free}
        rows.filter(decided_at=None).delete()
        kept = _kept_clusters(found, decided)
        AccountWeight.objects.bulk_create(
            (_row(user, one, kept, now) for user, one in sorted(fresh.items())), batch_size=BATCH
        )
    update_best(Image.objects.filter(rating_count__gt=0))
    return len(fresh)


def _row(user: int, found: Found, kept: dict[int, int], now: datetime) -> AccountWeight:
    cluster = None if found.cluster is None else kept.get(found.cluster, found.cluster)
    return AccountWeight(user_id=user, weight=found.weight, reason=found.reason, cluster=cluster, at=now)


def _kept_clusters(found: dict[int, Found], decided: Collection[int]) -> dict[int, int]:
    """The number under which staff decided on a cluster, for accounts that the night finds with it now."""
    before = AccountWeight.objects.filter(user__in=decided, cluster__isnull=False)
    numbers = dict(before.values_list("user", "cluster"))
    return {
        found[user].cluster: number  # type: ignore[misc]  # without None
        for user, number in numbers.items()
        if number is not None and user in found and found[user].cluster is not None
    }


def _ratings() -> RatingColumns:
    rows = Rating.objects.order_by("user", "image").values_list("user", "image", "value", "created_at")
    numbers = (
        (user, image, value, at.timestamp())
        for user, image, value, at in rows.iterator(chunk_size=ROWS_AT_A_TIME)
    )
    return RatingColumns.of(np.fromiter(numbers, dtype=np.dtype((np.float64, 4))))


def _joined() -> dict[int, float]:
    raters = User.objects.filter(pk__in=Rating.objects.order_by().values("user"))
    return {pk: at.timestamp() for pk, at in raters.values_list("pk", "date_joined").iterator()}


def _activities(now: datetime) -> dict[int, Activity]:
    """Of each account that viewed or rated something. Only the days of new accounts are counted: the others
    have been there long enough."""
    first: dict[int, datetime] = {}
    for model, column in TIMES:
        rows = model._default_manager.order_by().values_list("user").annotate(first=Min(column))
        for user, at in rows.iterator(chunk_size=ROWS_AT_A_TIME):
            first[user] = min(at, first.get(user, at))
    spans = {user: (now - at).total_seconds() / DAY for user, at in first.items()}
    new = [user for user, span in spans.items() if span < FULL_SPAN]
    days = _days(new)
    return {user: Activity(len(days[user]), span) for user, span in spans.items()}


def _days(users: list[int]) -> dict[int, set[date]]:
    days: dict[int, set[date]] = defaultdict(set)
    for start in range(0, len(users), BATCH):
        for model, column in TIMES:
            rows = model._default_manager.filter(user__in=users[start : start + BATCH])
            for user, at in rows.values_list("user", column).iterator(chunk_size=ROWS_AT_A_TIME):
                days[user].add(at.astimezone(UTC).date())
    return days


def update_best(images: "QuerySet[Image]") -> None:
    """Computes the order "best rated" of these images again."""
    ids = list(images.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():  # short ones, so that users' writes can run in between
            # Locked in ascending order, as everywhere, so that no deadlock is possible.
            batch = Image.objects.select_for_update(no_key=True).filter(pk__in=ids[start : start + BATCH])
            index.update_means(list(batch.order_by("pk").values_list("pk", flat=True)))


def decide(cluster: int, weight: float, staff: User, now: datetime) -> list[User]:
    """Staff take away the weight (0) of all accounts of a cluster, or give it back (1). Nights keep the
    decision. Returns the accounts, none for an unknown cluster. The order "best rated" changes at once,
    popularity within a quarter of an hour, and feeds after the next night."""
    with transaction.atomic():
        rows = AccountWeight.objects.select_for_update().filter(cluster=cluster)
        users = list(User.objects.filter(pk__in=rows.values_list("user", flat=True)).order_by("pk"))
        rows.update(weight=weight, set_by=staff, decided_at=now)
    touched = Rating.objects.filter(user__in=users)
    update_best(Image.objects.filter(pk__in=touched.order_by().values("image")))
    return users


def clusters() -> dict[int, list[AccountWeight]]:
    """The accounts of each group and burst, by number."""
    found: dict[int, list[AccountWeight]] = defaultdict(list)
    rows = AccountWeight.objects.filter(cluster__isnull=False).select_related("user", "set_by")
    for row in rows.order_by("cluster", "user"):
        found[row.cluster or 0].append(row)
    return dict(found)
