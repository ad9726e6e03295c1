"""Which genres a user may know about."""

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, OuterRef, QuerySet

from gallery.models import Genre, Image, Listing
from gallery.models.catalogue import seen_by


def genres_shown_to(user: User | AnonymousUser) -> "QuerySet[Genre]":
    """Genres with at least one image that the user may see: the name of another genre alone could reveal
    something."""
    return Genre.objects.filter(Exists(Listing.objects.filter(seen_by(user), genre=OuterRef("pk"))))


def genres_known_to(user: User | AnonymousUser) -> "QuerySet[Genre]":
    """Genres shown to the user, and genres without images. A genre that has only hidden images seems not to
    exist."""
    seen = Exists(Listing.objects.filter(seen_by(user), genre=OuterRef("pk")))
    return Genre.objects.filter(seen | ~Exists(Image.objects.filter(genre=OuterRef("pk"))))
