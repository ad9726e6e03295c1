"""Picture number n of a seed: always the same."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from PIL import Image

from imagerec.demo.painter.scene import Painter
from imagerec.demo.painter.scenes import (
    abstract,
    animals,
    city,
    desert,
    flowers,
    forest,
    hills,
    night,
    portraits,
    rain,
    sea,
    still_life,
    winter,
)
from imagerec.demo.vocabulary import GENRES

PAINTERS: dict[str, tuple[Painter, ...]] = {
    "abstract": abstract.PAINTERS,
    "animals": animals.PAINTERS,
    "city": city.PAINTERS,
    "desert": desert.PAINTERS,
    "flowers": flowers.PAINTERS,
    "forest": forest.PAINTERS,
    "hills": hills.PAINTERS,
    "night-sky": night.PAINTERS,
    "portraits": portraits.PAINTERS,
    "rain": rain.PAINTERS,
    "sea": sea.PAINTERS,
    "snow": winter.PAINTERS,
    "still-life": still_life.PAINTERS,
}


@dataclass(frozen=True)
class Painting:
    """A picture and what a catalogue says of it: genre by slug, English keywords,
    how long ago it was "taken"."""

    picture: Image.Image
    genre: str
    title: str
    keywords: tuple[str, ...]
    taken_before: timedelta


def genre_of(seed: int, number: int) -> str:
    """Each run of pictures as long as the list of genres has every genre once, in an order of its own."""
    block, place = divmod(number, len(GENRES))
    order = np.random.default_rng(np.random.SeedSequence([seed, block, 1])).permutation(len(GENRES))
    return list(GENRES)[int(order[place])]


def paint(seed: int, number: int) -> Painting:
    """Paints picture `number` (from 0) of a seed."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, number]))
    genre = genre_of(seed, number)
    painters = PAINTERS[genre]
    scene = painters[int(rng.integers(len(painters)))](rng)
    taken_before = timedelta(days=float(rng.uniform(60, 1000)))
    return Painting(scene.picture, genre, scene.title, tuple(dict.fromkeys(scene.keywords)), taken_before)
