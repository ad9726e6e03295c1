"""The visual descriptor of a picture: a unit vector of 162 numbers. Pictures with similar content and colours
have a high cosine similarity.

| dimensions | block | what |
|---|---|---|
| 0-47 | layout | mean lightness and two colour axes (OKLab) in each cell of a 4 x 4 grid |
| 48-77 | colour | share of pixels by hue (12) and chroma (2), and of grey ones by lightness (6);
square roots |
| 78-149 | edges | strength of edges by direction (8) in each cell of a 3 x 3 grid; square roots,
less their mean |
| 150-161 | texture | strength of fine, middle and coarse detail in each quarter of the picture;
less their mean |

Each block has unit length before it is weighted, so that no block dominates the others. The means are
subtracted because otherwise all pictures with any edges would be similar. The weights are those with which,
among 1,609 photographs of 11 genres, the largest share of the ten nearest pictures has the same genre: 0.48.
By chance it is 0.10.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

SIDE = 72  # pixels; divisible by 4, by 3, and three times by 2
GRID = 4
HUES, CHROMAS, GREYS = 12, 2, 6
CELLS, DIRECTIONS = 3, 8
DIMENSIONS = 3 * GRID**2 + HUES * CHROMAS + GREYS + CELLS**2 * DIRECTIONS + 12
WEIGHTS = {"layout": 0.4, "colour": 0.5, "edges": 0.5, "texture": 0.2}
GREY = 0.03  # chroma under which the eye sees no hue
VIVID = 0.10
MIDDLE = np.array([0.55, 0, 0], np.float32)  # the lightness of an average photograph
SPREAD = np.array([1, 3, 3], np.float32)  # the colour axes vary a third as much as the lightness

TO_LINEAR = np.where(
    np.arange(256) <= 10, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4
).astype(np.float32)
RGB_TO_CONES = np.array(
    [
        [0.41222147, 0.53633254, 0.05144599],
        [0.21190350, 0.68069955, 0.10739696],
        [0.08830246, 0.28171884, 0.62997870],
    ],
    np.float32,
)
CONES_TO_LAB = np.array(
    [
        [0.21045426, 0.79361778, -0.00407205],
        [1.97799850, -2.42859221, 0.45059371],
        [0.02590404, 0.78277177, -0.80867577],
    ],
    np.float32,
)


def oklab(pixels: NDArray[np.uint8]) -> Floats:
    """sRGB bytes (..., 3) -> OKLab (..., 3): lightness 0-1 and two axes of about -0.4 to 0.4."""
    cones = np.cbrt(TO_LINEAR[pixels] @ RGB_TO_CONES.T)
    return np.asarray(cones @ CONES_TO_LAB.T, np.float32)


def describe(picture: Image.Image) -> bytes:
    """The descriptor, as float16, of an RGB picture that was scaled to SIDE x SIDE pixels."""
    lab = oklab(np.asarray(picture))
    blocks = {
        "layout": _layout(lab),
        "colour": _colour(lab),
        "edges": _centred(_edges(lab[..., 0])),
        "texture": _centred(_texture(lab[..., 0])),
    }
    joined = np.concatenate([WEIGHTS[name] * _unit(block) for name, block in blocks.items()])
    return _unit(joined).astype(np.float16).tobytes()


def read(raw: bytes) -> Floats:
    """The stored bytes as 162 float32 of unit length. Raises ValueError if they are not a descriptor."""
    if len(raw) != 2 * DIMENSIONS:
        raise ValueError(f"A descriptor has {2 * DIMENSIONS} bytes, not {len(raw)}.")
    return np.frombuffer(raw, np.float16).astype(np.float32)


def _unit(block: Floats) -> Floats:
    length = float(np.linalg.norm(block))
    return block / np.float32(length) if length > 1e-9 else block


def _centred(block: Floats) -> Floats:
    return np.asarray(block - block.mean(), np.float32)


def _cells(plane: Floats, cells: int) -> Floats:
    """(SIDE, SIDE, ...) -> the mean of each of cells x cells parts, (cells, cells, ...)."""
    step = SIDE // cells
    mean: Floats = plane.reshape(cells, step, cells, step, *plane.shape[2:]).mean(axis=(1, 3))
    return mean


def _layout(lab: Floats) -> Floats:
    return np.asarray((_cells(lab, GRID) - MIDDLE) * SPREAD).ravel()


def _colour(lab: Floats) -> Floats:
    lightness, a, b = (lab[..., axis].ravel() for axis in range(3))
    chroma = np.hypot(a, b)
    hue = ((np.arctan2(b, a) / (2 * np.pi)) % 1 * HUES).astype(int) % HUES
    bins = hue + HUES * (chroma > VIVID)
    grey = chroma < GREY
    bins[grey] = HUES * CHROMAS + np.clip(lightness[grey] * GREYS, 0, GREYS - 1).astype(int)
    shares = np.bincount(bins, minlength=HUES * CHROMAS + GREYS) / bins.size
    return np.asarray(np.sqrt(shares), np.float32)


def _edges(lightness: Floats) -> Floats:
    down, across = np.gradient(lightness)
    strength = np.hypot(down, across)
    direction = (np.arctan2(down, across) / np.pi) % 1 * DIRECTIONS
    lower = direction.astype(int) % DIRECTIONS
    share = direction - np.floor(direction)
    planes = np.zeros((SIDE, SIDE, DIRECTIONS), np.float32)
    rows, columns = np.indices((SIDE, SIDE))
    planes[rows, columns, lower] = strength * (1 - share)
    planes[rows, columns, (lower + 1) % DIRECTIONS] += strength * share
    return np.sqrt(_cells(planes, CELLS)).ravel()


def _halve(plane: Floats) -> Floats:
    half: Floats = plane.reshape(plane.shape[0] // 2, 2, plane.shape[1] // 2, 2).mean(axis=(1, 3))
    return half


def _texture(lightness: Floats) -> Floats:
    strengths = []
    for _ in range(3):
        half = _halve(lightness)
        detail = np.abs(lightness - half.repeat(2, axis=0).repeat(2, axis=1))
        step = detail.shape[0] // 2
        strengths.append(np.sqrt(detail.reshape(2, step, 2, step).mean(axis=(1, 3))).ravel())
        lightness = half
    return np.concatenate(strengths)
