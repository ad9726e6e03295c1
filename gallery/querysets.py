"""The vocabulary of reading."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Row = TypeVar("Row", bound=models.Model)  # the model says of which rows, so that this module need not know it


def seen_by(user: "User | AnonymousUser", now: datetime | None = None) -> Q:
    """What this person may see, on images and listings: the one rule of access. Staff see everything, people also
    their own uploads."""
    if user.is_staff:
        return Q()
    allowed = Q(visibility="public", published_at__lte=now or timezone.now())
    if user.is_authenticated:
        allowed |= Q(visibility="private", uploaded_by=user.pk)
    return allowed


def kept_back(now: datetime) -> Case:
    """Of images: "hidden", "private", "later" (not yet published), or nothing where everybody sees them."""
    public = When(visibility="public", published_at__lte=now, then=Value(""))
    return Case(public, When(visibility="public", then=Value("later")), default=F("visibility"))


class ImageQuerySet(models.QuerySet[Row]):
    def public(self) -> Self:
        """What everybody may see."""
        return self.filter(visibility="public", published_at__lte=timezone.now())

    def visible(self, user: "User | AnonymousUser") -> Self:
        return self.filter(seen_by(user))

    def not_hidden_by(self, user: "User | AnonymousUser") -> Self:
        return self.exclude(hides__user=user.pk) if user.is_authenticated else self

    def trending(self) -> Self:
        """What is popular first. Public ids are random: what is equally popular comes mixed, not import by import."""
        return self.order_by("-trending", "public_id")

    def newest(self) -> Self:
        return self.order_by("-published_at", "-id")

    def for_cards(self) -> Self:
        """With what a card shows, without the columns that only the recommender reads."""
        return self.select_related("genre").defer("descriptor", "camera", "perceptual_hash", "sha256")


class ListingQuerySet(models.QuerySet[Row]):
    def visible(self, user: "User | AnonymousUser") -> Self:
        """The rule of `seen_by`. Without private uploads of their own a person sees what everybody sees: said so, the
        rows come out of an index in their order."""
        mine = user.is_authenticated and self.filter(visibility="private", uploaded_by=user.pk).exists()
        return self.filter(seen_by(user) if mine or user.is_staff else seen_by(AnonymousUser()))

    def not_hidden_by(self, user: "User | AnonymousUser") -> Self:
        """Named one by one: few are hidden, and a list is looked through faster than a table."""
        if not user.is_authenticated:
            return self
        return self.exclude(pk__in=list(user.hides.values_list("image", flat=True)))

    def trending(self) -> Self:
        return self.order_by("-trending", "public_id")

    def newest(self) -> Self:
        return self.order_by("-published_at", "-image")

    def best(self) -> Self:
        return self.order_by("-best", "public_id")


class JobQuerySet(models.QuerySet[Row]):
    def claimable(self, now: datetime) -> Self:
        """Due and not started, or started by a worker whose lease ran out."""
        return self.filter(Q(state="due", due_at__lte=now) | Q(state="running", lease_until__lt=now))

    def kind(self, kind: str, **more: Any) -> Self:
        return self.filter(kind=kind, **more)
