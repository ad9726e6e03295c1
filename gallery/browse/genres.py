"""Which genres a person may know of."""

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, OuterRef, QuerySet

from gallery.models import Genre, Image, Listing
from gallery.models.catalogue import seen_by


def genres_shown_to(user: User | AnonymousUser) -> "QuerySet[Genre]":
    """Those that hold at least one image which this person may see: a name alone can give something away."""
    return Genre.objects.filter(Exists(Listing.objects.filter(seen_by(user), genre=OuterRef("pk"))))


def genres_known_to(user: User | AnonymousUser) -> "QuerySet[Genre]":
    """Those, and those that hold nothing yet: what holds only hidden images answers as a genre that never
    was."""
    seen = Exists(Listing.objects.filter(seen_by(user), genre=OuterRef("pk")))
    return Genre.objects.filter(seen | ~Exists(Image.objects.filter(genre=OuterRef("pk"))))
