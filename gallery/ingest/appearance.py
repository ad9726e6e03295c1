"""Small stand-ins of a picture: perceptual hash, thumbhash, placeholder and palette."""

import base64
import io
from functools import cache
from math import pi

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gallery.ingest.descriptor import oklab

HASH_SIDE, HASH_WAVES = 32, 8
NOISE = 1e-6  # of sums; without it the hashes of a plain surface would be those of the rounding
THUMB_SIDE = 16  # the hash keeps at most seven waves across; more pixels only cost time
PLACEHOLDER_SIDE = 16
COLOURS = 5
BOXES = 32
SAME_COLOUR = 0.07  # in OKLab: about where two swatches side by side stop looking different


@cache
def waves(count: int, length: int) -> NDArray[np.float64]:
    """The first `count` cosine waves (DCT-II) over `length` pixels, (count, length)."""
    return np.cos(pi * np.outer(np.arange(count), np.arange(length) + 0.5) / length)


def triangle(nx: int, ny: int) -> NDArray[np.bool_]:
    """Which waves a thumbhash keeps of (ny, nx): the slow ones, without the mean."""
    x, y = np.arange(nx), np.arange(ny)[:, None]
    kept = x * ny < nx * (ny - y)
    kept[0, 0] = False
    return kept


def perceptual_hash(picture: Image.Image) -> str:
    """64 bits as 16 hexadecimal digits; alike pictures differ in few bits.

    The 8 x 8 slowest waves of the grey picture of 32 x 32 pixels, each above their median or not (pHash).
    """
    grey = picture.convert("L").resize((HASH_SIDE, HASH_SIDE), Image.Resampling.LANCZOS)
    slow = waves(HASH_WAVES, HASH_SIDE)
    strengths = slow @ np.asarray(grey, np.float64) @ slow.T
    return np.packbits(strengths > np.median(strengths) + NOISE).tobytes().hex()


def thumb_hash(picture: Image.Image) -> bytes:
    """About 21 bytes that hold an RGB picture's shape and its softest outline (thumbhash, without transparency)."""
    small = picture.copy()
    small.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.BOX)
    (width, height), longest = small.size, max(small.size)
    red, green, blue = np.moveaxis(np.asarray(small.convert("RGB"), np.float64) / 255, -1, 0)
    waves_x, waves_y = max(1, round(7 * width / longest)), max(1, round(7 * height / longest))

    def channel(plane: NDArray[np.float64], nx: int, ny: int) -> tuple[float, float, list[int]]:
        """Mean, largest strength, and the strengths as shares of it in 0-15."""
        strengths = waves(ny, height) @ plane @ waves(nx, width).T / (width * height)
        kept = strengths[triangle(nx, ny)]
        strength = float(np.abs(kept).max())
        shares = 0.5 + 0.5 / strength * kept if strength > NOISE else 0 * kept
        return float(strengths[0, 0]), strength, (15 * shares).round().astype(int).tolist()

    lightness, contrast, outline = channel((red + green + blue) / 3, max(3, waves_x), max(3, waves_y))
    yellow, yellow_contrast, yellows = channel((red + green) / 2 - blue, 3, 3)
    redness, red_contrast, reds = channel(red - green, 3, 3)
    header = round(63 * lightness) | round(31.5 + 31.5 * yellow) << 6 | round(31.5 + 31.5 * redness) << 12
    header |= round(31 * contrast) << 18
    landscape = width > height
    shape = (waves_y if landscape else waves_x) | round(63 * yellow_contrast) << 3 | round(63 * red_contrast) << 9
    steps = [*outline, *yellows, *reds]
    steps += [0] * (len(steps) % 2)
    pairs = bytes(low | high << 4 for low, high in zip(steps[::2], steps[1::2], strict=True))
    return header.to_bytes(3, "little") + (shape | landscape << 15).to_bytes(2, "little") + pairs


def placeholder(hashed: bytes) -> str:
    """The thumbhash drawn as a tiny WebP in a data URI."""
    pixels = draw_thumb_hash(hashed, PLACEHOLDER_SIDE)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=20, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def draw_thumb_hash(hashed: bytes, side: int) -> NDArray[np.uint8]:
    """The opaque picture that a thumbhash stands for, (height, width, 3), at most `side` pixels long.

    Each channel is a sum of cosine waves, two small matrix products.
    """
    header = int.from_bytes(hashed[:3], "little")
    shape = int.from_bytes(hashed[3:5], "little")
    landscape = shape >> 15
    waves_x, waves_y = (7, shape & 7) if landscape else (shape & 7, 7)
    ratio = waves_x / max(1, waves_y)
    width, height = (side, max(1, round(side / ratio))) if ratio > 1 else (max(1, round(side * ratio)), side)
    steps = iter([nibble / 7.5 - 1 for byte in hashed[5:] for nibble in (byte & 15, byte >> 4)])

    def channel(mean: float, strength: float, nx: int, ny: int) -> NDArray[np.float64]:
        weights, kept = np.zeros((ny, nx)), triangle(nx, ny)
        weights[kept] = [next(steps) * strength * 2 for _ in range(np.count_nonzero(kept))]
        return mean + waves(ny, height).T @ weights @ waves(nx, width)

    lightness = channel((header & 63) / 63, (header >> 18 & 31) / 31, max(3, waves_x), max(3, waves_y))
    yellow = channel((header >> 6 & 63) / 31.5 - 1, (shape >> 3 & 63) / 63 * 1.25, 3, 3)
    red = channel((header >> 12 & 63) / 31.5 - 1, (shape >> 9 & 63) / 63 * 1.25, 3, 3)
    blue_plane = lightness - 2 / 3 * yellow
    red_plane = (3 * lightness - blue_plane + red) / 2
    planes = np.stack([red_plane, red_plane - red, blue_plane], axis=-1)
    return (planes.clip(0, 1) * 255).round().astype(np.uint8)


def palette(picture: Image.Image) -> list[str]:
    """Up to five colours "#rrggbb" of a small RGB picture, largest share first; near-identical ones count as one."""
    pixels = np.asarray(picture).reshape(-1, 3)
    boxes = (pixels >> 4).astype(np.intp) @ np.array([256, 16, 1])  # 4096 boxes of like colours
    counts = np.bincount(boxes, minlength=4096)
    largest = np.argsort(-counts, kind="stable")[: min(BOXES, np.count_nonzero(counts))]
    sums = np.stack([np.bincount(boxes, weights=pixels[:, channel], minlength=4096) for channel in range(3)], axis=-1)
    colours = (sums[largest] / counts[largest, None]).round().astype(np.uint8)
    seen = oklab(colours)
    alike = np.linalg.norm(seen[:, None] - seen[None, :], axis=-1) < SAME_COLOUR
    shares: dict[int, int] = {}  # of the colours that stand for others, by their place
    for place, count in enumerate(counts[largest].tolist()):
        stand_in = next((other for other in shares if alike[place, other]), place)
        shares[stand_in] = shares.get(stand_in, 0) + count
    chosen = sorted(shares, key=lambda place: -shares[place])[:COLOURS]
    return ["#{:02x}{:02x}{:02x}".format(*colours[place].tolist()) for place in chosen]
