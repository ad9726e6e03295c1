"""Fractal noise: periodic tiles made once in a process, of which pictures take pieces."""

from functools import lru_cache

import numpy as np
from PIL import Image

from imagerec.demo.painter.colour import Array

TILE = 1024


ROUGHNESSES = np.array([1.0, 1.25, 1.6, 2.0])


@lru_cache(len(ROUGHNESSES))
def tile(roughness: float) -> Array:
    """Periodic noise of TILE x TILE, mean 0.5, deviation 0.18;
    its amplitude falls with frequency ** -roughness."""
    rng = np.random.default_rng(int(roughness * 1000))
    across, down = np.fft.rfftfreq(TILE), np.fft.fftfreq(TILE)[:, None]
    frequency = np.hypot(across, down)
    frequency[0, 0] = 1
    amplitude = frequency**-roughness
    # nothing as large as the tile: pieces differ in shape, not in level
    amplitude[frequency < 2.5 / TILE] = 0
    spectrum = amplitude * np.exp(2j * np.pi * rng.random(amplitude.shape))
    values = np.fft.irfft2(spectrum, (TILE, TILE))
    made: Array = (0.5 + 0.18 * (values - values.mean()) / values.std()).astype(np.float32)
    return made


def resized(values: Array, height: int, width: int) -> Array:
    """The values, stretched smoothly. Coarse ones in two steps: the second, a doubling, costs a third."""
    if values.shape == (height, width):
        return values
    if 3 * values.shape[0] < height and 3 * values.shape[1] < width:
        return _doubled(resized(values, (height + 1) // 2, (width + 1) // 2))[:height, :width]
    stretched = Image.fromarray(np.ascontiguousarray(values)).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    return np.asarray(stretched, dtype=np.float32)


def _doubled(values: Array) -> Array:
    """Twice as large in both directions, each new value between two old ones."""
    height, width = values.shape
    wide = np.empty((height, 2 * width), dtype=np.float32)
    wide[:, 0::2] = values
    wide[:, 1:-1:2] = (values[:, :-1] + values[:, 1:]) * np.float32(0.5)
    wide[:, -1] = values[:, -1]
    large = np.empty((2 * height, 2 * width), dtype=np.float32)
    large[0::2] = wide
    large[1:-1:2] = (wide[:-1] + wide[1:]) * np.float32(0.5)
    large[-1] = wide[-1]
    return large


def noise_field(
    rng: np.random.Generator,
    height: int,
    width: int,
    span: tuple[float, float] = (400, 400),
    roughness: float = 1.6,
) -> Array:
    """Noise of height x width pixels showing a piece of `span` (down, across) tile pixels,
    at most one a pixel."""
    down, across = (int(max(4, min(TILE, s, size))) for s, size in zip(span, (height, width), strict=True))
    source = tile(float(ROUGHNESSES[np.argmin(np.abs(ROUGHNESSES - roughness))]))
    if rng.random() < 0.5:
        source = source.T
    if rng.random() < 0.5:
        source = source[::-1]
    top, left = rng.integers(TILE - down + 1), rng.integers(TILE - across + 1)
    return resized(source[top : top + down, left : left + across], height, width)


def rows_of(values: Array, places: Array) -> Array:
    """Rows of `values` at fractional row numbers, mirrored at the ends: bends noise into a perspective."""
    last = len(values) - 1
    places = np.abs((places + last) % (2 * last) - last)
    low = np.minimum(places.astype(np.int64), last - 1)
    share = (places - low).astype(np.float32)[:, None]
    mixed: Array = values[low] * (1 - share) + values[low + 1] * share
    return mixed


def ridge(
    rng: np.random.Generator, length: int, waves: float, roughness: float = 1.3, octaves: int = 7
) -> Array:
    """A line of `length` values, mean 0, about -1..1: the outline of hills, `waves` of them."""
    where = np.linspace(0, waves, length)
    total = np.zeros(length)
    for octave in range(octaves):
        step = 2.0**octave
        knots = rng.normal(size=int(waves * step) + 4)
        at = where * step + rng.random()
        low = at.astype(int)
        share = at - low
        smooth = share * share * (3 - 2 * share)
        total += (knots[low] * (1 - smooth) + knots[low + 1] * smooth) * step**-roughness
    total -= total.mean()
    line: Array = (total / (np.abs(total).max() + 1e-6)).astype(np.float32)
    return line


def smoothstep(low: float, high: float, values: Array) -> Array:
    share = np.clip((values - low) / (high - low), 0, 1)
    smooth: Array = share * share * (3 - 2 * share)
    return smooth
