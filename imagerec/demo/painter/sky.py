"""Skies: the hour's colours, clouds seen in perspective, the sun."""

from dataclasses import dataclass, replace

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import Canvas
from imagerec.demo.painter.colour import Array, gradient, light, mix, spread, varied


@dataclass(frozen=True)
class Hour:
    """What the time of day does to colours."""

    name: str  # as a title says it: "at dawn"
    keyword: str
    sky: tuple[str, ...]  # from the top to the horizon
    sun: str
    lit: str  # clouds in the sun
    shade: str  # clouds away from it
    far: str  # the colour of distance
    near: str  # of things close by, against the light
    glow: float = 0.6

    def varied(self, rng: np.random.Generator) -> "Hour":
        colours = varied(rng, [*self.sky, self.sun, self.lit, self.shade, self.far, self.near])
        return replace(
            self,
            sky=tuple(colours[:-5]),
            sun=colours[-5],
            lit=colours[-4],
            shade=colours[-3],
            far=colours[-2],
            near=colours[-1],
        )


HOURS = {
    "dawn": Hour(
        "at dawn",
        "dawn",
        ("#5b7fb5", "#9fb3d1", "#f0cfc4", "#ffd9a8"),
        "#ffe3b0",
        "#ffd9cf",
        "#8d8fb3",
        "#d9b9bd",
        "#26304a",
    ),
    "morning": Hour(
        "in the morning",
        "morning",
        ("#4a8fd0", "#8fc1e8", "#d7e9f2", "#f7efd9"),
        "#fff4d6",
        "#ffffff",
        "#a5b8cc",
        "#b9cede",
        "#1f4038",
    ),
    "noon": Hour(
        "at noon",
        "sky",
        ("#2f78c4", "#5f9fdc", "#a9d2ef", "#d8edf5"),
        "#fffbe8",
        "#ffffff",
        "#9db4c9",
        "#a8c8de",
        "#1d4a33",
        0.35,
    ),
    "golden": Hour(
        "in the golden hour",
        "sunset",
        ("#6d8fb8", "#c9b89f", "#f5c878", "#ffb347"),
        "#fff0b8",
        "#ffe0a3",
        "#b58a6e",
        "#eab676",
        "#3a2a1c",
        0.9,
    ),
    "sunset": Hour(
        "at sunset",
        "sunset",
        ("#3b3f7a", "#8a4f8c", "#e8695f", "#ffae5c"),
        "#ffdf9a",
        "#ff9a76",
        "#5b3f70",
        "#c46a6e",
        "#241a33",
        0.9,
    ),
    "ember": Hour(
        "in the last light",
        "sunset",
        ("#241b3d", "#6b2647", "#c63d2f", "#ff9a3c"),
        "#ffd27a",
        "#ff7a4d",
        "#3d2140",
        "#983a3e",
        "#180f1e",
        0.8,
    ),
    "dusk": Hour(
        "at dusk",
        "dusk",
        ("#1b2a52", "#3d4f86", "#8878a8", "#e3a3a0"),
        "#ffd0b0",
        "#c79ab8",
        "#3b4470",
        "#6f6d98",
        "#12182c",
        0.4,
    ),
    "rose": Hour(
        "in pink light",
        "dusk",
        ("#6f7fb8", "#b39ac8", "#f0b3c0", "#ffd7c2"),
        "#fff0dc",
        "#ffd0d8",
        "#8d86b5",
        "#c8a4bd",
        "#3a2f4f",
        0.6,
    ),
    "grey": Hour(
        "under a grey sky",
        "cloud",
        ("#7f8fa0", "#a3b0bb", "#c5cdd2", "#dfe1df"),
        "#f4f2ea",
        "#eef0f0",
        "#7c8894",
        "#b5bec5",
        "#2b363b",
        0.2,
    ),
    "storm": Hour(
        "before the storm",
        "storm",
        ("#252d38", "#3f4b58", "#66747c", "#b3ac94"),
        "#f5e2b0",
        "#8c979c",
        "#2c343e",
        "#6d7a80",
        "#141b20",
        0.35,
    ),
    "mist": Hour(
        "in the mist",
        "fog",
        ("#b9c4c9", "#cdd5d6", "#dfe2dd", "#ece9df"),
        "#fff8e6",
        "#f4f3ee",
        "#b3bcc0",
        "#d3d8d5",
        "#3f4d4e",
        0.4,
    ),
    "mint": Hour(
        "on a clear evening",
        "evening",
        ("#134e6f", "#2f8f9d", "#9fd8c0", "#fbe3a8"),
        "#fff3c0",
        "#ffe2c0",
        "#4c8896",
        "#86bdb3",
        "#10302f",
        0.6,
    ),
}


def hour(rng: np.random.Generator, *names: str) -> Hour:
    """One of the named hours, its colours moved a little."""
    return HOURS[str(rng.choice(names))].varied(rng)


def paint_sky(
    canvas: Canvas, now: Hour, horizon: float, sun: tuple[float, float] | None, clouds: float
) -> None:
    """`clouds` 0 is clear, 1 is covered; the sun at (x, y), or none."""
    down = np.clip(canvas.y / max(horizon, 0.05), 0, 1)
    canvas.fill(gradient(spread(now.sky), down))
    if sun:
        canvas.add(now.sun, canvas.near(*sun, 0.16), 0.75 * now.glow)
        canvas.add(now.lit, canvas.near(*sun, 0.5, 1.6), 0.3 * now.glow)
    if clouds > 0:
        paint_clouds(canvas, now, horizon, clouds, sun)
    if sun and clouds < 0.75:
        radius = float(canvas.rng.uniform(0.022, 0.05))
        canvas.add(mix(now.sun, "#ffffff", 0.5), canvas.disc(*sun, radius, 0.004))
        canvas.add(now.sun, canvas.near(*sun, radius), 0.35)


def paint_clouds(
    canvas: Canvas, now: Hour, horizon: float, amount: float, sun: tuple[float, float] | None
) -> None:
    """Clouds on a plane overhead: large above, thin lines at the horizon, lit from where the sun is."""
    rows = max(8, int(canvas.height * horizon))
    distance = 1 / (1.12 - np.linspace(0, 1, rows, dtype=np.float32))
    flat = noise.noise_field(
        canvas.rng, 512, canvas.width, (330, 330 * canvas.aspect / canvas.rng.uniform(1.2, 2.4)), 1.55
    )
    density = noise.rows_of(flat, distance * 110 + canvas.rng.uniform(0, 500))
    shift = 9
    toward = np.roll(density, shift, axis=0)
    toward[:shift] = density[:shift]
    fade = np.minimum(1, (1 - np.linspace(0, 1, rows, dtype=np.float32)) * 8)[:, None]
    edge = 0.78 - 0.5 * amount
    cover = noise.smoothstep(edge, edge + 0.26, density) * fade
    relief = np.clip(0.5 + (density - toward) * 3.2, 0, 1)
    if sun:
        nearness = canvas.near(*sun, 0.45)[:rows]
        relief = np.clip(relief * (0.55 + 0.6 * nearness) + 0.25 * nearness, 0, 1)
    colour = _two(now.shade, now.lit, relief)
    part = canvas.light[:, :rows]
    part += (colour - part) * (cover * 0.92)


def _two(dark: str, bright: str, share: Array) -> Array:
    low, high = light(dark), light(bright)
    return low + (high - low) * share


def sun_place(canvas: Canvas, horizon: float, low: float = 0.02, high: float = 0.5) -> tuple[float, float]:
    """Somewhere on a third line, between `low` and `high` of the sky above the horizon."""
    x = canvas.aspect * float(canvas.rng.choice([0.3, 0.36, 0.5, 0.64, 0.7]))
    return x, horizon * (1 - float(canvas.rng.uniform(low, high)))


def haze(canvas: Canvas, colour: str, middle: float, depth: float, strength: float) -> None:
    """A bank of mist lying at a height."""
    band = np.exp(-(((canvas.y - middle) / depth) ** 2))
    canvas.over(colour, band * (0.5 + canvas.noise(1.4, 3.0)), strength)
