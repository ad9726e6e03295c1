"""Collections, the collections that users follow, and saved searches."""

import secrets
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gallery.models.catalogue import Image

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


def new_token() -> str:
    """22 characters, 128 bits: cannot be guessed."""
    return secrets.token_urlsafe(16)


class CollectionQuerySet(models.QuerySet["Collection"]):
    def open_to(self, user: "User | AnonymousUser") -> Self:
        """Collections that the user may open by their address: own and shared ones. An address cannot be
        guessed."""
        shared = Q(sharing__in=(Collection.Sharing.LINK, Collection.Sharing.PUBLIC))
        return self.filter(shared | Q(owner=user.pk) if user.is_authenticated else shared)

    def public(self) -> Self:
        return self.filter(sharing=Collection.Sharing.PUBLIC)


class Collection(models.Model):
    """Images that a user collected. A private image in a collection is shown only to users who may see it."""

    class Sharing(models.TextChoices):
        PRIVATE = "private", _("only me")
        LINK = "link", _("who has the link")
        PUBLIC = "public", _("everybody")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="collections")
    token = models.CharField(max_length=22, unique=True, default=new_token, editable=False)
    name = models.CharField(_("name"), max_length=80)
    description = models.TextField(_("description"), max_length=500, blank=True)
    sharing = models.CharField(
        _("who sees it"), max_length=8, choices=Sharing.choices, default=Sharing.PRIVATE
    )
    cover = models.ForeignKey(Image, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = CollectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("collection")
        verbose_name_plural = _("collections")
        indexes = [
            models.Index(fields=["owner", "-changed_at"]),
            models.Index(fields=["sharing", "-changed_at"]),
        ]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="collection_has_a_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("gallery:collection", args=[self.token])


class CollectionItem(models.Model):
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="items")
    image = models.ForeignKey(Image, models.CASCADE, related_name="collected")
    position = models.PositiveIntegerField()  # ascending; there may be gaps
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["collection", "position", "id"])]
        constraints = [
            models.UniqueConstraint(fields=["collection", "image"], name="an_image_once_per_collection")
        ]


class Follow(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="follows")
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="followers")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "collection"], name="one_follow_per_collection")
        ]


class SavedSearch(models.Model):
    """A named search: `query` is the query string of its address."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches")
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_saved_search_per_name")]
