"""Simulated users with tastes, and their last four weeks: only numbers, no database.

The liking of an image by a user is

    z(p, i) = Σ_g genre(g of i) · A(p, g) + Σ_t trait(i, t) · B(p, t) + appeal(i) + noise,

where (A, B) mixes two of the TASTES below with individual noise; z is scaled to deviation 1 for each user.
Shared tastes give users similar neighbours; traits of the pixels make the content source useful.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imagerec.demo.vocabulary import GENRES

Floats = NDArray[np.float64]
HISTORY_DAYS = 28
TRAITS = ("warm", "bright", "colourful")

#: Likings by genre (1 love, -1 dislike) and by trait, of tastes that overlap.
TASTES: dict[str, tuple[dict[str, float], dict[str, float]]] = {
    "coast": (
        {"sea": 1.2, "desert": 0.4, "hills": 0.5, "city": -0.7, "portraits": -0.6, "abstract": -0.5},
        {"bright": 0.3},
    ),
    "woods": (
        {"forest": 1.2, "hills": 0.9, "snow": 0.6, "animals": 0.4, "city": -0.9, "abstract": -0.6},
        {"colourful": -0.2},
    ),
    "night": (
        {"night-sky": 1.2, "city": 0.8, "rain": 0.9, "flowers": -0.8, "still-life": -0.4},
        {"bright": -0.6},
    ),
    "warmth": ({"desert": 1.0, "sea": 0.5, "flowers": 0.6, "snow": -1.0, "rain": -0.7}, {"warm": 0.7}),
    "modern": (
        {"abstract": 1.2, "portraits": 0.9, "city": 0.5, "hills": -0.6, "sea": -0.5},
        {"colourful": 0.5},
    ),
    "garden": (
        {"flowers": 1.2, "animals": 0.9, "still-life": 0.6, "night-sky": -0.6, "desert": -0.5},
        {"bright": 0.4, "colourful": 0.3},
    ),
    "quiet": (
        {"snow": 1.1, "still-life": 0.9, "rain": 0.4, "hills": 0.5, "portraits": -0.4},
        {"colourful": -0.6, "warm": -0.3},
    ),
    "kitchen": (
        {"still-life": 1.1, "portraits": 0.8, "animals": 0.5, "desert": -0.6, "night-sky": -0.5},
        {"warm": 0.4},
    ),
}


@dataclass(frozen=True)
class Catalogue:
    """All images in a fixed order: genre as its index in GENRES, traits (images x TRAITS), general appeal."""

    genres: NDArray[np.int64]
    traits: Floats
    appeal: Floats

    def __len__(self) -> int:
        return len(self.genres)


@dataclass(frozen=True)
class SimulatedHistory:
    """The history of one user; images are indices of the catalogue, times are seconds before now."""

    liking: Floats  # of each image, with deviation 1
    viewed: NDArray[np.int64]
    viewed_ago: Floats
    rated: NDArray[np.int64]  # indices of `viewed`
    values: NDArray[np.int64]
    rated_ago: Floats
    favourites: NDArray[np.int64]  # indices of `rated`
    hides: NDArray[np.int64]


def traits_of(palettes: list[list[str]]) -> Floats:
    """Warmth, brightness and colourfulness of palettes ("#rrggbb", largest share first); deviation 1 each."""
    rows = np.zeros((len(palettes), len(TRAITS)))
    for row, palette in zip(rows, palettes, strict=True):
        weights = np.array([0.5, 0.25, 0.15, 0.07, 0.03][: len(palette)] or [1.0])
        rgb = np.array(
            [[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in palette] or [[0.5, 0.5, 0.5]]
        )
        red, green, blue = (weights[: len(rgb), None] * rgb).sum(axis=0) / weights[: len(rgb)].sum()
        row[:] = (
            red - blue,
            0.3 * red + 0.6 * green + 0.1 * blue,
            max(red, green, blue) - min(red, green, blue),
        )
    standard: Floats = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-9)
    return standard


def taste(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Likings of genres and of traits: a mix of two TASTES, the first with more weight, and noise."""
    first, second = rng.choice(len(TASTES), 2, replace=False)
    share = rng.uniform(0.6, 0.95)
    genres, traits = np.zeros(len(GENRES)), np.zeros(len(TRAITS))
    for number, part in ((first, share), (second, 1 - share)):
        by_genre, by_trait = list(TASTES.values())[number]
        genres += part * np.array([by_genre.get(slug, 0.0) for slug in GENRES])
        traits += part * np.array([by_trait.get(name, 0.0) for name in TRAITS])
    return genres + rng.normal(0, 0.2, len(genres)), traits + rng.normal(0, 0.15, len(traits))


def simulate(rng: np.random.Generator, catalogue: Catalogue) -> SimulatedHistory:
    """Four weeks of one user: views with a preference for the user's taste, and ratings of viewed images."""
    by_genre, by_trait = taste(rng)
    liking = by_genre[catalogue.genres] + catalogue.traits @ by_trait + catalogue.appeal
    liking = (liking - liking.mean()) / (liking.std() + 1e-9)
    chances = np.exp(0.8 * liking)
    count = min(len(catalogue), int(rng.integers(55, 100)))
    viewed = rng.choice(len(catalogue), count, replace=False, p=chances / chances.sum())
    ago = _view_times(rng, count)
    rated = np.sort(
        rng.choice(count, min(count, int(rng.integers(40, min(81, max(41, count))))), replace=False)
    )
    bias, harsh = rng.normal(0, 0.25), rng.uniform(1.1, 1.4)
    felt = 2.6 + bias + harsh * liking[viewed[rated]] + rng.normal(0, 0.5, len(rated))
    values = np.clip(np.round(felt), 1, 5).astype(np.int64)
    favourites = np.nonzero((values == 5) & (rng.random(len(values)) < 0.35))[0]
    hides = np.nonzero((values == 1) & (rng.random(len(values)) < 0.25))[0]
    rated_ago = np.maximum(ago[rated] - rng.uniform(4, 60, len(rated)), 1.0)
    again, again_ago = _repeated_views(rng, viewed[rated[values >= 4]], ago[rated[values >= 4]])
    return SimulatedHistory(
        liking,
        np.concatenate([viewed, again]),
        np.concatenate([ago, again_ago]),
        rated,
        values,
        rated_ago,
        favourites,
        hides,
    )


def _view_times(rng: np.random.Generator, count: int) -> Floats:
    """Seconds before now of `count` views: in visits, two of three in the last two weeks."""
    visits = max(1, count // 9)
    recent = rng.random(visits) < 0.68
    days = np.where(
        recent,
        rng.uniform(0.05, HISTORY_DAYS / 2, visits),
        rng.uniform(HISTORY_DAYS / 2, HISTORY_DAYS - 0.2, visits),
    )
    visit = rng.integers(visits, size=count)
    return days[visit] * 86400 - rng.uniform(0, 2400, count) + 2500


def _repeated_views(
    rng: np.random.Generator, liked: NDArray[np.int64], ago: Floats
) -> tuple[NDArray[np.int64], Floats]:
    """Second views of liked images, at least an hour later."""
    back = (rng.random(len(liked)) < 0.3) & (ago > 7200)
    return liked[back], 60 + (ago[back] - 3660) * rng.random(int(back.sum()))
