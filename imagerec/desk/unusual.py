"""Groups and bursts of accounts that push images together, for the dashboard (decision 40)."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Count, F

from gallery.models import AccountWeight, Image, Rating
from gallery.trust import services
from gallery.trust.unusual import HIGH

LISTED, NAMED, SHOWN = 20, 10, 5  # groups, accounts of a group, images of a group


@dataclass(frozen=True)
class UnusualAccounts:
    """Accounts that were found together. `group`: their rated images overlap; otherwise they are a burst.
    `since` is the time at which the first of them signed up. `images` are those that most of their raters in
    this group rate high. `counts` is False if their weight was taken away, `decided` has the decision of
    staff, if there is one."""

    number: int
    people: int
    group: bool
    since: datetime
    names: list[User]
    images: list[Image]
    counts: bool
    decided: AccountWeight | None

    @property
    def more_names(self) -> int:
        return self.people - len(self.names)


def unusual_accounts() -> list[UnusualAccounts]:
    """Those without a decision first, then the largest."""
    found = services.clusters()
    first = sorted(found, key=lambda number: (_is_decided(found[number]), -len(found[number]), number))
    return [_described(number, found[number]) for number in first[:LISTED]]


def _is_decided(rows: list[AccountWeight]) -> bool:
    return all(row.decided_at is not None for row in rows)


def _described(number: int, rows: list[AccountWeight]) -> UnusualAccounts:
    users = [row.user for row in rows]
    return UnusualAccounts(
        number,
        len(users),
        any(row.reason == AccountWeight.Reason.GROUP for row in rows),
        min(user.date_joined for user in users),
        users[:NAMED],
        _pushed(users),
        any(row.weight > 0 for row in rows),
        max(rows, key=lambda row: row.decided_at or row.at) if _is_decided(rows) else None,
    )


def _pushed(users: list[User]) -> list[Image]:
    """The images that at least three of these accounts rate high, and that have few other ratings."""
    high = Rating.objects.filter(user__in=users, value__gte=HIGH)
    counted = high.order_by().values("image").annotate(n=Count("pk")).filter(n__gte=3)
    pushed = counted.filter(n__gt=F("image__rating_count") / 2.0).order_by("-n", "image")
    ids = list(pushed.values_list("image", flat=True)[:SHOWN])
    images = Image.objects.in_bulk(ids)
    return [images[pk] for pk in ids]
