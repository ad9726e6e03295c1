"""What is done with collections. An image goes in only for somebody who may see it;
who looks later is asked again."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from gallery.models import Collection, CollectionItem, Follow, Image
from gallery.models.catalogue import ImageQuerySet
from gallery.models.collections import CollectionQuerySet, new_token
from gallery.plumbing.errors import BadValue

MAX_COLLECTIONS, MAX_IMAGES = 200, 2000


def collections_of(user: User) -> CollectionQuerySet:
    """The person's own, the one that changed last first: at most MAX_COLLECTIONS."""
    return Collection.objects.filter(owner=user).order_by("-changed_at")


def _own(user: User, token: str) -> Collection:
    """The person's own collection, locked: two changes at once queue up. Raises Collection.DoesNotExist."""
    return Collection.objects.select_for_update(no_key=True).get(token=token, owner=user)


def check_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= 80 or "\0" in name:
        raise BadValue(_("A collection has a name of 1 to 80 characters."))
    return name


def create(user: User, name: str, now: datetime) -> Collection:
    name = check_name(name)
    if Collection.objects.filter(owner=user).count() >= MAX_COLLECTIONS:
        raise BadValue(_("You have %(most)d collections already.") % {"most": MAX_COLLECTIONS})
    return Collection.objects.create(owner=user, name=name, created_at=now, changed_at=now)


def edit(user: User, token: str, name: str, description: str, sharing: str, now: datetime) -> Collection:
    """Who could look only by the link loses it with the end of the sharing: a later link is another one."""
    if sharing not in Collection.Sharing.values:
        raise BadValue(_("A collection is for you alone, for who has the link, or for everybody."))
    if len(description) > 500 or "\0" in description:
        raise BadValue(_("A description has at most 500 characters."))
    with transaction.atomic():
        found = _own(user, token)
        if sharing == Collection.Sharing.PRIVATE and found.sharing != sharing:
            _close(found)
        found.name, found.description = check_name(name), description.strip()
        found.sharing, found.changed_at = sharing, now
        found.save()
        return found


def close(found: Collection, now: datetime) -> Collection:
    """Private again, whatever its owner wanted: a curator's decision."""
    with transaction.atomic():
        _close(found)
        found.sharing, found.changed_at = Collection.Sharing.PRIVATE, now
        found.save(update_fields=["token", "sharing", "changed_at"])
    return found


def _close(found: Collection) -> None:
    found.token = new_token()
    found.followers.all().delete()


def add_to_collection(user: User, token: str, public_id: str, now: datetime) -> bool:
    """At the end; True when it was not there before. Raises Image.DoesNotExist."""
    return bool(add_each_to_collection(user, token, [public_id], now))


def add_each_to_collection(user: User, token: str, public_ids: Sequence[str], now: datetime) -> list[str]:
    """The same for several images at once, in their order; the public ids of those that were not there
    before. Raises Image.DoesNotExist where the person sees none of them."""
    with transaction.atomic():
        found = _own(user, token)
        last = found.items.aggregate(last=Max("position"))["last"] or 0
        return _put(user, found, {one: last + place for place, one in enumerate(public_ids, start=1)}, now)


def put_back(user: User, token: str, places: Mapping[str, int], now: datetime) -> list[str]:
    """The same at these places, as `remove_each_from_collection` told them."""
    with transaction.atomic():
        return _put(user, _own(user, token), places, now)


def _put(user: User, found: Collection, places: Mapping[str, int], now: datetime) -> list[str]:
    """Into a collection that is locked: what its owner sees and what is not there yet."""
    seen = dict(Image.objects.visible(user).filter(public_id__in=places).values_list("public_id", "pk"))
    if not seen:
        raise Image.DoesNotExist
    there = set(found.items.filter(image__in=seen.values()).values_list("image", flat=True))
    new = [public_id for public_id in places if seen.get(public_id, 0) not in {0, *there}]
    if found.items.count() + len(new) > MAX_IMAGES:
        raise BadValue(_("A collection holds at most %(most)d pictures.") % {"most": MAX_IMAGES})
    CollectionItem.objects.bulk_create(
        CollectionItem(collection=found, image_id=seen[public_id], position=places[public_id], at=now)
        for public_id in new
    )
    Collection.objects.filter(pk=found.pk).update(changed_at=now)
    return new


def remove_from_collection(user: User, token: str, public_id: str, now: datetime) -> bool:
    """Also what the person may not see any more."""
    return bool(remove_each_from_collection(user, token, [public_id], now))


def remove_each_from_collection(
    user: User, token: str, public_ids: Sequence[str], now: datetime
) -> dict[str, int]:
    """The same for several images at once; those that were there, in their order, with their places."""
    with transaction.atomic():
        found = _own(user, token)
        Collection.objects.filter(pk=found.pk, cover__public_id__in=public_ids).update(cover=None)
        Collection.objects.filter(pk=found.pk).update(changed_at=now)
        items = found.items.filter(image__public_id__in=public_ids)
        places = dict(items.order_by("position", "pk").values_list("image__public_id", "position"))
        items.delete()
        return places


def arrange(user: User, token: str, order: Sequence[str]) -> None:
    """The images in this order; those that are not named (they came meanwhile,
    or are not visible) come after."""
    with transaction.atomic():
        found = _own(user, token)
        items = list(found.items.order_by("position", "pk").values_list("image__public_id", "pk"))
        wanted = {public_id: place for place, public_id in enumerate(order)}
        items.sort(key=lambda item: wanted.get(item[0], len(wanted)))
        changed = [CollectionItem(pk=pk, position=place) for place, (_, pk) in enumerate(items, start=1)]
        CollectionItem.objects.bulk_update(changed, ["position"], batch_size=500)


def move(user: User, token: str, public_id: str, step: int) -> None:
    """One place up (-1) or down (1) among those that the person sees."""
    order = list(images_of(_found(user, token), user).values_list("public_id", flat=True))
    if public_id not in order:
        raise Image.DoesNotExist
    place = order.index(public_id)
    other = min(max(place + step, 0), len(order) - 1)
    order[place], order[other] = order[other], order[place]
    arrange(user, token, order)


def _found(user: User, token: str) -> Collection:
    return Collection.objects.get(token=token, owner=user)


def set_cover(user: User, token: str, public_id: str) -> None:
    with transaction.atomic():
        found = _own(user, token)
        found.cover = images_of(found, user).get(public_id=public_id)
        found.save(update_fields=["cover"])


def delete_collection(user: User, token: str) -> None:
    with transaction.atomic():
        _own(user, token).delete()


def follow(user: User, token: str, wanted: bool, now: datetime) -> None:
    """Raises Collection.DoesNotExist for one that this person cannot open."""
    found = Collection.objects.open_to(user).exclude(owner=user).get(token=token)
    if wanted:
        Follow.objects.get_or_create(user=user, collection=found, defaults={"at": now})
    else:
        Follow.objects.filter(user=user, collection=found).delete()


def images_of(collection: Collection, user: User | AnonymousUser) -> ImageQuerySet:
    """What this person sees of it, in its order."""
    images = Image.objects.visible(user).filter(collected__collection=collection)
    return images.order_by("collected__position", "collected__pk")


def covers(
    collections: Sequence[Collection], user: User | AnonymousUser
) -> dict[int, tuple[Image | None, int]]:
    """The cover that this person may see, else the first image that they may, and how many they see;
    by collection."""
    told: dict[int, tuple[Image | None, int]] = {}
    for collection in collections:
        seen = images_of(collection, user)
        cover = seen.for_cards().filter(pk=collection.cover_id).first() if collection.cover_id else None
        told[collection.pk] = (cover or seen.for_cards().first(), seen.count())
    return told
