"""The people of `imagerec.demo.people` as accounts that nobody can sign in to,
with their four weeks of history."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from django.contrib.auth.models import Group, User
from django.db import transaction

from gallery.acts.events import History, record_history
from gallery.models import Favourite, Hide, Image, Rating, Source, View
from imagerec.demo.names import FIRST_NAMES
from imagerec.demo.people import Catalogue, Doings, live, traits_of
from imagerec.demo.vocabulary import GENRES

GROUP = "Demo people"  # whoever is in it was made by the demo
BATCH = 10  # people in one transaction
CURATOR = "curator"
SOURCES = (Source.EXPLORE, Source.SEARCH, Source.SIMILAR, Source.DIRECT)


def username(number: int) -> str:
    return f"demo-{number:03d}"


def read_catalogue() -> tuple[list[int], Catalogue]:
    """Ids of the demo's images and what people see in them, in the order in which they were painted."""
    places = {slug: place for place, slug in enumerate(GENRES)}
    rows = list(
        Image.objects.filter(demo=True, genre__slug__in=places)
        .order_by("-published_at", "pk")
        .values_list("pk", "genre__slug", "palette")
    )
    appeal = np.random.default_rng(len(rows)).normal(0, 0.3, len(rows))
    genres = np.array([places[slug] for _, slug, _ in rows], dtype=np.int64)
    return [pk for pk, _, _ in rows], Catalogue(genres, traits_of([palette for *_, palette in rows]), appeal)


def missing(people: int) -> list[int]:
    """Numbers from 1 to `people` whose account is not there yet."""
    there = set(User.objects.filter(username__startswith="demo-").values_list("username", flat=True))
    return [number for number in range(1, people + 1) if username(number) not in there]


def settle(seed: int, numbers: list[int], now: datetime) -> Iterator[int]:
    """Makes these people and their history, a few at a time;
    a person is there with all of it or not at all."""
    ids, catalogue = read_catalogue()
    group = Group.objects.get_or_create(name=GROUP)[0]
    for start in range(0, len(numbers), BATCH):
        some = numbers[start : start + BATCH]
        with transaction.atomic():
            users = User.objects.bulk_create([_account(seed, number, now) for number in some])
            group.user_set.add(*users)
            for number, user in zip(some, users, strict=True):
                rng = np.random.default_rng(np.random.SeedSequence([seed, number, 2]))
                record_history(history_of(user, live(rng, catalogue), ids, now, rng))
        yield len(some)


def _account(seed: int, number: int, now: datetime) -> User:
    name = FIRST_NAMES[(seed + number * 37) % len(FIRST_NAMES)]
    user = User(username=username(number), first_name=name, date_joined=now - timedelta(days=29))
    user.set_unusable_password()
    return user


def history_of(
    user: User, doings: Doings, ids: list[int], now: datetime, rng: np.random.Generator
) -> History:
    """Rows of what somebody did; `ids` are the images' by their place in the catalogue."""

    def before(seconds: float) -> datetime:
        return now - timedelta(seconds=max(1.0, float(seconds)))

    sources = [SOURCES[k] for k in rng.choice(len(SOURCES), len(doings.viewed), p=[0.55, 0.2, 0.15, 0.1])]
    views = [
        View(user=user, image_id=ids[place], source=source, at=before(ago))
        for place, source, ago in zip(doings.viewed, sources, doings.viewed_ago, strict=True)
    ]
    rated = [
        (ids[doings.viewed[place]], before(ago))
        for place, ago in zip(doings.rated, doings.rated_ago, strict=True)
    ]
    ratings = [
        Rating(user=user, image_id=image, value=int(value), created_at=at, updated_at=at)
        for (image, at), value in zip(rated, doings.values, strict=True)
    ]
    favourites = [
        Favourite(user=user, image_id=rated[place][0], at=rated[place][1]) for place in doings.favourites
    ]
    hides = [
        Hide(user=user, image_id=rated[place][0], reason=Hide.Reason.NOT_MY_TASTE, at=rated[place][1])
        for place in doings.hides
    ]
    return History(sorted(views, key=lambda view: view.at), ratings, favourites, hides)


def hire_curator(password: str) -> bool:
    """A staff account to look behind the scenes; False where there is a superuser, or the name is taken."""
    taken = User.objects.filter(is_superuser=True).exists() or User.objects.filter(username=CURATOR).exists()
    if taken:
        return False
    with transaction.atomic():
        curator = User.objects.create_superuser(CURATOR, password=password)
        Group.objects.get_or_create(name=GROUP)[0].user_set.add(curator)
    return True
