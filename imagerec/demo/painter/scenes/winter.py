"""Snow: high peaks, snowed-in spruces, a cabin with a light."""

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, PANORAMA, POSTER, SQUARE, TALL, WIDE, Canvas, Pen
from imagerec.demo.painter.colour import Array, gradient, light, mix, shifted
from imagerec.demo.painter.plants import conifer
from imagerec.demo.painter.scene import Scene, one_of
from imagerec.demo.painter.sky import Hour, hour, paint_sky

RATIOS = (WIDE, WIDE, PANORAMA, CLASSIC, SQUARE, TALL, POSTER)
BLUE_HOUR = Hour(
    "in the blue hour",
    "dusk",
    ("#16264f", "#345089", "#7f95c4", "#d9c3cf"),
    "#ffe0c8",
    "#b9c4e0",
    "#3d517f",
    "#8fa3cc",
    "#182544",
    0.3,
)


def paint_peaks(canvas: Canvas, now: Hour, base: float, high: float, sharp: float) -> Array:
    """One range: ridges run down from the summits, one side of each in the sun, rock where it is steep."""
    rng = canvas.rng
    line = _summits(rng, canvas, base, high)
    down = np.clip((canvas.y - line) / high, 0, 2)
    window = canvas.width // 14
    fall = np.gradient(np.convolve(np.pad(line, window, "edge"), np.ones(window) / window, "same"))[
        window:-window
    ]
    aside = np.clip(fall * canvas.height * 1.6, -1, 1).astype(np.float32)[None, :]
    # Ribs run down from the crest, slanting the way the crest falls; each has a lit and a shaded side.
    slant = canvas.x + 0.05 * canvas.noise(1.0, 1.0, 1.6) + 0.4 * (canvas.y - line) * aside
    ribs = noise.ridge(rng, 2048, 7 * canvas.aspect, 0.95)
    place = np.clip((slant + 0.5) / (canvas.aspect + 1.2) * 2046, 0, 2045).astype(np.intp)
    fine = canvas.noise(0.9, 0.8, 1.6)
    facing = (ribs[place + 1] - ribs[place]) * 22 * sharp + (fine - np.roll(fine, 5, axis=1)) * 3.6 * sharp
    facing += 0.5 * aside * np.exp(-down * 1.2)
    lit = noise.smoothstep(-0.55, 0.55, facing)
    shear = canvas.noise(0.6, 0.7, 1.25)
    bare = noise.smoothstep(0.56, 0.7, shear + 0.1 * np.abs(facing) - 0.16 * down)
    shadow, snow = (
        light(mix(mix(now.shade, "#6d8cc0", 0.45), now.near, 0.12)),
        light(mix(now.lit, "#ffffff", 0.55)),
    )
    rock = light(mix(mix("#4c4a50", now.near, 0.4), now.far, 0.2))
    face = shadow + (snow - shadow) * lit
    face = face + (rock * (0.55 + 0.8 * lit) - face) * (bare * 0.8)
    mist = noise.smoothstep(0.45, 1.25, down) * 0.85
    canvas.over(face + (light(mix(now.far, "#ffffff", 0.25)) - face) * mist, canvas.below(line))
    return line


def _summits(rng: np.random.Generator, canvas: Canvas, base: float, high: float) -> Array:
    """An outline of a few pyramids, the tallest off the middle, with ragged edges."""
    line = np.full(canvas.width, base - 0.12 * high)
    for k in range(int(rng.integers(3, 6))):
        top = high * (1.0 if k == 0 else rng.uniform(0.45, 0.85))
        place = canvas.aspect * (rng.uniform(0.25, 0.75) if k == 0 else rng.random())
        left, right = rng.uniform(0.75, 1.5, 2)
        away = canvas.x[0] - place
        line = np.minimum(line, base - top + np.where(away < 0, -away * left, away * right) * 0.75)
    ragged = (
        noise.ridge(rng, canvas.width, 5 * canvas.aspect, 0.95) * 0.055
        + noise.ridge(rng, canvas.width, 24 * canvas.aspect, 0.8) * 0.012
    )
    return (line + ragged * high / 0.35).astype(np.float32)


def snowfield(canvas: Canvas, now: Hour, line: Array) -> None:
    shade, bright = mix(mix(now.far, "#8ea8d0", 0.4), now.near, 0.08), mix(now.lit, "#ffffff", 0.6)
    drift = canvas.noise(1.2, 4.5, 1.7)
    relief = np.clip(0.55 + (drift - np.roll(drift, 12, axis=0)) * 5, 0, 1)
    fall = np.clip((canvas.y - line) / 0.45, 0, 1)
    canvas.over(
        gradient([(0, shade), (1, bright)], np.clip(relief * 0.75 + 0.35 - 0.4 * fall, 0, 1)),
        canvas.below(line),
    )


def snowfall(canvas: Canvas, amount: float) -> None:
    rng = canvas.rng

    def flakes(pen: Pen) -> None:
        count = int(900 * amount * canvas.aspect)
        for x, y, size in zip(
            rng.uniform(0, canvas.aspect, count), rng.random(count), rng.gamma(2, 0.0011, count), strict=True
        ):
            pen.disc(float(x), float(y), float(size), 215)

    canvas.over("#ffffff", canvas.shapes(flakes), 0.85)
    big = canvas.shapes(
        lambda pen: [pen.disc(x, y, 0.008) for x, y in rng.random((int(18 * amount), 2)) * (canvas.aspect, 1)]
    )
    canvas.over("#ffffff", canvas.blurred(big, 0.006), 0.7)


def snowy_wood(canvas: Canvas, now: Hour, line: Array, count: int, size: float) -> None:
    """Spruces standing on the line, snow on their boughs."""
    rng = canvas.rng
    state = rng.integers(1 << 30)
    places = np.sort(rng.uniform(0, canvas.aspect, count))
    heights = size * rng.uniform(0.5, 1.3, count)

    def draw(pen: Pen, dx: float, dy: float) -> None:
        twin = np.random.default_rng(state)
        for x, tall in zip(places, heights, strict=True):
            foot = float(line[int(np.clip(x * canvas.height, 0, canvas.width - 1))]) + 0.015
            conifer(twin, pen, float(x) + dx, foot + dy, float(tall))

    tree = canvas.shapes(lambda pen: draw(pen, 0, 0))
    raised = canvas.shapes(lambda pen: draw(pen, 0.003, 0.009))
    canvas.over(mix(now.near, "#1c3038", 0.5), tree)
    snow = (
        np.clip(tree - raised, 0, 1) + tree * noise.smoothstep(0.5, 0.62, canvas.noise(0.14, 1.6, 1.0)) * 0.75
    )
    canvas.over(mix(now.lit, "#ffffff", 0.65), np.clip(snow, 0, 1), 0.9)


def peaks(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    now = (
        BLUE_HOUR.varied(rng)
        if rng.random() < 0.2
        else hour(rng, "dawn", "morning", "noon", "noon", "golden", "rose", "sunset", "mint")
    )
    base = float(rng.uniform(0.78, 0.9))
    paint_sky(canvas, now, 0.75, None, float(rng.uniform(0, 0.7)))
    paint_peaks(canvas, now, base - 0.1, float(rng.uniform(0.3, 0.42)), 1.6)
    paint_peaks(canvas, now, base + 0.06, float(rng.uniform(0.22, 0.36)), 2.2)
    line = (base + 0.03 * noise.ridge(rng, canvas.width, 1.2 * canvas.aspect, 1.9)).astype(np.float32)
    snowfield(canvas, now, line)
    keywords = ["snow", "mountain", "winter", now.keyword]
    if rng.random() < 0.65:
        snowy_wood(canvas, now, line, int(rng.integers(12, 60)), float(rng.uniform(0.06, 0.14)))
        keywords.append("tree")
    thing = one_of(
        rng,
        (
            "The high peaks",
            "White summits",
            "Ice and light",
            "The north wall",
            "Above the snow line",
            "First light on the ridge",
            "Cold air",
            "Glacier country",
        ),
    )
    return Scene(canvas.develop(), f"{thing} {now.name}" if "light" not in thing else thing, tuple(keywords))


def snowed_in(rng: np.random.Generator) -> Scene:
    """Spruces in falling snow."""
    canvas = Canvas(rng, RATIOS)
    now = (
        BLUE_HOUR.varied(rng) if rng.random() < 0.35 else hour(rng, "grey", "mist", "dawn", "rose", "morning")
    )
    paint_sky(canvas, now, 0.7, None, 0.2)
    for i in range(3):
        line = (
            0.5 + 0.17 * i + (0.06 - 0.01 * i) * noise.ridge(rng, canvas.width, 1.7 * canvas.aspect, 1.8)
        ).astype(np.float32)
        hazy = Hour(
            now.name,
            now.keyword,
            now.sky,
            now.sun,
            now.lit,
            now.shade,
            now.far,
            mix(now.far, now.near, (i + 1) / 3),
            now.glow,
        )
        snowy_wood(canvas, hazy, line, int((46 - 15 * i) * canvas.aspect), 0.11 + 0.1 * i)
        snowfield(canvas, hazy, line)
    snowfall(canvas, float(rng.uniform(0.3, 1.3)))
    thing = one_of(
        rng,
        (
            "Falling snow",
            "Snowed in",
            "The white wood",
            "Quiet snow",
            "First snow",
            "Snow on the spruces",
            "Deep winter",
        ),
    )
    return Scene(canvas.develop(), f"{thing} {now.name}", ("snow", "winter", "forest", "tree", now.keyword))


def cabin(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, (WIDE, CLASSIC, SQUARE, POSTER))
    now = BLUE_HOUR.varied(rng) if rng.random() < 0.6 else hour(rng, "dusk", "sunset", "rose")
    paint_sky(canvas, now, 0.75, None, float(rng.uniform(0, 0.5)))
    paint_peaks(canvas, now, 0.72, float(rng.uniform(0.2, 0.34)), 1.8)
    line = (0.74 + 0.025 * noise.ridge(rng, canvas.width, 1.3, 2.0)).astype(np.float32)
    snowy_wood(canvas, now, line, int(30 * canvas.aspect), 0.16)
    snowfield(canvas, now, line)
    x = canvas.aspect * float(rng.uniform(0.3, 0.7))
    _paint_cabin(canvas, now, x, float(line[int(x * canvas.height)]) + 0.09, float(rng.uniform(0.13, 0.19)))
    if rng.random() < 0.6:
        snowfall(canvas, 0.5)
    thing = one_of(
        rng,
        (
            "The cabin",
            "A light in the snow",
            "Home",
            "Winter hut",
            "Somebody is home",
            "Smoke from the chimney",
        ),
    )
    return Scene(
        canvas.develop(), f"{thing} {now.name}", ("snow", "winter", "cabin", "mountain", now.keyword)
    )


def _paint_cabin(canvas: Canvas, now: Hour, x: float, foot: float, size: float) -> None:
    wall = mix("#4a2f22", now.near, 0.35)
    top = foot - size * 0.55
    canvas.add("#ffb45a", canvas.near(x, foot, size * 0.9, 2.2), 0.3)
    canvas.over(wall, canvas.shapes(lambda pen: pen.box(x - size, top, x + size, foot)))
    beams = 0.5 + 0.5 * np.sin(canvas.y / size * 60)
    canvas.over(
        shifted(wall, -0.06),
        canvas.shapes(lambda pen: pen.box(x - size, top, x + size, foot)) * (beams > 0.7),
        0.7,
    )
    gable = [(x - size, top), (x - size * 0.2, top - size * 0.62), (x + size * 0.6, top)]
    canvas.over(shifted(wall, 0.03), canvas.shapes(lambda pen: pen.polygon(gable)))
    roof = [
        (x - size * 0.2, top - size * 0.72),
        (x + size * 0.92, top - size * 0.68),
        (x + size * 1.2, top + 0.02 * size),
        (x + size * 0.6, top + size * 0.03),
    ]
    eave = [
        (x - size * 1.2, top + size * 0.12),
        (x - size * 0.2, top - size * 0.72),
        (x - size * 0.14, top - size * 0.58),
        (x - size * 1.02, top + size * 0.14),
    ]
    chimney = canvas.shapes(
        lambda pen: pen.box(x + size * 0.4, top - size * 0.95, x + size * 0.56, top - size * 0.5)
    )
    canvas.over(mix("#5a4a48", now.near, 0.4), chimney)
    canvas.over(mix(now.far, "#ffffff", 0.55), canvas.shapes(lambda pen: pen.polygon(roof)))
    canvas.over(mix(now.far, "#ffffff", 0.75), canvas.shapes(lambda pen: pen.polygon(eave)))
    spots = [
        (x - size * 0.62, top + size * 0.14),
        (x - size * 0.02, top + size * 0.14),
        (x + size * 0.55, top + size * 0.14),
    ]
    panes = canvas.shapes(lambda pen: [pen.box(a, b, a + size * 0.24, b + size * 0.24) for a, b in spots])
    canvas.over("#ffd890", panes)
    canvas.add("#ffae50", canvas.blurred(panes, 0.02), 0.8)
    bars = canvas.shapes(
        lambda pen: (
            [pen.line([(a + size * 0.12, b), (a + size * 0.12, b + size * 0.24)], 0.004) for a, b in spots]
        )
    )
    canvas.over(wall, bars)
    rise = np.clip((top - size * 0.95 - canvas.y) / 0.4, 0, 1)
    drift = x + size * 0.48 + 0.09 * rise + 0.02 * np.sin(rise * 14)
    smoke = np.exp(-(((canvas.x - drift) / (0.008 + 0.05 * rise)) ** 2)) * np.exp(-rise * 3.5) * (rise > 0)
    canvas.over(mix(now.far, "#ffffff", 0.4), smoke.astype(np.float32) * canvas.noise(0.4) * 1.3, 0.7)


PAINTERS = (peaks, peaks, snowed_in, cabin)
