"""Sea and sun: open water, sails, shores, the moon over the bay."""

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, PANORAMA, POSTER, SQUARE, TALL, WIDE, Canvas, Pen
from imagerec.demo.painter.colour import Array, gradient, light, mix, shifted, spread
from imagerec.demo.painter.plants import flock
from imagerec.demo.painter.scene import Scene, one_of
from imagerec.demo.painter.sky import Hour, hour, paint_sky, sun_place

RATIOS = (WIDE, WIDE, PANORAMA, CLASSIC, SQUARE, TALL, POSTER)
WATERS = ("#0d3b4f", "#12495c", "#0f4c5c", "#1b5a78", "#14506b", "#1c6a73")


def paint_water(
    canvas: Canvas, now: Hour, horizon: float, sun: tuple[float, float] | None, water: str, calm: float
) -> None:
    """Waves in perspective, the sky on their backs, the sun's path between them. `calm` 0 is rough,
    1 a mirror."""
    top = int(horizon * canvas.height)
    rows = canvas.height - top
    down = np.linspace(0.004, 1, rows, dtype=np.float32)
    flat = noise.noise_field(canvas.rng, 800, canvas.width, (800, 130 * canvas.aspect), 1.15)
    ripples = noise.rows_of(flat, 300 / (down + 0.16) + canvas.rng.uniform(0, 600))
    swell = noise.rows_of(flat, 90 / (down + 0.14) + canvas.rng.uniform(0, 600))[:, ::-1]
    slope = (ripples * 0.5 + swell * 0.5 - 0.5) * (2.6 - 1.9 * calm) * np.sqrt(down + 0.12)[:, None]
    mirror = gradient(spread(tuple(reversed(now.sky))), down[:, None] * 0.9)
    deep = light(water) * (0.55 + 0.45 * light(now.far))
    share = np.clip(0.78 - 0.62 * down[:, None] + slope * (0.35 + 0.5 * down[:, None]), 0.05, 0.97)
    sea = deep + (mirror - deep) * share
    if sun:
        sea += light(now.sun) * (_path(canvas, down, slope, sun[0]) * (0.5 + now.glow))
    canvas.light[:, top:] = sea
    line = np.exp(-(((canvas.y - horizon) / 0.012) ** 2))
    canvas.over(now.sky[-1], line * np.ones_like(canvas.x), 0.35)


def _path(canvas: Canvas, down: Array, slope: Array, x: float) -> Array:
    """Glitter below the sun: narrow at the horizon, broken by the waves nearer by."""
    width = 0.035 + 0.2 * down[:, None]
    across = np.exp(-(((canvas.x - x) / width) ** 2))
    path: Array = (
        across * noise.smoothstep(0.03, 0.2, slope + 0.1 * (1 - down[:, None])) * (1.15 - 0.6 * down[:, None])
    )
    return path


def sail(pen: Pen, x: float, water: float, size: float, lean: float) -> None:
    mast = (x + lean * size, water - size)
    pen.polygon([(x - size * 0.02, water - size * 0.13), mast, (x + size * 0.42, water - size * 0.15)])
    pen.polygon(
        [
            (x - size * 0.06, water - size * 0.14),
            (mast[0] - size * 0.03, water - size * 0.88),
            (x - size * 0.3, water - size * 0.16),
        ]
    )


def hull(pen: Pen, x: float, water: float, size: float) -> None:
    pen.polygon(
        [
            (x - size * 0.34, water - size * 0.1),
            (x + size * 0.46, water - size * 0.1),
            (x + size * 0.34, water),
            (x - size * 0.24, water),
        ]
    )


def open_sea(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    now = hour(rng, "dawn", "morning", "golden", "sunset", "ember", "dusk", "rose", "storm", "grey", "mint")
    horizon = float(rng.uniform(0.42, 0.68))
    low_sun = now.keyword in ("dawn", "sunset", "dusk", "evening")
    sun = sun_place(canvas, horizon, 0.02, 0.35) if low_sun or rng.random() < 0.4 else None
    clouds = (
        float(rng.uniform(0.7, 0.95)) if now.keyword in ("storm", "cloud") else float(rng.uniform(0.1, 0.7))
    )
    paint_sky(canvas, now, horizon, sun, clouds)
    paint_water(canvas, now, horizon, sun, one_of(rng, WATERS), float(rng.uniform(0, 0.8)))
    keywords = ["sea", "water", now.keyword, "horizon"]
    if rng.random() < 0.5:
        where = (canvas.aspect * rng.uniform(0.2, 0.8), horizon * rng.uniform(0.4, 0.75))
        birds = canvas.shapes(lambda pen: flock(rng, pen, *where, int(rng.integers(3, 12)), 0.09, 0.03))
        canvas.over(now.near, birds, 0.8)
        keywords.append("bird")
    thing = one_of(
        rng,
        (
            "Open sea",
            "The long horizon",
            "Swell",
            "Salt wind",
            "Far out",
            "The sea, breathing",
            "Quiet water",
        ),
    )
    return Scene(
        canvas.develop(),
        f"{thing} {now.name}",
        tuple(keywords + (["sun"] if sun else []) + (["wave"] if sun is None else [])),
    )


def sails(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    now = hour(rng, "dawn", "morning", "noon", "golden", "sunset", "rose", "mint", "mist")
    horizon = float(rng.uniform(0.4, 0.6))
    sun = sun_place(canvas, horizon, 0.05, 0.45) if now.keyword != "sky" else None
    paint_sky(canvas, now, horizon, sun, float(rng.uniform(0, 0.6)))
    paint_water(canvas, now, horizon, sun, one_of(rng, WATERS), float(rng.uniform(0.4, 0.95)))
    if rng.random() < 0.6:
        paint_coast(canvas, now, horizon)
    count = int(rng.choice([1, 1, 2, 2, 3, 5]))
    cloth = one_of(rng, ("#fbf7ee", "#f6e7d0", "#e8543f", "#f2b134", "#ffffff", now.near))
    for x in np.sort(canvas.aspect * rng.uniform(0.15, 0.85, count)):
        size = float(rng.uniform(0.12, 0.3)) / count**0.3
        paint_boat(canvas, float(x), horizon + size * 0.28, size, cloth, now)
    many = {1: "A sail", 2: "Two sails", 3: "Three sails"}.get(count, "A small regatta")
    keywords = ["sea", "sailboat", "water", now.keyword] + (["sun"] if sun else [])
    return Scene(canvas.develop(), f"{many} {now.name}", tuple(keywords))


def paint_boat(canvas: Canvas, x: float, water: float, size: float, cloth: str, now: Hour) -> None:
    lean = float(canvas.rng.normal(0, 0.04))
    canvas.over(cloth, canvas.shapes(lambda pen: sail(pen, x, water, size, lean)), 0.95)
    canvas.over(mix(now.near, "#101820", 0.4), canvas.shapes(lambda pen: hull(pen, x, water, size)))
    below = canvas.shapes(lambda pen: sail(pen, x, water, size, lean))[::-1]
    shift = int((2 * water - 1) * canvas.height)
    image = np.roll(below, shift, axis=0) * (canvas.y > water)
    broken = noise.smoothstep(0.35, 0.6, canvas.noise(0.5, 6.0, 1.2))
    canvas.over(cloth, canvas.blurred(image, 0.006) * broken, 0.4)


def paint_coast(canvas: Canvas, now: Hour, horizon: float) -> None:
    """Headlands on the horizon, the farther the paler."""
    for depth in (0.35, 0.7):
        height = canvas.rng.uniform(0.03, 0.13) * (0.6 + depth)
        side = np.linspace(1, 0, canvas.width, dtype=np.float32) ** canvas.rng.uniform(0.7, 2.2)
        if canvas.rng.random() < 0.5:
            side = side[::-1]
        line = horizon - np.maximum(0, side - 0.25) * height * (
            1 + 0.5 * noise.ridge(canvas.rng, canvas.width, 6, 1.1)
        )
        land = canvas.below(line.astype(np.float32)) * (canvas.y < horizon + 0.002)
        canvas.over(mix(now.far, now.near, depth * 0.8), land)


def shore(rng: np.random.Generator) -> Scene:
    """Waves run out on the sand."""
    canvas = Canvas(rng, (WIDE, CLASSIC, SQUARE, POSTER, TALL))
    now = hour(rng, "dawn", "morning", "noon", "golden", "sunset", "rose", "grey")
    horizon = float(rng.uniform(0.28, 0.42))
    sun = sun_place(canvas, horizon, 0.1, 0.5) if now.keyword in ("dawn", "sunset", "dusk") else None
    paint_sky(canvas, now, horizon, sun, float(rng.uniform(0, 0.6)))
    water = one_of(rng, ("#1f8a94", "#2a9d9f", "#1c7c94", "#3aa6a0", "#17657d"))
    paint_water(canvas, now, horizon, sun, water, float(rng.uniform(0.1, 0.5)))
    edge = 0.66 + 0.06 * canvas.x / canvas.aspect * rng.choice([-1, 1])
    sand = mix(one_of(rng, ("#d9bd8c", "#e6cfa3", "#c7a878", "#ecdcc0")), now.sky[-1], 0.25)
    for i in range(3):
        line = edge[0] + i * 0.075 + (0.03 - 0.006 * i) * noise.ridge(rng, canvas.width, 2.5 + i, 1.5)
        wet = canvas.below(line.astype(np.float32))
        if i == 0:
            canvas.over(shifted(water, 0.16, 0.9), wet, 0.75)
        elif i == 1:
            canvas.over(shifted(sand, -0.13), wet, 0.85)
        else:
            grains = 0.9 + 0.22 * (canvas.noise(0.12, 1.0, 1.0) - 0.5) + 0.2 * (canvas.noise(1.0, 3.0) - 0.5)
            canvas.over(light(sand) * grains, wet)
        foam = (
            np.exp(-(((canvas.y - line) / (0.010 + 0.004 * i)) ** 2))
            if i < 2
            else 0 * canvas.y + 0 * canvas.x
        )
        lace = noise.smoothstep(0.3, 0.62, canvas.noise(0.22, 2.0, 1.2))
        trail = (
            np.clip((line - canvas.y) / 0.09, 0, 1)
            * (canvas.y < line)
            * np.clip(1 - (line - canvas.y) / 0.09, 0, 1)
            * 2.2
            if i < 2
            else 0
        )
        canvas.over(
            "#ffffff", np.clip(foam * (0.5 + lace) + trail * lace * 0.75, 0, 1).astype(np.float32), 0.9
        )
    thing = one_of(
        rng,
        ("The shore", "Foam on the sand", "Low tide", "Waves running out", "The beach", "Barefoot weather"),
    )
    return Scene(canvas.develop(), f"{thing} {now.name}", ("sea", "beach", "wave", "sand", now.keyword))


def moonlit(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    night = Hour(
        "by moonlight",
        "moon",
        ("#060a1c", "#0f1c3f", "#1f3a68", "#4d6d99"),
        "#eef3ff",
        "#8ea6d0",
        "#1a2747",
        "#2c4672",
        "#050914",
        0.5,
    )
    now = night.varied(rng)
    horizon = float(rng.uniform(0.5, 0.68))
    moon = sun_place(canvas, horizon, 0.25, 0.75)
    paint_sky(canvas, now, horizon, moon, float(rng.uniform(0.05, 0.55)))
    paint_water(canvas, now, horizon, moon, "#0a1e3a", float(rng.uniform(0.1, 0.7)))
    keywords = ["sea", "moon", "night", "water"]
    if rng.random() < 0.5:
        paint_coast(canvas, now, horizon)
        keywords.append("coast")
    if rng.random() < 0.4:
        size = float(rng.uniform(0.1, 0.2))
        paint_boat(
            canvas, canvas.aspect * float(rng.uniform(0.2, 0.8)), horizon + size * 0.3, size, "#d9e2f2", now
        )
        keywords.append("sailboat")
    thing = one_of(
        rng, ("The bay", "Silver water", "Sleeping sea", "Harbour mouth", "Night tide", "The moon's road")
    )
    return Scene(canvas.develop(), f"{thing} by moonlight", tuple(keywords))


def lighthouse(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, (WIDE, CLASSIC, TALL, POSTER, SQUARE))
    now = hour(rng, "sunset", "dusk", "ember", "storm", "mint", "rose")
    horizon = float(rng.uniform(0.58, 0.7))
    sun = sun_place(canvas, horizon, 0.02, 0.2) if now.keyword != "storm" else None
    paint_sky(canvas, now, horizon, sun, float(rng.uniform(0.3, 0.8)))
    paint_water(canvas, now, horizon, sun, one_of(rng, WATERS), float(rng.uniform(0, 0.6)))
    x = canvas.aspect * float(rng.choice([0.25, 0.3, 0.7, 0.75]))
    rocks = (
        horizon
        + 0.05
        - np.exp(-(((canvas.x[0] - x) / 0.26) ** 2))
        * 0.13
        * (1 + 0.3 * noise.ridge(rng, canvas.width, 14, 0.9))
    )
    waterline = horizon + 0.035 + 0.01 * noise.ridge(rng, canvas.width, 9)
    rock = np.minimum(canvas.below(rocks.astype(np.float32)), 1 - canvas.below(waterline))
    foot = float(rocks[int(np.clip(x * canvas.height, 0, canvas.width - 1))]) + 0.02
    tall = float(rng.uniform(0.24, 0.34))
    top = foot - tall
    spread_out = np.abs(canvas.y - top) - 0.02 - 0.16 * np.abs(canvas.x - x)
    beam = np.clip(-spread_out / 0.03, 0, 1) / (1 + 6 * np.abs(canvas.x - x))
    canvas.add("#ffe6a8", beam, 0.4)
    canvas.over(mix(now.near, "#000000", 0.2), rock)
    shaft = [(x - 0.034, foot), (x - 0.021, top + 0.02), (x + 0.021, top + 0.02), (x + 0.034, foot)]
    tower = canvas.shapes(lambda pen: pen.polygon(shaft))
    stripes = (np.sin((canvas.y - top) / tall * np.pi * 5) > 0).astype(np.float32)
    shade = 1 - 0.55 * np.clip((canvas.x - x) / 0.03 * (1 if sun and sun[0] < x else -1) * 0.5 + 0.5, 0, 1)
    canvas.over(light(mix("#f4efe6", now.sky[-2], 0.25)) * shade, tower)
    canvas.over(light(one_of(rng, ("#c23b2e", "#22384f", "#b5472f"))) * shade, tower * stripes)
    canvas.over(mix(now.near, "#000000", 0.3), canvas.shapes(lambda pen: _lantern(pen, x, top)))
    canvas.over("#fff3c4", canvas.shapes(lambda pen: pen.box(x - 0.012, top - 0.016, x + 0.012, top + 0.008)))
    canvas.add("#ffdf94", canvas.near(x, top, 0.035), 0.9)
    thing = one_of(rng, ("The lighthouse", "Keeper's light", "A light on the rocks", "The old light"))
    return Scene(canvas.develop(), f"{thing} {now.name}", ("sea", "lighthouse", "coast", "rock", now.keyword))


def _lantern(pen: Pen, x: float, top: float) -> None:
    pen.box(x - 0.03, top + 0.012, x + 0.03, top + 0.022)
    pen.box(x - 0.016, top - 0.02, x + 0.016, top + 0.014)
    pen.polygon([(x - 0.024, top - 0.018), (x, top - 0.05), (x + 0.024, top - 0.018)])


PAINTERS = (open_sea, sails, shore, moonlit, lighthouse)
