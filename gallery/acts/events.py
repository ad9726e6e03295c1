"""The only write path of views, ratings, favourites and hides.

Every function first locks the user's row (on SQLite the IMMEDIATE transaction is that lock), so that parallel
requests of one user run one after the other. Repeating a request changes nothing. An image that the user may
not see raises `Image.DoesNotExist`. Receivers of `taste_changed` run inside the same transaction.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, F, Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.dispatch import Signal
from django.utils.translation import gettext as _

from gallery.models import Favourite, Hide, Image, Rating, RatingChange, Source, View
from gallery.models.catalogue import seen_by
from gallery.plumbing.errors import BadValue
from gallery.search import index

VIEW_WINDOW = timedelta(minutes=30)

#: Sent with `user_id`, `image_id` and `kind` ("view", "rating", "favourite", "hide") when something new was
#: recorded. `image_id` is None if several images changed. The kind is "forgotten" after a user deleted a part
#: of the history.
taste_changed = Signal()


@dataclass(frozen=True)
class Rated:
    """Result of a rating: the values before and after; None means no rating."""

    old: int | None
    new: int | None


def _not_a_rating() -> BadValue:
    return BadValue(_("A rating is a whole number from 1 to 5."))


def parse_rating(text: str) -> int:
    """'1' … '5', exactly: no spaces, signs, fractions or digits of other scripts."""
    if text not in {"1", "2", "3", "4", "5"}:
        raise _not_a_rating()
    return int(text)


def parse_source(text: str) -> str:
    """The page that the user came from; unknown values count as direct."""
    return text if text in Source.values else Source.DIRECT


def parse_reason(text: str) -> str:
    if text not in Hide.Reason.values:
        raise BadValue(_("That is not one of the reasons."))
    return text


@contextmanager
def _locked_images(user: User, public_ids: Iterable[str], rated: bool = False) -> Iterator[list[Image]]:
    """Locks the user, and those of the images that the user may see, in one transaction. Raises
    Image.DoesNotExist if there is no such image. `rated` also allows images that the user rated and may no
    longer see."""
    with transaction.atomic():
        # NO KEY: other transactions may still insert rows that reference the user. The locks on the images
        # prevent their deletion. They are taken in ascending order, so that no deadlock is possible.
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        wanted = Image.objects.filter(public_id__in=list(public_ids))
        allowed = seen_by(user)
        if rated:
            allowed |= Q(pk__in=Rating.objects.filter(user=user, image__in=wanted).values("image"))
        images = list(
            wanted.filter(allowed).select_for_update(no_key=True).only("pk", "public_id").order_by("pk")
        )
        if not images:
            raise Image.DoesNotExist
        yield images


def _send_change(user: User, changed: Sequence[Image], kind: str) -> None:
    """Sends `taste_changed` once, for one image or for several."""
    if changed:
        image = changed[0].pk if len(changed) == 1 else None
        taste_changed.send(sender=None, user_id=user.pk, image_id=image, kind=kind)


def record_view(user: User, public_id: str, source: str, now: datetime) -> bool:
    """Records a view. Returns False if the user viewed the image less than 30 minutes ago."""
    with _locked_images(user, [public_id]) as images:
        image = images[0]
        if View.objects.filter(user=user, image=image, at__gt=now - VIEW_WINDOW).exists():
            return False
        View.objects.create(user=user, image=image, source=source, at=now)
        Image.objects.filter(pk=image.pk).update(view_count=F("view_count") + 1)
        _send_change(user, images, "view")
        return True


def rate(user: User, public_id: str, value: int | None, source: str, now: datetime) -> Rated:
    """Sets, changes or (None) removes a rating, and records the change in the history."""
    return rate_each(user, {public_id: value}, source, now)[public_id]


def rate_each(user: User, values: Mapping[str, int | None], source: str, now: datetime) -> dict[str, Rated]:
    """Rates several images, by public id. Images that the user may not see are missing from the result."""
    if any(
        value is not None and (type(value) is not int or value not in range(1, 6))
        for value in values.values()
    ):
        raise _not_a_rating()
    with _locked_images(user, values, rated=None in values.values()) as images:
        previous = dict(Rating.objects.filter(user=user, image__in=images).values_list("image", "value"))
        rated = {image: Rated(previous.get(image.pk), values[image.public_id]) for image in images}
        changes = {image: done for image, done in rated.items() if done.old != done.new}
        _write_ratings(user, changes, now)
        RatingChange.objects.bulk_create(
            RatingChange(user=user, image=image, old=done.old, new=done.new, source=source, at=now)
            for image, done in changes.items()
        )
        _count_ratings(changes)
        _send_change(user, list(changes), "rating")
        return {image.public_id: done for image, done in rated.items()}


def _write_ratings(user: User, changes: Mapping[Image, Rated], now: datetime) -> None:
    removed = [image for image, done in changes.items() if done.new is None]
    if removed:
        Rating.objects.filter(user=user, image__in=removed).delete()
    Rating.objects.bulk_create(
        [
            Rating(user=user, image=image, value=done.new, created_at=now, updated_at=now)
            for image, done in changes.items()
            if done.new is not None
        ],
        update_conflicts=True,
        unique_fields=["user", "image"],
        update_fields=["value", "updated_at"],
    )


def _count_ratings(changes: Mapping[Image, Rated]) -> None:
    """Updates the sums of the images, with one statement for all images that have the same change."""
    by_change: dict[tuple[int, int], list[int]] = {}
    for image, done in changes.items():
        step = (int(done.new is not None) - int(done.old is not None), (done.new or 0) - (done.old or 0))
        by_change.setdefault(step, []).append(image.pk)
    for (count, total), ids in by_change.items():
        Image.objects.filter(pk__in=ids).update(
            rating_count=F("rating_count") + count, rating_sum=F("rating_sum") + total
        )
    if by_change:
        index.update_means([image.pk for image in changes])


def set_favourite(user: User, public_id: str, wanted: bool, now: datetime) -> bool:
    """Returns True if this changed something."""
    return bool(set_favourites(user, [public_id], wanted, now))


def set_favourites(user: User, public_ids: Collection[str], wanted: bool, now: datetime) -> list[str]:
    """Adds several images to the favourites, or removes them. Returns the public ids of those that
    changed."""
    with _locked_images(user, public_ids) as images:
        mine = Favourite.objects.filter(user=user, image__in=images)
        favourites = set(mine.values_list("image", flat=True))
        changed = [image for image in images if (image.pk in favourites) != wanted]
        if wanted:
            Favourite.objects.bulk_create(Favourite(user=user, image=image, at=now) for image in changed)
        else:
            mine.delete()
        if changed:
            step = 1 if wanted else -1
            Image.objects.filter(pk__in=[image.pk for image in changed]).update(
                favourite_count=F("favourite_count") + step
            )
        _send_change(user, changed, "favourite")
        return [image.public_id for image in changed]


def hide(user: User, public_id: str, reason: str, now: datetime) -> bool:
    """Marks the image as not interesting. A second call with another reason changes the reason. Returns True
    if the image was not hidden before."""
    return bool(hide_each(user, [public_id], reason, now))


def hide_each(user: User, public_ids: Collection[str], reason: str, now: datetime) -> list[str]:
    """Hides several images. Returns the public ids of those that were not hidden before. An empty reason
    keeps the previous one."""
    with _locked_images(user, public_ids) as images:
        mine = Hide.objects.filter(user=user, image__in=images)
        hidden = set(mine.values_list("image", flat=True))
        if reason and hidden:
            mine.update(reason=reason)
        changed = [image for image in images if image.pk not in hidden]
        Hide.objects.bulk_create(Hide(user=user, image=image, reason=reason, at=now) for image in changed)
        _send_change(user, changed, "hide")
        return [image.public_id for image in changed]


def unhide(user: User, public_id: str) -> bool:
    return bool(unhide_each(user, [public_id]))


def unhide_each(user: User, public_ids: Collection[str]) -> list[str]:
    """Returns the public ids of the images that were hidden."""
    with _locked_images(user, public_ids) as images:
        mine = Hide.objects.filter(user=user, image__in=images)
        hidden = set(mine.values_list("image", flat=True))
        changed = [image for image in images if image.pk in hidden]
        if changed:
            mine.delete()
        _send_change(user, changed, "hide")
        return [image.public_id for image in changed]


def forget_views(user: User, views: QuerySet[View]) -> int:
    """Deletes those of the views that belong to the user. Returns how many were deleted."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        mine = views.filter(user=user)
        touched = set(mine.values_list("image_id", flat=True))
        deleted = mine.delete()[0]
        recount(touched)
        if deleted:
            taste_changed.send(sender=None, user_id=user.pk, image_id=None, kind="forgotten")
        return deleted


def forget_taste(user: User, images: "QuerySet[Image] | None" = None) -> None:
    """Deletes the data that the taste is learnt from: views, ratings with their history, and hides, of these
    images or (None) of all. Favourites and collections stay: nothing is learnt from them."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        only = {} if images is None else {"image__in": images.order_by().values("pk")}
        touched: set[int] = set()
        for model in (View, Rating, RatingChange, Hide):
            mine = model._default_manager.filter(user=user, **only)
            touched.update(mine.values_list("image_id", flat=True))
            mine.delete()
        recount(touched)
        taste_changed.send(sender=None, user_id=user.pk, image_id=None, kind="forgotten")


HISTORY_BATCH = 500


@dataclass(frozen=True)
class History:
    """Past activity of users, as rows that are not saved yet: at most one rating, favourite and hide for each
    user and image."""

    views: Sequence[View] = ()
    ratings: Sequence[Rating] = ()
    favourites: Sequence[Favourite] = ()
    hides: Sequence[Hide] = ()


def record_history(history: History) -> None:
    """Writes past activity in bulk, in one transaction: each rating also gets an entry in the history. The
    counters are updated.

    `taste_changed` is not sent; the next night learns from the rows. Raises IntegrityError if a row exists
    already.
    """
    changes = [
        RatingChange(
            user_id=r.user_id, image_id=r.image_id, new=r.value, source=Source.EXPLORE, at=r.created_at
        )
        for r in sorted(history.ratings, key=lambda r: r.created_at)
    ]
    with transaction.atomic():
        View.objects.bulk_create(history.views, batch_size=HISTORY_BATCH)
        Rating.objects.bulk_create(history.ratings, batch_size=HISTORY_BATCH)
        RatingChange.objects.bulk_create(changes, batch_size=HISTORY_BATCH)
        Favourite.objects.bulk_create(history.favourites, batch_size=HISTORY_BATCH)
        Hide.objects.bulk_create(history.hides, batch_size=HISTORY_BATCH)
        touched = (history.views, history.ratings, history.favourites)
        recount({row.image_id for rows in touched for row in rows})


def recount(images: Collection[int]) -> None:
    """Counts views, ratings and favourites of these images again. Call it after rows were written or deleted
    in bulk."""

    def summed(model: type[Model], value: Count | Sum) -> Coalesce:
        rows = model._default_manager.filter(image=OuterRef("pk")).order_by().values("image")
        return Coalesce(Subquery(rows.annotate(summed=value).values("summed")), 0)

    ids = sorted(images)
    for start in range(0, len(ids), HISTORY_BATCH):
        Image.objects.filter(pk__in=ids[start : start + HISTORY_BATCH]).update(
            view_count=summed(View, Count("pk")),
            rating_count=summed(Rating, Count("pk")),
            rating_sum=summed(Rating, Sum("value")),
            favourite_count=summed(Favourite, Count("pk")),
        )
        index.update_means(ids[start : start + HISTORY_BATCH])
