"""Colours: given as "#rrggbb", mixed in OkLab, painted in light.

Light here is the square of the encoded value (a gamma of 2): close to linear light, and a square root brings
it back a dozen times faster than the exact curve.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Stops = Sequence[tuple[float, str]]

TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@lru_cache(4096)
def oklab(colour: str) -> tuple[float, float, float]:
    """ "#rrggbb" as OkLab: lightness 0..1, then two axes of about -0.4..0.4."""
    encoded = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    lab = TO_LAB @ np.cbrt(TO_LMS @ linear)
    return float(lab[0]), float(lab[1]), float(lab[2])


def encoded(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """OkLab of shape (..., 3) as encoded sRGB 0..1, cut to what a screen can show."""
    linear = (lab @ np.linalg.inv(TO_LAB).T) ** 3 @ np.linalg.inv(TO_LMS).T
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def light(colour: str) -> Array:
    """The colour as light, shape (3, 1, 1)."""
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float32) / 255
    return (values**2).reshape(3, 1, 1)


@lru_cache(512)
def _table(stops: tuple[tuple[float, str], ...]) -> Array:
    places = np.linspace(0, 1, 1024)
    labs = np.array([oklab(colour) for _, colour in stops])
    mixed = np.stack([np.interp(places, [p for p, _ in stops], labs[:, axis]) for axis in range(3)], axis=-1)
    return np.ascontiguousarray((encoded(mixed) ** 2).T.astype(np.float32))


def gradient(stops: Stops, where: Array | float) -> Array:
    """Light of shape (3, *where.shape): the stops, mixed in OkLab, at places 0..1."""
    index = (np.clip(where, 0, 1) * np.float32(1023)).astype(np.intp)
    planes: Array = np.take(_table(tuple(stops)), index, axis=1)
    return planes


def spread(colours: Sequence[str]) -> list[tuple[float, str]]:
    """The colours as evenly spaced stops."""
    return [(i / max(1, len(colours) - 1), colour) for i, colour in enumerate(colours)]


def as_hex(lab: NDArray[np.float64]) -> str:
    return "#" + "".join(f"{round(float(v) * 255):02x}" for v in encoded(lab))


def mix(one: str, other: str, share: float) -> str:
    """`share` 0 is `one`, 1 is `other`."""
    return as_hex(np.array(oklab(one)) * (1 - share) + np.array(oklab(other)) * share)


def shifted(colour: str, lightness: float = 0.0, chroma: float = 1.0, hue: float = 0.0) -> str:
    """Lighter by `lightness`, `chroma` times as colourful, the hue turned by `hue` radians."""
    level, a, b = oklab(colour)
    turned = complex(a, b) * chroma * np.exp(1j * hue)
    return as_hex(np.array([min(1.0, max(0.0, level + lightness)), turned.real, turned.imag]))


def varied(
    rng: np.random.Generator,
    colours: Sequence[str],
    hue: float = 0.18,
    chroma: float = 0.15,
    lightness: float = 0.03,
) -> list[str]:
    """The palette, all of it moved the same small random way."""
    turn, strength, lift = rng.normal(0, hue), 1 + rng.normal(0, chroma), rng.normal(0, lightness)
    return [shifted(colour, lift, max(0.2, strength), turn) for colour in colours]
