"""The first step: a few pictures and genres, so that the feed is personal before the first rating."""

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
    """What a person picked the last time: slugs of genres and public ids of images."""

    genres: frozenset[str] = frozenset()
    images: frozenset[str] = frozenset()


def saved_choices(user: User) -> PickChoices:
    welcome = FirstPicks.objects.filter(user=user).first()
    if welcome is None:
        return PickChoices()
    genres, images = welcome.genres.values_list("slug", flat=True), welcome.images.visible(user)
    return PickChoices(frozenset(genres), frozenset(images.values_list("public_id", flat=True)))


def candidates(user: User, n: int = 30) -> list[Image]:
    """What the person picked before, then popular images, the genres in turn:
    whatever one likes is among them."""
    visible = Image.objects.visible(user).trending()
    genres = list(Genre.objects.values_list("pk", flat=True))
    rounds = -(-n // max(len(genres), 1))
    by_genre = [list(visible.filter(genre=genre).values_list("pk", flat=True)[:rounds]) for genre in genres]
    before = list(visible.filter(public_id__in=saved_choices(user).images).values_list("pk", flat=True))
    popular = [row[place] for place in range(rounds) for row in by_genre if place < len(row)]
    turns = list(dict.fromkeys(before + popular))[: max(n, len(before))]
    found = visible.for_cards().in_bulk(turns)
    return [found[pk] for pk in turns]


def store_picks(user: User, genre_slugs: list[str], public_ids: list[str], now: datetime) -> None:
    """Keeps what was picked in place of earlier picks; nothing picked says "skipped". Raises BadValue."""
    if len(genre_slugs) > MAX_PICKS or len(public_ids) > MAX_PICKS:
        raise BadValue(_("Pick at most %(most)d.") % {"most": MAX_PICKS})
    genres = list(genres_known_to(user).filter(slug__in=genre_slugs))
    images = list(Image.objects.visible(user).filter(public_id__in=public_ids).only("pk"))
    if len(genres) != len(set(genre_slugs)) or len(images) != len(set(public_ids)):
        raise BadValue(_("One of the things you picked is not there any more."))
    with transaction.atomic():
        welcome = FirstPicks.objects.update_or_create(user=user, defaults={"at": now})[0]
        welcome.genres.set(genres)
        welcome.images.set(images)


def is_done(user: User) -> bool:
    return FirstPicks.objects.filter(user=user).exists()
