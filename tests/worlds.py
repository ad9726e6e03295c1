"""Planted worlds: small sites whose right answer is known."""

from datetime import datetime, timedelta

import numpy as np
from django.contrib.auth.models import User

from gallery.acts import events
from gallery.models import Image, Rating, View
from tests.factories import NOON, image, person

GENRES = ("sea", "city", "forest")


def descriptor(genre: str, number: int) -> bytes:
    """Pictures of one genre look alike: a direction of their own with a little noise."""
    rng = np.random.default_rng([GENRES.index(genre), number])
    row = rng.normal(0, 0.05, 24)
    row[8 * GENRES.index(genre) : 8 * GENRES.index(genre) + 8] += 1
    return (row / np.linalg.norm(row)).astype(np.float16).tobytes()


def pictures(each: int = 12) -> dict[str, list[Image]]:
    """`each` public images of every genre."""
    return {
        genre: [
            image(
                f"{genre} {n}",
                genre_slug=genre,
                keywords=(genre, f"{genre}light"),
                descriptor=descriptor(genre, n),
            )
            for n in range(each)
        ]
        for genre in GENRES
    }


def fan(
    name: str, loved: str, album: dict[str, list[Image]], *, rated: int = 6, now: datetime = NOON
) -> User:
    """A user who opened and rated a few images of each genre in the last days: 5 for one genre, 2 or 1
    else. Which ones differs from fan to fan, so that there is something left to predict."""
    user, views, ratings = person(name), [], []
    rng = np.random.default_rng(sum(name.encode()))
    for genre, images in album.items():
        for place, index in enumerate(rng.permutation(len(images))[:rated].tolist()):
            at = now - timedelta(days=3) + timedelta(minutes=int(place))
            value = 5 if genre == loved else int(1 + index % 2)
            views.append(View(user=user, image=images[index], at=at))
            ratings.append(Rating(user=user, image=images[index], value=value, created_at=at, updated_at=at))
    events.record_history(events.History(views=views, ratings=ratings))
    return user


def fans(album: dict[str, list[Image]], each: int = 4, now: datetime = NOON) -> dict[str, list[User]]:
    return {genre: [fan(f"{genre}{n}", genre, album, now=now) for n in range(each)] for genre in GENRES}
