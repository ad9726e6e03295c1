"""A picture in the making: planes of light, layers laid over one another, and the last touch of grain and vignette.

Places are in picture heights: y 0..1 downwards, x 0..aspect.
"""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from gallery.demo import noise
from gallery.demo.colour import Array, light

LONG_SIDE = 1080
WIDE, PANORAMA, CLASSIC, SQUARE, TALL, POSTER = (3, 2), (16, 9), (4, 3), (1, 1), (2, 3), (4, 5)
Ratio = tuple[int, int]
Points = Sequence[tuple[float, float]] | np.ndarray
FINER = 2  # shapes are drawn so many times larger and reduced: smooth edges


class Pen:
    """Draws in picture heights on a mask that is FINER times as large as the picture."""

    def __init__(self, draw: ImageDraw.ImageDraw, height: int) -> None:
        self.draw = draw
        self.scale = height * FINER

    def polygon(self, points: Points, fill: int = 255) -> None:
        self.draw.polygon((np.asarray(points) * self.scale).ravel().tolist(), fill=fill)

    def line(self, points: Points, width: float, fill: int = 255) -> None:
        pixels = max(1, round(width * self.scale))
        self.draw.line((np.asarray(points) * self.scale).ravel().tolist(), fill=fill, width=pixels, joint="curve")

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: int = 255) -> None:
        s = self.scale
        self.draw.ellipse([(x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s], fill=fill)

    def disc(self, x: float, y: float, radius: float, fill: int = 255) -> None:
        self.ellipse(x, y, radius, radius, fill)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: int = 255, corner: float = 0.0) -> None:
        s = self.scale
        self.draw.rounded_rectangle([x0 * s, y0 * s, max(x0, x1) * s, max(y0, y1) * s], corner * s, fill=fill)


class Canvas:
    def __init__(self, rng: np.random.Generator, ratios: Sequence[Ratio]) -> None:
        self.rng = rng
        across, down = ratios[rng.integers(len(ratios))]
        side = LONG_SIDE if across != down else LONG_SIDE * 5 // 6
        self.width, self.height = round(side * across / max(across, down)), round(side * down / max(across, down))
        self.aspect = self.width / self.height
        self.x: Array = ((np.arange(self.width, dtype=np.float32) + 0.5) / self.height)[None, :]
        self.y: Array = ((np.arange(self.height, dtype=np.float32) + 0.5) / self.height)[:, None]
        self.light: Array = np.zeros((3, self.height, self.width), dtype=np.float32)

    def fill(self, colour: Array | str) -> None:
        self.light[:] = light(colour) if isinstance(colour, str) else colour

    def over(self, colour: Array | str, mask: Array, opacity: float = 1.0) -> None:
        """Lays a colour, (3, 1, 1) to (3, H, W), where the mask, (H, W) or less, is 1. Rows above the mask are left alone."""
        top = self._first_row(mask)
        value = light(colour) if isinstance(colour, str) else colour
        if value.shape[1] == self.height:
            value = value[:, top:]
        if mask.shape[0] == self.height:
            mask = mask[top:]
        part = self.light[:, top:]
        change = value - part
        change *= mask if opacity == 1.0 else mask * np.float32(opacity)
        part += change

    def _first_row(self, mask: Array) -> int:
        if mask.shape != (self.height, self.width):
            return 0
        return int(np.argmax(mask.any(axis=1)))

    def add(self, colour: Array | str, mask: Array, strength: float = 1.0) -> None:
        """Adds light, as a glow does."""
        value = light(colour) if isinstance(colour, str) else colour
        self.light += value * (mask * np.float32(strength))

    def below(self, line: Array) -> Array:
        """1 below a line of `width` heights, with a smooth edge."""
        return np.clip((self.y - line[None, :]) * self.height + 0.5, 0, 1)

    def near(self, x: float, y: float, radius: float, squash: float = 1.0) -> Array:
        """A soft glow: 1 at the place, half at `radius`, fading slowly."""
        inverse = np.float32(1 / (radius * radius))
        return 1 / (1 + ((self.x - x) ** 2 + ((self.y - y) * squash) ** 2) * inverse)

    def disc(self, x: float, y: float, radius: float, soft: float = 0.0) -> Array:
        distance = np.sqrt((self.x - x) ** 2 + (self.y - y) ** 2)
        return np.clip((radius - distance) / max(soft, 1 / self.height) + 0.5, 0, 1)

    def shapes(self, draw: Callable[[Pen], None]) -> Array:
        """The mask of what is drawn."""
        picture = Image.new("L", (self.width * FINER, self.height * FINER))
        draw(Pen(ImageDraw.Draw(picture), self.height))
        return np.asarray(picture.reduce(FINER), dtype=np.float32) / 255

    def noise(self, scale: float = 1.0, stretch: float = 1.0, roughness: float = 1.6) -> Array:
        """Noise over the whole picture: `scale` larger shows larger shapes, `stretch` wider ones."""
        down = 420 / scale
        return noise.field(self.rng, self.height, self.width, (down, down * self.aspect / stretch), roughness)

    def blurred(self, mask: Array, radius: float) -> Array:
        """The mask, blurred by `radius` picture heights."""
        pixels = radius * self.height
        step = max(1, int(pixels // 3))
        small = Image.fromarray((mask * 255).astype(np.uint8)).reduce(step).filter(ImageFilter.GaussianBlur(pixels / step))
        return np.asarray(small.resize((self.width, self.height), Image.Resampling.BICUBIC), dtype=np.float32) / 255

    def soften(self, radius: float) -> None:
        """Blurs all that is painted so far, as a lens does with what lies behind."""
        pixels = radius * self.height
        step = max(1, int(pixels // 2))
        for plane in self.light:
            small = Image.fromarray(plane).reduce(step)
            encoded = Image.fromarray((np.sqrt(np.clip(np.asarray(small), 0, 4)) * 127).astype(np.uint8))
            encoded = encoded.filter(ImageFilter.GaussianBlur(pixels / step))
            plane[:] = noise.resized((np.asarray(encoded, dtype=np.float32) / 127) ** 2, self.height, self.width)

    def develop(self, grain: float = 0.012, vignette: float = 0.16) -> Image.Image:
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


def _grain(rng: np.random.Generator, height: int, width: int) -> Array:
    """Film grain, deviation 1: a random piece of one tile, mirrored to size."""
    source = _GRAIN[rng.integers(200) :, rng.integers(200) :]
    return np.pad(source, ((0, max(0, height - len(source))), (0, max(0, width - source.shape[1]))), "reflect")[:height, :width]


_GRAIN = np.random.default_rng(7).normal(size=(1024, 1280)).astype(np.float32)
_GRAIN = (_GRAIN + 0.5 * np.roll(_GRAIN, 1, 1) + 0.5 * np.roll(_GRAIN, 1, 0)) / np.float32(1.22)
