"""Deletion of users with all their data."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.dispatch import Signal

from gallery.acts.events import recount
from gallery.catalogue import editing
from gallery.models import Favourite, Image, Rating, View

#: Sent with `people`, the primary keys, in the transaction that deletes the users: receivers delete data that
#: names a user without a foreign key.
erased = Signal()


def erase(people: "QuerySet[User]", *, uploads: bool = False) -> int:
    """Deletes these users and returns how many were deleted. The counters of their images are updated. Public
    uploads stay, without an uploader, unless `uploads` is true. Private uploads, which no other user could
    see, are deleted with the user."""
    chosen = list(people.values_list("pk", flat=True))
    deleted_uploads = Q() if uploads else Q(visibility=Image.Visibility.PRIVATE)
    editing.delete_images(Image.objects.filter(deleted_uploads, uploaded_by__in=chosen))
    with transaction.atomic():
        # FOR NO KEY UPDATE, in ascending order of ids: as `events` locks users.
        locked = User.objects.select_for_update(no_key=True).filter(pk__in=chosen).order_by("pk")
        ids = list(locked.values_list("pk", flat=True))
        touched: set[int] = set()
        for model in (View, Rating, Favourite):
            touched.update(
                model._default_manager.filter(user__in=ids).values_list("image_id", flat=True).distinct()
            )
        User.objects.filter(pk__in=ids).delete()
        recount(touched)
        erased.send(sender=None, people=ids)
    return len(ids)
