"""Small representations of a picture: perceptual hash, thumbhash, placeholder and palette."""

import base64
import io
from math import pi

import imagehash
import numpy as np
import thumbhash
from numpy.typing import NDArray
from PIL import Image

from gallery.ingest.descriptor import oklab

THUMB_SIDE = 16  # the hash contains at most seven waves in each direction; more pixels only cost time
PLACEHOLDER_SIDE = 16
COLOURS = 5
BOXES = 32
SAME_COLOUR = 0.07  # distance in OKLab below which two swatches side by side look the same


def perceptual_hash(picture: Image.Image) -> str:
    """64 bits as 16 hexadecimal digits; the hashes of similar pictures differ in few bits."""
    return str(imagehash.phash(picture))


def thumb_hash(picture: Image.Image) -> bytes:
    """About 21 bytes with the aspect ratio and a very blurred version of the picture (thumbhash)."""
    small = picture.copy()
    small.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.BOX)
    rgba = np.asarray(small.convert("RGBA")).ravel().tolist()
    return bytes(thumbhash.rgba_to_thumb_hash(small.width, small.height, rgba))


def placeholder(hashed: bytes) -> str:
    """The thumbhash drawn as a tiny WebP in a data URI."""
    pixels = draw_thumb_hash(hashed, PLACEHOLDER_SIDE)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=20, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def draw_thumb_hash(hashed: bytes, side: int) -> NDArray[np.uint8]:
    """The opaque picture that a thumbhash encodes, (height, width, 3), at most `side` pixels long.

    The package's own decoder uses the waves of the first pixel for all others; here each channel is a sum of
    cosine waves, computed with two small matrix products.
    """
    header = int.from_bytes(hashed[:3], "little")
    shape = int.from_bytes(hashed[3:5], "little")
    landscape = shape >> 15
    waves_x, waves_y = (7, shape & 7) if landscape else (shape & 7, 7)
    ratio = waves_x / max(1, waves_y)
    width, height = (side, max(1, round(side / ratio))) if ratio > 1 else (max(1, round(side * ratio)), side)
    steps = iter([nibble / 7.5 - 1 for byte in hashed[5:] for nibble in (byte & 15, byte >> 4)])

    def channel(mean: float, strength: float, nx: int, ny: int) -> NDArray[np.float64]:
        weights = np.zeros((ny, nx))
        for y in range(ny):
            for x in range(nx):
                if (x or y) and x * ny < nx * (ny - y):
                    weights[y, x] = next(steps) * strength * 2
        across = np.cos(pi * np.outer(np.arange(nx), np.arange(width) + 0.5) / width)
        down = np.cos(pi * np.outer(np.arange(ny), np.arange(height) + 0.5) / height)
        return mean + down.T @ weights @ across

    lightness = channel((header & 63) / 63, (header >> 18 & 31) / 31, max(3, waves_x), max(3, waves_y))
    yellow = channel((header >> 6 & 63) / 31.5 - 1, (shape >> 3 & 63) / 63 * 1.25, 3, 3)
    red = channel((header >> 12 & 63) / 31.5 - 1, (shape >> 9 & 63) / 63 * 1.25, 3, 3)
    blue_plane = lightness - 2 / 3 * yellow
    red_plane = (3 * lightness - blue_plane + red) / 2
    planes = np.stack([red_plane, red_plane - red, blue_plane], axis=-1)
    return (planes.clip(0, 1) * 255).round().astype(np.uint8)


def palette(picture: Image.Image) -> list[str]:
    """Up to five colours "#rrggbb" of a small RGB picture, largest share first; nearly identical colours
    count as one colour."""
    pixels = np.asarray(picture).reshape(-1, 3)
    boxes = (pixels >> 4).astype(np.intp) @ np.array([256, 16, 1])  # 4096 boxes of similar colours
    counts = np.bincount(boxes, minlength=4096)
    largest = np.argsort(-counts, kind="stable")[: min(BOXES, np.count_nonzero(counts))]
    sums = np.stack(
        [np.bincount(boxes, weights=pixels[:, channel], minlength=4096) for channel in range(3)], axis=-1
    )
    colours = (sums[largest] / counts[largest, None]).round().astype(np.uint8)
    perceived = oklab(colours)
    shares: dict[int, int] = {}  # of each representative colour, by its index
    for index, count in enumerate(counts[largest].tolist()):
        similar = (
            other for other in shares if np.linalg.norm(perceived[index] - perceived[other]) < SAME_COLOUR
        )
        representative = next(similar, index)
        shares[representative] = shares.get(representative, 0) + count
    chosen = sorted(shares, key=lambda index: -shares[index])[:COLOURS]
    return ["#{:02x}{:02x}{:02x}".format(*colours[index].tolist()) for index in chosen]
