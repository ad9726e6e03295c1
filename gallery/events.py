"""The only write path of views, ratings, favourites and hides.

Every function takes the person's row lock first (on SQLite the IMMEDIATE transaction is that lock), so that parallel
requests of one person queue up; saying the same thing twice changes nothing twice. An image that the person may not
see does not exist for them: `Image.DoesNotExist`. Listeners of `taste_changed` run inside the same transaction.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, F, Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.dispatch import Signal
from django.utils.translation import gettext as _

from gallery import listing
from gallery.models import Favourite, Hide, Image, Rating, RatingChange, Source, View
from gallery.querysets import seen_by

VIEW_WINDOW = timedelta(minutes=30)

#: Sent with `user_id`, `image_id` and `kind` ("view", "rating", "favourite", "hide") when something new was recorded;
#: with "forgotten" and no image when a person took something out of their history.
taste_changed = Signal()


class BadValue(ValueError):
    """What was sent is not something that can be recorded; the message is for the person who sent it."""


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
def _writing(user: User, public_id: str, rated: bool = False) -> Iterator[Image]:
    """`rated` allows also an image that the person rated once, and may not see any more."""
    with transaction.atomic():
        # NO KEY: other tables may go on pointing to the person. The image's lock keeps it from being deleted meanwhile.
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        allowed = seen_by(user)
        if rated:
            allowed |= Q(pk__in=Rating.objects.filter(user=user, image__public_id=public_id).values("image"))
        image = Image.objects.filter(allowed).select_for_update(no_key=True)
        yield image.only("pk", "public_id").get(public_id=public_id)


def _tell(user: User, image: Image, kind: str) -> None:
    taste_changed.send(sender=None, user_id=user.pk, image_id=image.pk, kind=kind)


def record_view(user: User, public_id: str, source: str, now: datetime) -> bool:
    """Counts a view; False when the same person saw the image less than 30 minutes ago."""
    with _writing(user, public_id) as image:
        if View.objects.filter(user=user, image=image, at__gt=now - VIEW_WINDOW).exists():
            return False
        View.objects.create(user=user, image=image, source=source, at=now)
        Image.objects.filter(pk=image.pk).update(view_count=F("view_count") + 1)
        _tell(user, image, "view")
        return True


def rate(user: User, public_id: str, value: int | None, source: str, now: datetime) -> Rated:
    """Sets, changes or (None) takes back a rating, and keeps what it was in the history."""
    if value is not None and (type(value) is not int or value not in range(1, 6)):
        raise _not_a_rating()
    with _writing(user, public_id, rated=value is None) as image:
        rating = Rating.objects.filter(user=user, image=image).first()
        old = rating.value if rating else None
        if old == value:
            return Rated(old, value)
        if value is None:
            Rating.objects.filter(user=user, image=image).delete()
        elif rating is None:
            Rating.objects.create(user=user, image=image, value=value, created_at=now, updated_at=now)
        else:
            Rating.objects.filter(pk=rating.pk).update(value=value, updated_at=now)
        RatingChange.objects.create(user=user, image=image, old=old, new=value, source=source, at=now)
        Image.objects.filter(pk=image.pk).update(
            rating_count=F("rating_count") + (int(value is not None) - int(old is not None)),
            rating_sum=F("rating_sum") + ((value or 0) - (old or 0)),
        )
        listing.rerate([image.pk])
        _tell(user, image, "rating")
        return Rated(old, value)


def set_favourite(user: User, public_id: str, wanted: bool, now: datetime) -> bool:
    """True when this changed something."""
    with _writing(user, public_id) as image:
        if wanted:
            changed = Favourite.objects.get_or_create(user=user, image=image, defaults={"at": now})[1]
        else:
            changed = bool(Favourite.objects.filter(user=user, image=image).delete()[0])
        if changed:
            step = 1 if wanted else -1
            Image.objects.filter(pk=image.pk).update(favourite_count=F("favourite_count") + step)
            _tell(user, image, "favourite")
        return changed


def hide(user: User, public_id: str, reason: str, now: datetime) -> bool:
    """Not interested. Again with another reason changes the reason; True when the image was not hidden before."""
    with _writing(user, public_id) as image:
        created = Hide.objects.update_or_create(
            user=user, image=image, defaults={"reason": reason}, create_defaults={"reason": reason, "at": now}
        )[1]
        if created:
            _tell(user, image, "hide")
        return created


def unhide(user: User, public_id: str) -> bool:
    with _writing(user, public_id) as image:
        changed = bool(Hide.objects.filter(user=user, image=image).delete()[0])
        if changed:
            _tell(user, image, "hide")
        return changed


def erase(user: User) -> None:
    """Deletes a person with everything they did, and takes it out of the images' sums."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        touched = {pk for model in (View, Rating, Favourite) for pk in _images_of(model, user)}
        user.delete()
        recount(touched)


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
    """Deletes what taste is learnt from, views, ratings with their history, and hides: of these images, or of all.
    Favourites and collections stay: they are kept, not learnt from."""
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


def _images_of(model: type[View] | type[Rating] | type[Favourite], user: User) -> QuerySet[Any, int]:
    return model._default_manager.filter(user=user).values_list("image_id", flat=True).distinct()


HISTORY_BATCH = 500


@dataclass(frozen=True)
class History:
    """What people did in the past, as rows that are not saved yet. One rating, favourite or hide a person and image."""

    views: Sequence[View] = ()
    ratings: Sequence[Rating] = ()
    favourites: Sequence[Favourite] = ()
    hides: Sequence[Hide] = ()


def record_history(history: History) -> None:
    """Writes a past in bulk, all of it or nothing: each rating with its entry in the history, the counters made exact.

    Listeners of `taste_changed` are not told; the next night learns from it. Raises IntegrityError for what is there.
    """
    changes = [
        RatingChange(user_id=r.user_id, image_id=r.image_id, new=r.value, source=Source.EXPLORE, at=r.created_at)
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
    """Makes the counters of these images what their rows say; call it after rows were written or deleted in bulk."""

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
        listing.rerate(ids[start : start + HISTORY_BATCH])
