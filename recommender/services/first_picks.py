"""First picks: a few genres and images that a new user chooses, so that the feed is personal before the first
rating."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from gallery.browse.genres import genres_known_to
from gallery.models import Genre, Image
from gallery.plumbing.errors import BadValue
from recommender.models import FirstPicks

MAX_PICKS = 50


@dataclass(frozen=True)
class PickChoices:
    """The choices of the welcome form: slugs of genres and public ids of images."""

    genres: frozenset[str] = frozenset()
    images: frozenset[str] = frozenset()


def saved_choices(user: User) -> PickChoices:
    picks = FirstPicks.objects.filter(user=user).first()
    if picks is None:
        return PickChoices()
    genres, images = picks.genres.values_list("slug", flat=True), picks.images.visible(user)
    return PickChoices(frozenset(genres), frozenset(images.values_list("public_id", flat=True)))


def candidates(user: User, n: int = 30) -> list[Image]:
    """At least `n` images to choose from: the earlier picks of the user, then popular images, one of each
    genre in turn, so that every genre is among them."""
    visible = Image.objects.visible(user).trending()
    genres = list(Genre.objects.values_list("pk", flat=True))
    rounds = -(-n // max(len(genres), 1))
    by_genre = [list(visible.filter(genre=genre).values_list("pk", flat=True)[:rounds]) for genre in genres]
    picked = list(visible.filter(public_id__in=saved_choices(user).images).values_list("pk", flat=True))
    popular = [row[index] for index in range(rounds) for row in by_genre if index < len(row)]
    ids = list(dict.fromkeys(picked + popular))[: max(n, len(picked))]
    found = visible.for_cards().in_bulk(ids)
    return [found[pk] for pk in ids]


def store_picks(user: User, genre_slugs: list[str], public_ids: list[str], now: datetime) -> None:
    """Replaces the first picks of the user. Empty lists mean that the user skipped the form. Raises
    BadValue."""
    if len(genre_slugs) > MAX_PICKS or len(public_ids) > MAX_PICKS:
        raise BadValue(_("Pick at most %(most)d.") % {"most": MAX_PICKS})
    genres = list(genres_known_to(user).filter(slug__in=genre_slugs))
    images = list(Image.objects.visible(user).filter(public_id__in=public_ids).only("pk"))
    if len(genres) != len(set(genre_slugs)) or len(images) != len(set(public_ids)):
        raise BadValue(_("One of the things you picked is not there any more."))
    with transaction.atomic():
        picks = FirstPicks.objects.update_or_create(user=user, defaults={"at": now})[0]
        picks.genres.set(genres)
        picks.images.set(images)


def is_done(user: User) -> bool:
    return FirstPicks.objects.filter(user=user).exists()
