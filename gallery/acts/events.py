"""The only write path of views, ratings, favourites and hides.

Every function takes the person's row lock first (on SQLite the IMMEDIATE transaction is that lock), so that
parallel requests of one person queue up; saying the same thing twice changes nothing twice. An image that the
person may not see does not exist for them: `Image.DoesNotExist`.
Listeners of `taste_changed` run inside the same transaction.
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
#: recorded, without an image where it was about several; with "forgotten" when a person took something out of
#: their history.
taste_changed = Signal()


@dataclass(frozen=True)
class Rated:
    """What a rating did: the value before and now; None where there was or is none."""

    old: int | None
    new: int | None


def _not_a_rating() -> BadValue:
    return BadValue(_("A rating is a whole number from 1 to 5."))


def parse_rating(text: str) -> int:
    """'1' … '5', exactly: no spaces, signs, fractions or other scripts' digits."""
    if text not in {"1", "2", "3", "4", "5"}:
        raise _not_a_rating()
    return int(text)


def parse_source(text: str) -> str:
    """Where the person came from; what is not known counts as direct."""
    return text if text in Source.values else Source.DIRECT


def parse_reason(text: str) -> str:
    if text not in Hide.Reason.values:
        raise BadValue(_("That is not one of the reasons."))
    return text


@contextmanager
def _writing(user: User, public_ids: Iterable[str], rated: bool = False) -> Iterator[list[Image]]:
    """These images, as far as they exist for the person; Image.DoesNotExist where none does. `rated` allows
    also images that the person rated once, and may not see any more."""
    with transaction.atomic():
        # NO KEY: other tables may go on pointing to the person. The images' locks keep them from being
        # deleted meanwhile; they are taken in one order, so that nobody waits for who waits for them.
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


def _tell(user: User, changed: Sequence[Image], kind: str) -> None:
    """Once, however many images it was about."""
    if changed:
        image = changed[0].pk if len(changed) == 1 else None
        taste_changed.send(sender=None, user_id=user.pk, image_id=image, kind=kind)


def record_view(user: User, public_id: str, source: str, now: datetime) -> bool:
    """Counts a view; False when the same person saw the image less than 30 minutes ago."""
    with _writing(user, [public_id]) as images:
        image = images[0]
        if View.objects.filter(user=user, image=image, at__gt=now - VIEW_WINDOW).exists():
            return False
        View.objects.create(user=user, image=image, source=source, at=now)
        Image.objects.filter(pk=image.pk).update(view_count=F("view_count") + 1)
        _tell(user, images, "view")
        return True


def rate(user: User, public_id: str, value: int | None, source: str, now: datetime) -> Rated:
    """Sets, changes or (None) takes back a rating, and keeps what it was in the history."""
    return rate_each(user, {public_id: value}, source, now)[public_id]


def rate_each(user: User, values: Mapping[str, int | None], source: str, now: datetime) -> dict[str, Rated]:
    """The same for several images at once, by public id;
    what does not exist for the person is not in the answer."""
    if any(
        value is not None and (type(value) is not int or value not in range(1, 6))
        for value in values.values()
    ):
        raise _not_a_rating()
    with _writing(user, values, rated=None in values.values()) as images:
        before = dict(Rating.objects.filter(user=user, image__in=images).values_list("image", "value"))
        rated = {image: Rated(before.get(image.pk), values[image.public_id]) for image in images}
        changes = {image: done for image, done in rated.items() if done.old != done.new}
        _write_ratings(user, changes, now)
        RatingChange.objects.bulk_create(
            RatingChange(user=user, image=image, old=done.old, new=done.new, source=source, at=now)
            for image, done in changes.items()
        )
        _count_ratings(changes)
        _tell(user, list(changes), "rating")
        return {image.public_id: done for image, done in rated.items()}


def _write_ratings(user: User, changes: Mapping[Image, Rated], now: datetime) -> None:
    gone = [image for image, done in changes.items() if done.new is None]
    if gone:
        Rating.objects.filter(user=user, image__in=gone).delete()
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
    """Images whose sums change alike are written together: a statement or few, not one an image."""
    alike: dict[tuple[int, int], list[int]] = {}
    for image, done in changes.items():
        step = (int(done.new is not None) - int(done.old is not None), (done.new or 0) - (done.old or 0))
        alike.setdefault(step, []).append(image.pk)
    for (count, total), ids in alike.items():
        Image.objects.filter(pk__in=ids).update(
            rating_count=F("rating_count") + count, rating_sum=F("rating_sum") + total
        )
    if alike:
        index.rerate([image.pk for image in changes])


def set_favourite(user: User, public_id: str, wanted: bool, now: datetime) -> bool:
    """True when this changed something."""
    return bool(set_favourites(user, [public_id], wanted, now))


def set_favourites(user: User, public_ids: Collection[str], wanted: bool, now: datetime) -> list[str]:
    """The same for several images at once; the public ids of those that changed."""
    with _writing(user, public_ids) as images:
        mine = Favourite.objects.filter(user=user, image__in=images)
        kept = set(mine.values_list("image", flat=True))
        changed = [image for image in images if (image.pk in kept) != wanted]
        if wanted:
            Favourite.objects.bulk_create(Favourite(user=user, image=image, at=now) for image in changed)
        else:
            mine.delete()
        if changed:
            step = 1 if wanted else -1
            Image.objects.filter(pk__in=[image.pk for image in changed]).update(
                favourite_count=F("favourite_count") + step
            )
        _tell(user, changed, "favourite")
        return [image.public_id for image in changed]


def hide(user: User, public_id: str, reason: str, now: datetime) -> bool:
    """Not interested. Again with another reason changes the reason;
    True when the image was not hidden before."""
    return bool(hide_each(user, [public_id], reason, now))


def hide_each(user: User, public_ids: Collection[str], reason: str, now: datetime) -> list[str]:
    """The same for several images at once; the public ids of those that were not hidden before. Without a
    reason, the one that was given before stays."""
    with _writing(user, public_ids) as images:
        mine = Hide.objects.filter(user=user, image__in=images)
        hidden = set(mine.values_list("image", flat=True))
        if reason and hidden:
            mine.update(reason=reason)
        changed = [image for image in images if image.pk not in hidden]
        Hide.objects.bulk_create(Hide(user=user, image=image, reason=reason, at=now) for image in changed)
        _tell(user, changed, "hide")
        return [image.public_id for image in changed]


def unhide(user: User, public_id: str) -> bool:
    return bool(unhide_each(user, [public_id]))


def unhide_each(user: User, public_ids: Collection[str]) -> list[str]:
    """The public ids of those that were hidden."""
    with _writing(user, public_ids) as images:
        mine = Hide.objects.filter(user=user, image__in=images)
        hidden = set(mine.values_list("image", flat=True))
        changed = [image for image in images if image.pk in hidden]
        if changed:
            mine.delete()
        _tell(user, changed, "hide")
        return [image.public_id for image in changed]


def forget_views(user: User, views: QuerySet[View]) -> int:
    """Takes these views, as far as they are the person's own, out of their history; how many there were."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        mine = views.filter(user=user)
        touched = set(mine.values_list("image_id", flat=True))
        gone = mine.delete()[0]
        recount(touched)
        if gone:
            taste_changed.send(sender=None, user_id=user.pk, image_id=None, kind="forgotten")
        return gone


def forget_taste(user: User, images: "QuerySet[Image] | None" = None) -> None:
    """Deletes what taste is learnt from, views, ratings with their history, and hides: of these images, or of
    all. Favourites and collections stay: they are kept, not learnt from."""
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
    """What people did in the past, as rows that are not saved yet. One rating,
    favourite or hide a person and image."""

    views: Sequence[View] = ()
    ratings: Sequence[Rating] = ()
    favourites: Sequence[Favourite] = ()
    hides: Sequence[Hide] = ()


def record_history(history: History) -> None:
    """Writes a past in bulk, all of it or nothing: each rating with its entry in the history,
    the counters made exact.

    Listeners of `taste_changed` are not told; the next night learns from it.
    Raises IntegrityError for what is there.
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
    """Makes the counters of these images what their rows say;
    call it after rows were written or deleted in bulk."""

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
        index.rerate(ids[start : start + HISTORY_BATCH])
