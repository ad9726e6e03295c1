"""Changes of collections. A user may add only images that the user may see; for each viewer the access is
checked again."""

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
    """The user's own collections, at most MAX_COLLECTIONS, the last changed first."""
    return Collection.objects.filter(owner=user).order_by("-changed_at")


def _locked(user: User, token: str) -> Collection:
    """The user's own collection, locked, so that parallel changes wait for each other. Raises
    Collection.DoesNotExist."""
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
    """When the sharing ends, the token changes and the followers are removed, so that the old link never
    works again."""
    if sharing not in Collection.Sharing.values:
        raise BadValue(_("A collection is for you alone, for who has the link, or for everybody."))
    if len(description) > 500 or "\0" in description:
        raise BadValue(_("A description has at most 500 characters."))
    with transaction.atomic():
        collection = _locked(user, token)
        if sharing == Collection.Sharing.PRIVATE and collection.sharing != sharing:
            _close(collection)
        collection.name, collection.description = check_name(name), description.strip()
        collection.sharing, collection.changed_at = sharing, now
        collection.save()
        return collection


def close(collection: Collection, now: datetime) -> Collection:
    """Makes the collection private: a curator's decision."""
    with transaction.atomic():
        _close(collection)
        collection.sharing, collection.changed_at = Collection.Sharing.PRIVATE, now
        collection.save(update_fields=["token", "sharing", "changed_at"])
    return collection


def _close(collection: Collection) -> None:
    collection.token = new_token()
    collection.followers.all().delete()


def add_to_collection(user: User, token: str, public_id: str, now: datetime) -> bool:
    """Appends the image. Returns True if the collection did not contain it. Raises Image.DoesNotExist."""
    return bool(add_each_to_collection(user, token, [public_id], now))


def add_each_to_collection(user: User, token: str, public_ids: Sequence[str], now: datetime) -> list[str]:
    """Appends several images in their order. Returns the public ids of those that the collection did not
    contain. Raises Image.DoesNotExist if the user may see none of them."""
    with transaction.atomic():
        collection = _locked(user, token)
        last = collection.items.aggregate(last=Max("position"))["last"] or 0
        return _insert(
            user,
            collection,
            {public_id: last + number for number, public_id in enumerate(public_ids, start=1)},
            now,
        )


def put_back(user: User, token: str, positions: Mapping[str, int], now: datetime) -> list[str]:
    """Inserts the images at the positions that `remove_each_from_collection` returned."""
    with transaction.atomic():
        return _insert(user, _locked(user, token), positions, now)


def _insert(user: User, collection: Collection, positions: Mapping[str, int], now: datetime) -> list[str]:
    """Inserts into a locked collection the images that its owner may see and that it does not contain."""
    seen = dict(Image.objects.visible(user).filter(public_id__in=positions).values_list("public_id", "pk"))
    if not seen:
        raise Image.DoesNotExist
    contained = set(collection.items.filter(image__in=seen.values()).values_list("image", flat=True))
    new = [public_id for public_id in positions if seen.get(public_id, 0) not in {0, *contained}]
    if collection.items.count() + len(new) > MAX_IMAGES:
        raise BadValue(_("A collection holds at most %(most)d pictures.") % {"most": MAX_IMAGES})
    CollectionItem.objects.bulk_create(
        CollectionItem(collection=collection, image_id=seen[public_id], position=positions[public_id], at=now)
        for public_id in new
    )
    Collection.objects.filter(pk=collection.pk).update(changed_at=now)
    return new


def remove_from_collection(user: User, token: str, public_id: str, now: datetime) -> bool:
    """Removes the image, even if the user may no longer see it."""
    return bool(remove_each_from_collection(user, token, [public_id], now))


def remove_each_from_collection(
    user: User, token: str, public_ids: Sequence[str], now: datetime
) -> dict[str, int]:
    """Removes several images. Returns the positions of those that the collection contained, in their
    order."""
    with transaction.atomic():
        collection = _locked(user, token)
        Collection.objects.filter(pk=collection.pk, cover__public_id__in=public_ids).update(cover=None)
        Collection.objects.filter(pk=collection.pk).update(changed_at=now)
        items = collection.items.filter(image__public_id__in=public_ids)
        positions = dict(items.order_by("position", "pk").values_list("image__public_id", "position"))
        items.delete()
        return positions


def arrange(user: User, token: str, order: Sequence[str]) -> None:
    """Sorts the collection in this order. Images that are not named (added meanwhile, or not visible) come
    last."""
    with transaction.atomic():
        collection = _locked(user, token)
        items = list(collection.items.order_by("position", "pk").values_list("image__public_id", "pk"))
        wanted = {public_id: position for position, public_id in enumerate(order)}
        items.sort(key=lambda item: wanted.get(item[0], len(wanted)))
        changed = [
            CollectionItem(pk=pk, position=position) for position, (_, pk) in enumerate(items, start=1)
        ]
        CollectionItem.objects.bulk_update(changed, ["position"], batch_size=500)


def move(user: User, token: str, public_id: str, step: int) -> None:
    """Moves the image one position up (-1) or down (1) among those that the user may see."""
    order = list(images_of(_own(user, token), user).values_list("public_id", flat=True))
    if public_id not in order:
        raise Image.DoesNotExist
    index = order.index(public_id)
    other = min(max(index + step, 0), len(order) - 1)
    order[index], order[other] = order[other], order[index]
    arrange(user, token, order)


def _own(user: User, token: str) -> Collection:
    return Collection.objects.get(token=token, owner=user)


def set_cover(user: User, token: str, public_id: str) -> None:
    with transaction.atomic():
        collection = _locked(user, token)
        collection.cover = images_of(collection, user).get(public_id=public_id)
        collection.save(update_fields=["cover"])


def delete_collection(user: User, token: str) -> None:
    with transaction.atomic():
        _locked(user, token).delete()


def follow(user: User, token: str, wanted: bool, now: datetime) -> None:
    """Follows the collection or, if not `wanted`, stops following it. Raises Collection.DoesNotExist if the
    user cannot open it."""
    collection = Collection.objects.open_to(user).exclude(owner=user).get(token=token)
    if wanted:
        Follow.objects.get_or_create(user=user, collection=collection, defaults={"at": now})
    else:
        Follow.objects.filter(user=user, collection=collection).delete()


def images_of(collection: Collection, user: User | AnonymousUser) -> ImageQuerySet:
    """The images of the collection that the user may see, in its order."""
    images = Image.objects.visible(user).filter(collected__collection=collection)
    return images.order_by("collected__position", "collected__pk")


def covers(
    collections: Sequence[Collection], user: User | AnonymousUser
) -> dict[int, tuple[Image | None, int]]:
    """By collection: the cover if the user may see it, else the first image that the user may see; and how
    many images the user sees."""
    covers_by_collection: dict[int, tuple[Image | None, int]] = {}
    for collection in collections:
        seen = images_of(collection, user)
        cover = seen.for_cards().filter(pk=collection.cover_id).first() if collection.cover_id else None
        covers_by_collection[collection.pk] = (cover or seen.for_cards().first(), seen.count())
    return covers_by_collection
