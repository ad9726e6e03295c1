"""The users of `imagerec.demo.people` as accounts without a password, with four weeks of history."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from django.contrib.auth.models import Group, User
from django.db import transaction

from gallery.acts.events import History, record_history
from gallery.models import Favourite, Hide, Image, Rating, Source, View
from imagerec.demo.names import FIRST_NAMES
from imagerec.demo.people import Catalogue, SimulatedHistory, simulate, traits_of
from imagerec.demo.vocabulary import GENRES

GROUP = "Demo people"  # the group of all users that the demo created
_BATCH = 10  # people in one transaction
CURATOR = "curator"
SOURCES = (Source.EXPLORE, Source.SEARCH, Source.SIMILAR, Source.DIRECT)


def username(number: int) -> str:
    return f"demo-{number:03d}"


def read_catalogue() -> tuple[list[int], Catalogue]:
    """The ids of the demo's images, and their genres and traits, in the order in which they were painted."""
    index_of = {slug: index for index, slug in enumerate(GENRES)}
    rows = list(
        Image.objects.filter(demo=True, genre__slug__in=index_of)
        .order_by("-published_at", "pk")
        .values_list("pk", "genre__slug", "palette")
    )
    appeal = np.random.default_rng(len(rows)).normal(0, 0.3, len(rows))
    genres = np.array([index_of[slug] for _, slug, _ in rows], dtype=np.int64)
    return [pk for pk, _, _ in rows], Catalogue(genres, traits_of([palette for *_, palette in rows]), appeal)


def missing_people(people: int) -> list[int]:
    """Numbers from 1 to `people` whose account does not exist yet."""
    existing = set(User.objects.filter(username__startswith="demo-").values_list("username", flat=True))
    return [number for number in range(1, people + 1) if username(number) not in existing]


def create_people(seed: int, numbers: list[int], now: datetime) -> Iterator[int]:
    """Creates these users in small groups; a user and the whole history are written in one transaction."""
    ids, catalogue = read_catalogue()
    group = Group.objects.get_or_create(name=GROUP)[0]
    for start in range(0, len(numbers), _BATCH):
        batch = numbers[start : start + _BATCH]
        with transaction.atomic():
            users = User.objects.bulk_create([_account(seed, number, now) for number in batch])
            group.user_set.add(*users)
            for number, user in zip(batch, users, strict=True):
                rng = np.random.default_rng(np.random.SeedSequence([seed, number, 2]))
                record_history(history_of(user, simulate(rng, catalogue), ids, now, rng))
        yield len(batch)


def _account(seed: int, number: int, now: datetime) -> User:
    name = FIRST_NAMES[(seed + number * 37) % len(FIRST_NAMES)]
    user = User(username=username(number), first_name=name, date_joined=now - timedelta(days=29))
    user.set_unusable_password()
    return user


def history_of(
    user: User, simulated: SimulatedHistory, ids: list[int], now: datetime, rng: np.random.Generator
) -> History:
    """The rows of one user's history; `ids` are the images' ids by index of the catalogue."""

    def before(seconds: float) -> datetime:
        return now - timedelta(seconds=max(1.0, float(seconds)))

    sources = [SOURCES[k] for k in rng.choice(len(SOURCES), len(simulated.viewed), p=[0.55, 0.2, 0.15, 0.1])]
    views = [
        View(user=user, image_id=ids[index], source=source, at=before(ago))
        for index, source, ago in zip(simulated.viewed, sources, simulated.viewed_ago, strict=True)
    ]
    rated = [
        (ids[simulated.viewed[index]], before(ago))
        for index, ago in zip(simulated.rated, simulated.rated_ago, strict=True)
    ]
    ratings = [
        Rating(user=user, image_id=image, value=int(value), created_at=at, updated_at=at)
        for (image, at), value in zip(rated, simulated.values, strict=True)
    ]
    favourites = [
        Favourite(user=user, image_id=rated[index][0], at=rated[index][1]) for index in simulated.favourites
    ]
    hides = [
        Hide(user=user, image_id=rated[index][0], reason=Hide.Reason.NOT_MY_TASTE, at=rated[index][1])
        for index in simulated.hides
    ]
    return History(sorted(views, key=lambda view: view.at), ratings, favourites, hides)


def create_curator(password: str) -> bool:
    """Creates a superuser for the demo. False if there is a superuser already, or the name is taken."""
    taken = User.objects.filter(is_superuser=True).exists() or User.objects.filter(username=CURATOR).exists()
    if taken:
        return False
    with transaction.atomic():
        curator = User.objects.create_superuser(CURATOR, password=password)
        Group.objects.get_or_create(name=GROUP)[0].user_set.add(curator)
    return True
