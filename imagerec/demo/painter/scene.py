"""What a painter hands back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Scene:
    picture: Image.Image
    title: str
    keywords: tuple[str, ...]


Painter = Callable[[np.random.Generator], Scene]


def one_of(rng: np.random.Generator, choices: Sequence[str]) -> str:
    return choices[int(rng.integers(len(choices)))]


def titled(rng: np.random.Generator, things: Sequence[str], circumstances: Sequence[str]) -> str:
    return f"{one_of(rng, things)} {one_of(rng, circumstances)}"
