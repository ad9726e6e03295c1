"""Geometry of the charts that templates draw as SVG: numbers in, coordinates out."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 100, 40  # units of the drawing; the page stretches it
STARS = 5.0


@dataclass(frozen=True)
class Line:
    points: str  # of a polyline
    dots: str  # of a path: a dot at each value, of a stroke with round ends
    area: str  # of the polygon between it and the ground
    last: float


def line(values: Sequence[float]) -> Line:
    """Values in [0, 1] from left to right; one value alone is a level line."""
    values = list(values) or [0.0]
    count = len(values)
    if count == 1:
        values *= 2
    step = WIDTH / (len(values) - 1)
    places = [f"{i * step:.2f},{HEIGHT * (1 - min(max(v, 0), 1)):.2f}" for i, v in enumerate(values)]
    points, dots = " ".join(places), "".join(f"M{place}h0.01" for place in places[:count])
    return Line(points, dots, f"0,{HEIGHT} {points} {WIDTH},{HEIGHT}", values[-1])


@dataclass(frozen=True)
class Step:
    """One part of a sum on a scale of stars, in per cent of its width."""

    start: float
    width: float
    falls: bool


def waterfall(values: Sequence[float]) -> list[Step]:
    """Each value begins where the one before ended."""
    steps, total = [], 0.0
    for value in values:
        ends = sorted(min(max(edge, 0.0), STARS) for edge in (total, total + value))
        steps.append(Step(100 * ends[0] / STARS, 100 * (ends[1] - ends[0]) / STARS, value < 0))
        total += value
    return steps
