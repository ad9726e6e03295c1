"""Colours in OKLab, in which the distance of two colours is how different they look.

The space is divided into cubes of 0.05, so that an index finds the swatches around a colour; their distances
then give the order.
"""

from itertools import product
from math import floor

import numpy as np
from django.db.models import F, FloatField
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.utils.translation import gettext_lazy as _

from gallery.ingest.descriptor import oklab

STEP = 0.05
COLOUR_RADIUS = 0.07  # distance below which two swatches side by side look the same
_CELLS = 20  # cells along each of the two colour axes
LOWEST = -0.5
Lab = tuple[float, float, float]

#: The palette of the search page: around the colour circle, then the greys.
OFFERED = {
    "c62828": _("Red"), "e8702a": _("Orange"), "f2c230": _("Yellow"), "7fa83a": _("Leaf green"),
    "2e7d4f": _("Forest green"), "2a9d9d": _("Turquoise"), "3f8fd2": _("Sky blue"), "2b4c9b": _("Deep blue"),
    "6a4a9c": _("Violet"), "c2568f": _("Pink"), "8a5a3b": _("Brown"), "d9c4a0": _("Sand"),
    "111111": _("Black"),
    "7d7d7d": _("Grey"), "f5f5f5": _("White"),
}  # fmt: skip


def lab_of(colour: str) -> Lab:
    """OKLab of "#rrggbb"."""
    lightness, a, b = oklab(np.frombuffer(bytes.fromhex(colour.removeprefix("#")), np.uint8)).tolist()
    return lightness, a, b


def _number(lightness: int, a: int, b: int) -> int:
    return (lightness * _CELLS + a) * _CELLS + b


def _coordinates(lab: Lab, away: float = 0.0) -> tuple[int, int, int]:
    lightness, a, b = (value + away for value in lab)
    return (
        min(max(floor(lightness / STEP), 0), _CELLS),
        min(max(floor((a - LOWEST) / STEP), 0), _CELLS - 1),
        min(max(floor((b - LOWEST) / STEP), 0), _CELLS - 1),
    )


def cell(lab: Lab) -> int:
    """The number of the cube that contains a colour."""
    return _number(*_coordinates(lab))


def cells_near(lab: Lab, reach: float) -> list[int]:
    """The cubes that contain all colours within `reach`."""
    low, high = _coordinates(lab, -reach), _coordinates(lab, reach)
    return [
        _number(*coordinates)
        for coordinates in product(*(range(start, end + 1) for start, end in zip(low, high, strict=True)))
    ]


def distance_to(lab: Lab) -> Combinable:
    """The squared distance of a swatch's row to a colour."""
    lightness, a, b = (F(name) - value for name, value in zip(("lightness", "a", "b"), lab, strict=True))
    return ExpressionWrapper(lightness * lightness + a * a + b * b, output_field=FloatField())
