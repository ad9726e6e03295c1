"""Geometry of the charts that templates draw as SVG: numbers in, coordinates out. No markup, no colours, no
Django.

A drawing has WIDTH by HEIGHT units and is stretched to the available space. Labels are outside the drawing,
in the type of the page, so that they are not stretched with it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 300.0
HEIGHT = 100.0
TICK_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MAX_STARS = 5.0


@dataclass(frozen=True)
class Axis:
    low: float
    high: float
    ticks: list[float]  # the highest first, from top to bottom

    def y(self, value: float) -> float:
        return round(HEIGHT * (1 - (value - self.low) / (self.high - self.low)), 2)


def step_of(span: float, parts: int, whole: bool) -> float:
    """A round number, at least span / parts; with `whole`, a whole number."""
    raw = span / parts
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * unit for unit in TICK_STEPS if power * unit >= raw * (1 - 1e-9))
    return max(1.0, math.ceil(step)) if whole else step


def axis(values: Sequence[float], from_zero: bool, parts: int = 4, whole: bool = False) -> Axis:
    """An axis with round bounds around the values, in at most `parts` equal steps; with `whole`, of whole
    numbers."""
    high = max(values, default=1.0)
    low = 0.0 if from_zero else min(values, default=0.0)
    span = max(high - low, 1e-9 if not from_zero else 0.0) or 1.0
    step = step_of(span, parts, whole)
    start, end = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    end = max(end, start + 1)
    return Axis(start * step, end * step, [round(n * step, 10) for n in range(end, start - 1, -1)])


def _x(index: int, count: int) -> float:
    return round(WIDTH * (index + 0.5) / count, 2)


def path(values: Sequence[float | None], on: Axis) -> str:
    """The path of a line with gaps where values are None. A value between two gaps is a dot (a stroke with
    round caps)."""
    parts: list[str] = []
    for index, value in enumerate(values):
        if value is None:
            continue
        point = f"{_x(index, len(values))} {on.y(value)}"
        lonely_before = index == 0 or values[index - 1] is None
        lonely_after = index == len(values) - 1 or values[index + 1] is None
        parts.append(f"{'M' if lonely_before else 'L'}{point}")
        if lonely_before and lonely_after:
            parts.append("h0.01")
    return "".join(parts)


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


def bars(values: Sequence[float], on: Axis, lane: int = 0, lanes: int = 1) -> list[Bar]:
    """A bar for each value. With several lanes (series), the bars of lane 0, 1, … are side by side."""
    slot = WIDTH / max(1, len(values))
    width = slot * 0.76 / lanes
    return [
        Bar(
            round(slot * (index + 0.12) + width * lane, 2),
            on.y(value),
            round(width, 2),
            round(HEIGHT - on.y(value), 2),
        )
        for index, value in enumerate(values)
    ]


def lanes(count: int) -> list[Bar]:
    """One rectangle of full height for each index, as a target for the pointer."""
    slot = WIDTH / max(1, count)
    return [Bar(round(slot * index, 2), 0, round(slot, 2), HEIGHT) for index in range(count)]


@dataclass(frozen=True)
class Curve:
    """A line from the left edge to the right one."""

    points: str  # of a polyline
    dots: str  # of a path: a dot at each value (a stroke with round caps)
    area: str  # of the polygon between the line and the bottom
    last: float


def curve(values: Sequence[float]) -> Curve:
    """The line of values in [0, 1], from left to right. A single value gives a horizontal line."""
    values = list(values) or [0.0]
    count = len(values)
    if count == 1:
        values *= 2
    step = WIDTH / (len(values) - 1)
    points = [f"{i * step:.2f},{HEIGHT * (1 - min(max(v, 0), 1)):.2f}" for i, v in enumerate(values)]
    polyline, dots = " ".join(points), "".join(f"M{point}h0.01" for point in points[:count])
    return Curve(polyline, dots, f"0,{HEIGHT:g} {polyline} {WIDTH:g},{HEIGHT:g}", values[-1])


@dataclass(frozen=True)
class WaterfallBar:
    """One part of a sum: a bar on an axis from 0 to MAX_STARS, in per cent of the axis."""

    start: float
    width: float
    falls: bool


def waterfall(values: Sequence[float]) -> list[WaterfallBar]:
    """A bar for each value. Each bar starts where the previous bar ends."""
    bars_of_parts, total = [], 0.0
    for value in values:
        ends = sorted(min(max(edge, 0.0), MAX_STARS) for edge in (total, total + value))
        bars_of_parts.append(
            WaterfallBar(100 * ends[0] / MAX_STARS, 100 * (ends[1] - ends[0]) / MAX_STARS, value < 0)
        )
        total += value
    return bars_of_parts
