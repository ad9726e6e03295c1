"""Deleting people with everything they did."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.dispatch import Signal

from gallery.acts.events import recount
from gallery.catalogue import editing
from gallery.models import Favourite, Image, Rating, View

#: Sent with `people`, their primary keys, in the transaction that deletes them: what names a person otherwise
#: than by a foreign key goes, too.
erased = Signal()


def erase(people: "QuerySet[User]", *, uploads: bool = False) -> int:
    """Deletes these people; how many there were. The images' sums follow. Public uploads stay without a name
    unless `uploads`; private ones, which nobody could see any more, go with their person."""
    chosen = list(people.values_list("pk", flat=True))
    which = Q() if uploads else Q(visibility=Image.Visibility.PRIVATE)
    editing.delete_images(Image.objects.filter(which, uploaded_by__in=chosen))
    with transaction.atomic():
        # NO KEY, and in one order: as events lock the person whose act they write.
        locked = User.objects.select_for_update(no_key=True).filter(pk__in=chosen).order_by("pk")
        found = list(locked.values_list("pk", flat=True))
        touched: set[int] = set()
        for model in (View, Rating, Favourite):
            touched.update(
                model._default_manager.filter(user__in=found).values_list("image_id", flat=True).distinct()
            )
        User.objects.filter(pk__in=found).delete()
        recount(touched)
        erased.send(sender=None, people=found)
    return len(found)
