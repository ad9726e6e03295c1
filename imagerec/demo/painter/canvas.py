"""A picture in the making: planes of light, layers laid over one another,
and the last touch of grain and vignette.

Places are in picture heights: y 0..1 downwards, x 0..aspect.
"""

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from imagerec.demo.painter import noise
from imagerec.demo.painter.colour import Array, light

LONG_SIDE = 960
WIDE, PANORAMA, CLASSIC, SQUARE, TALL, POSTER = (3, 2), (16, 9), (4, 3), (1, 1), (2, 3), (4, 5)
Ratio = tuple[int, int]
Points = Sequence[tuple[float, float]] | np.ndarray
FINER = 2  # shapes are drawn so many times larger and reduced: smooth edges


class Pen:
    """Takes shapes in picture heights, then draws them on a mask just large enough, FINER times finer."""

    def __init__(self, height: int) -> None:
        self.scale = height * FINER
        self.strokes: list[tuple[str, np.ndarray, dict[str, Any]]] = []
        self.low, self.high = np.full(2, np.inf), np.full(2, -np.inf)

    def _note(self, kind: str, points: Points, margin: float, **style: Any) -> Self:
        pixels = np.asarray(points, dtype=np.float64) * self.scale
        self.low = np.minimum(self.low, pixels.min(axis=0) - margin)
        self.high = np.maximum(self.high, pixels.max(axis=0) + margin)
        self.strokes.append((kind, pixels, style))
        return self

    def polygon(self, points: Points, fill: int = 255) -> Self:
        return self._note("polygon", points, 1, fill=fill)

    def line(self, points: Points, width: float, fill: int = 255) -> Self:
        pixels = max(1, round(width * self.scale))
        return self._note("line", points, pixels, fill=fill, width=pixels, joint="curve")

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: int = 255) -> Self:
        return self._note("ellipse", [(x - rx, y - ry), (x + rx, y + ry)], 1, fill=fill)

    def disc(self, x: float, y: float, radius: float, fill: int = 255) -> Self:
        return self.ellipse(x, y, radius, radius, fill)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: int = 255, corner: float = 0.0) -> Self:
        ends = [(x0, y0), (max(x0, x1), max(y0, y1))]
        if corner:
            return self._note("rounded_rectangle", ends, 1, fill=fill, radius=corner * self.scale)
        return self._note("rectangle", ends, 1, fill=fill)

    def wedge(self, x: float, y: float, rx: float, ry: float, start: float, end: float) -> Self:
        """The part of an ellipse between two angles, in degrees clockwise from the right."""
        return self._note("pieslice", [(x - rx, y - ry), (x + rx, y + ry)], 1, start=start, end=end, fill=255)

    def arc(
        self, x: float, y: float, radius: float, start: float, end: float, width: float, fill: int
    ) -> Self:
        """The rim of a circle between two angles, in degrees clockwise from the right."""
        turn = np.radians(np.linspace(start, end, 3 + int((end - start) * radius / 2)))
        return self.line(
            np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1), width, fill
        )

    def mask(self, height: int, width: int) -> Array:
        """What was drawn, as a mask of the whole picture."""
        whole = np.zeros((height, width), dtype=np.float32)
        if not self.strokes:
            return whole
        limit = np.array([width, height])
        left, top = np.clip(np.floor(self.low / FINER) - 1, 0, limit).astype(int)
        right, foot = np.clip(np.ceil(self.high / FINER) + 1, 0, limit).astype(int)
        if right <= left or foot <= top:
            return whole
        picture = Image.new("L", (int(right - left) * FINER, int(foot - top) * FINER))
        draw = ImageDraw.Draw(picture)
        for kind, pixels, style in self.strokes:
            getattr(draw, kind)((pixels - (left * FINER, top * FINER)).ravel().tolist(), **style)
        np.multiply(np.asarray(picture.reduce(FINER)), np.float32(1 / 255), out=whole[top:foot, left:right])
        return whole


class Canvas:
    def __init__(self, rng: np.random.Generator, ratios: Sequence[Ratio]) -> None:
        self.rng = rng
        across, down = ratios[int(rng.integers(len(ratios)))]
        side = LONG_SIDE if across != down else LONG_SIDE * 5 // 6
        self.width, self.height = (
            round(side * across / max(across, down)),
            round(side * down / max(across, down)),
        )
        self.aspect = self.width / self.height
        self.x: Array = ((np.arange(self.width, dtype=np.float32) + 0.5) / self.height)[None, :]
        self.y: Array = ((np.arange(self.height, dtype=np.float32) + 0.5) / self.height)[:, None]
        self.light: Array = np.zeros((3, self.height, self.width), dtype=np.float32)

    def fill(self, colour: Array | str) -> None:
        self.light[:] = light(colour) if isinstance(colour, str) else colour

    def over(self, colour: Array | str, mask: Array, opacity: float = 1.0) -> None:
        """Lays a colour, (3, 1, 1) to (3, H, W), over the picture where the mask, (H, W), is 1."""
        value = light(colour) if isinstance(colour, str) else colour
        rows, columns = bounds(mask)
        if value.shape[1] > 1:
            value = value[:, rows]
        if value.shape[2] > 1:
            value = value[:, :, columns]
        part, cover = self.light[:, rows, columns], mask[rows, columns]
        change = value - part
        change *= cover if opacity == 1.0 else cover * np.float32(opacity)
        part += change

    def darken(self, mask: Array, strength: float) -> None:
        """Takes light away, as a shadow does."""
        rows, columns = bounds(mask)
        self.light[:, rows, columns] *= 1 - np.float32(strength) * mask[rows, columns]

    def add(self, colour: Array | str, mask: Array, strength: float = 1.0) -> None:
        """Adds light of one colour, (3, 1, 1), as a glow does."""
        value = light(colour) if isinstance(colour, str) else colour
        rows, columns = bounds(mask)
        self.light[:, rows, columns] += value * (mask[rows, columns] * np.float32(strength))

    def below(self, line: Array) -> Array:
        """1 below a line of `width` heights, with a smooth edge."""
        mask: Array = np.clip((self.y - line[None, :]) * self.height + 0.5, 0, 1)
        return mask

    def near(self, x: float, y: float, radius: float, squash: float = 1.0) -> Array:
        """A soft glow: 1 at the place, half at `radius`, fading slowly."""
        inverse = np.float32(1 / (radius * radius))
        return 1 / (1 + ((self.x - x) ** 2 + ((self.y - y) * squash) ** 2) * inverse)

    def disc(self, x: float, y: float, radius: float, soft: float = 0.0) -> Array:
        rows, columns = self.around(x, y, radius + max(soft, 2 / self.height))
        mask: Array = np.zeros_like(self.light[0])
        distance = np.sqrt((self.x[:, columns] - x) ** 2 + (self.y[rows] - y) ** 2)
        mask[rows, columns] = np.clip((radius - distance) / max(soft, 1 / self.height) + 0.5, 0, 1)
        return mask

    def around(self, x: float, y: float, across: float, down: float | None = None) -> tuple[slice, slice]:
        """Rows and columns of the box that reaches `across` and `down` (or the same) from a place;
        may be empty."""
        down = across if down is None else down
        y0, y1 = (int(np.clip(v * self.height, 0, self.height)) for v in (y - down, y + down))
        x0, x1 = (int(np.clip(v * self.height, 0, self.width)) for v in (x - across, x + across))
        return slice(y0, y1), slice(x0, x1)

    def shapes(self, draw: Callable[..., object], *more: Any) -> Array:
        """The mask of what `draw(pen, *more)` draws."""
        pen = Pen(self.height)
        draw(pen, *more)
        return pen.mask(self.height, self.width)

    def noise(self, scale: float = 1.0, stretch: float = 1.0, roughness: float = 1.6) -> Array:
        """Noise over the whole picture: `scale` larger shows larger shapes, `stretch` wider ones."""
        down = 420 / scale
        return noise.noise_field(
            self.rng, self.height, self.width, (down, down * self.aspect / stretch), roughness
        )

    def blurred(self, mask: Array, radius: float) -> Array:
        """The mask, blurred by `radius` picture heights."""
        pixels = radius * self.height
        reach = round(3 * pixels) + 2
        rows, columns = bounds(mask)
        rows = slice(max(0, rows.start - reach), min(self.height, rows.stop + reach))
        columns = slice(max(0, columns.start - reach), min(self.width, columns.stop + reach))
        part = mask[rows, columns]
        step = max(1, int(pixels // 3))
        small = Image.fromarray((part * 255).astype(np.uint8)).reduce(step)
        large = small.filter(ImageFilter.GaussianBlur(pixels / step)).resize(
            part.shape[::-1], Image.Resampling.BILINEAR
        )
        whole = np.zeros_like(mask)
        np.multiply(np.asarray(large), np.float32(1 / 255), out=whole[rows, columns])
        return whole

    def soften(self, radius: float) -> None:
        """Blurs all that is painted so far, as a lens does with what lies behind."""
        pixels = radius * self.height
        step = max(1, int(pixels // 2))
        for plane in self.light:
            small = Image.fromarray(plane).reduce(step)
            encoded = Image.fromarray((np.sqrt(np.clip(np.asarray(small), 0, 4)) * 127).astype(np.uint8))
            encoded = encoded.filter(ImageFilter.GaussianBlur(pixels / step))
            plane[:] = noise.resized(
                (np.asarray(encoded, dtype=np.float32) / 127) ** 2, self.height, self.width
            )

    def develop(self, grain: float = 0.007, vignette: float = 0.16) -> Image.Image:
        """The finished picture: highlights rolled off, vignette, grain."""
        out = np.maximum(self.light, 0, out=self.light)
        np.sqrt(out, out=out)
        bright = np.maximum(out - np.float32(0.7), 0)
        out -= bright * bright * np.float32(0.4)
        corner = ((self.x / self.aspect - 0.5) ** 2 + (self.y - 0.5) ** 2) * 2
        out *= 255 * (1 - np.float32(vignette) * corner * corner - np.float32(vignette * 0.3) * corner)
        out += np.float32(255 * grain) * _grain(self.rng, self.height, self.width)
        values = np.clip(out, 0, 255, out=out).astype(np.uint8)
        return Image.merge("RGB", [Image.fromarray(plane) for plane in values])


def bounds(mask: Array) -> tuple[slice, slice]:
    """The rows and columns outside which the mask is 0; one pixel where it is 0 everywhere."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    down = slice(rows[0], rows[-1] + 1)
    columns = np.flatnonzero(mask[down].any(axis=0))
    return down, slice(columns[0], columns[-1] + 1)


def _grain(rng: np.random.Generator, height: int, width: int) -> Array:
    """Film grain, deviation 1: a random piece of one tile."""
    top, left = rng.integers(len(_GRAIN) - height + 1), rng.integers(len(_GRAIN) - width + 1)
    return _GRAIN[top : top + height, left : left + width]


_GRAIN = np.random.default_rng(7).standard_normal((LONG_SIDE + 200, LONG_SIDE + 200), dtype=np.float32)
_GRAIN = (_GRAIN + 0.5 * np.roll(_GRAIN, 1, 1) + 0.5 * np.roll(_GRAIN, 1, 0)) / np.float32(1.22)
