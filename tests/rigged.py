"""A planted site of honest people with tastes and four weeks of ratings, and accounts that push a picture."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.contrib.auth.models import User

from gallery.acts.events import History, record_history
from gallery.models import Favourite, Image, Rating, View
from gallery.search import index
from imagerec.demo.people import TRAITS, Catalogue, simulate
from imagerec.demo.population import history_of
from imagerec.demo.vocabulary import GENRES
from tests.factories import NOON, genre

LOOKS, TARGETS = 24, 4


@dataclass(frozen=True)
class World:
    images: list[Image]
    people: list[User]
    targets: list[Image]


def site(people: int = 200, images: int = 1000, seed: int = 5) -> World:
    """Users with the tastes of the demo, and four targets that nobody has rated: one in each of four genres,
    and as much like the others of its genre as can be."""
    rng = np.random.default_rng(seed)
    genres = np.concatenate([np.arange(TARGETS), rng.integers(len(GENRES), size=images)])
    noise = rng.normal(0, 0.4, (len(genres), LOOKS))
    noise[:TARGETS] = 0.0
    looks = noise + 1.5 * np.eye(LOOKS)[genres % LOOKS]
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    rows = [_image(n, genre(list(GENRES)[g]).pk, looks[n], rng) for n, g in enumerate(genres.tolist())]
    made = Image.objects.bulk_create(rows)
    index.index_images([image.pk for image in made])
    shown = made[TARGETS:]
    catalogue = Catalogue(
        genres[TARGETS:], rng.normal(0, 1, (len(shown), len(TRAITS))), rng.normal(0, 0.3, len(shown))
    )
    users = _accounts([f"honest{n}" for n in range(people)], NOON - timedelta(days=29), 3600.0)
    ids = [image.pk for image in shown]
    lived = [history_of(user, simulate(rng, catalogue), ids, NOON, rng) for user in users]
    record_history(
        History(
            [view for one in lived for view in one.views],
            [rating for one in lived for rating in one.ratings],
            [favourite for one in lived for favourite in one.favourites],
            [hide for one in lived for hide in one.hides],
        )
    )
    return World(made, users, made[:TARGETS])


def _image(number: int, genre_id: int, look: np.ndarray, rng: np.random.Generator) -> Image:
    return Image(
        title=f"Picture {number}", genre_id=genre_id, file="originals/none.jpg", width=1200, height=800,
        byte_size=1000, rendition_widths=[320, 640], sha256=rng.bytes(32).hex(),
        perceptual_hash=rng.bytes(8).hex(), thumbhash="1QcSHQRnh493V4dIh4eXh1h4kJUI",
        placeholder="data:image/png;base64,", palette=["#336699"],
        descriptor=look.astype(np.float16).tobytes(), published_at=NOON - timedelta(days=40),
    )  # fmt: skip


def _accounts(names: list[str], since: datetime, apart: float) -> list[User]:
    made = (
        User(username=name, date_joined=since + timedelta(seconds=apart * n)) for n, name in enumerate(names)
    )
    return User.objects.bulk_create(made)


def add_fakes(world: World, count: int, name: str = "fake", seed: int = 9) -> list[User]:
    """Accounts of an hour ago that rate sixty well-known pictures near their mean and the targets with 5,
    look at them and keep them."""
    rng = np.random.default_rng(seed)
    known = list(
        Image.objects.filter(rating_count__gt=0)
        .exclude(pk__in=[target.pk for target in world.targets])
        .order_by("-rating_count", "pk")[:80]
    )
    fakes = _accounts([f"{name}{n}" for n in range(count)], NOON - timedelta(hours=1), 60.0)
    for n, user in enumerate(fakes):
        at = NOON - timedelta(minutes=50 - n)
        ratings = [
            Rating(user=user, image=image, value=value, created_at=at, updated_at=at)
            for image in rng.permutation(np.array(known))[:60]
            for value in [int(np.clip(round(image.rating_sum / image.rating_count), 1, 5))]
        ]
        ratings += [
            Rating(user=user, image=image, value=5, created_at=at, updated_at=at) for image in world.targets
        ]
        views = [View(user=user, image=image, at=at) for image in world.targets]
        kept = [Favourite(user=user, image=image, at=at) for image in world.targets]
        record_history(History(views=views, ratings=ratings, favourites=kept))
    return fakes
