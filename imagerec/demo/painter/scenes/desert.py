"""Deserts: dunes with sharp crests, caravans, table mountains, cactus."""

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, PANORAMA, POSTER, SQUARE, TALL, WIDE, Canvas, Pen
from imagerec.demo.painter.colour import Array, gradient, light, mix, varied
from imagerec.demo.painter.scene import Scene, one_of
from imagerec.demo.painter.sky import Hour, hour, paint_sky, sun_place

RATIOS = (WIDE, WIDE, PANORAMA, CLASSIC, SQUARE, TALL, POSTER)
SANDS = (
    ("#f2c48a", "#a8622f"),
    ("#eab07a", "#8a3f2a"),
    ("#f5d9a8", "#b0824a"),
    ("#e89a6a", "#7a2f2a"),
    ("#efd0b0", "#9a6a5a"),
    ("#f0b860", "#8f4f1c"),
)


def paint_dune(canvas: Canvas, line: Array, lit: str, shade: str, side: int, wave: float) -> None:
    """One dune: from each crest a sharp edge runs down, sun on one side of it; ripples in the sand."""
    rng = canvas.rng
    drop = np.clip(canvas.y - line, 0, 1)
    crest = int(np.argmin(line[canvas.width // 8 : -canvas.width // 8])) + canvas.width // 8
    spine = canvas.x[0, crest] + side * (0.5 * drop + 0.05 * np.sin(drop * wave + rng.uniform(0, 6)))
    sunny = noise.smoothstep(-0.006, 0.006, (canvas.x - spine) * side)
    roll = noise.noise_field(rng, canvas.height, canvas.width, (130, 130 * canvas.aspect), 2.0)
    soft = np.clip(0.7 + (np.roll(roll, -14, axis=1) - roll) * 4 * side + 0.12 - drop * 0.45, 0, 1)
    ripple = np.sin((canvas.y * 260 + roll * 46 + canvas.x * 34) / (0.55 + drop * 1.2)) * np.clip(
        0.15 + drop, 0, 0.4
    )
    tone = np.clip(
        sunny * (0.62 + 0.38 * soft) + (1 - sunny) * 0.16 * soft + ripple * 0.09 * (0.35 + sunny), 0, 1
    )
    canvas.over(gradient([(0, shade), (1, lit)], tone), canvas.below(line))


def paint_dunes(canvas: Canvas, now: Hour, start: float, count: int) -> tuple[Array, tuple[str, str]]:
    rng = canvas.rng
    lit, shade = varied(rng, SANDS[rng.integers(len(SANDS))], 0.08)
    lit, shade = mix(lit, now.lit, 0.25), mix(shade, now.near, 0.3)
    side, crests = int(rng.choice([-1, 1])), []
    for i in range(count):
        depth = (i + 1) / count
        line = (
            start
            + (1 - start) * 0.85 * (i / count) ** 1.1
            - (0.05 + 0.1 * depth)
            * noise.ridge(rng, canvas.width, 1.1 * canvas.aspect + 1.2 * (1 - depth), 2.6, 3)
        )
        crests.append(line.astype(np.float32))
        veil = 0.62 * (1 - depth) ** 1.2
        paint_dune(
            canvas,
            crests[-1],
            mix(lit, now.far, veil),
            mix(shade, now.far, veil),
            side,
            float(rng.uniform(4, 12)),
        )
    return crests[min(1, count - 1)], (lit, shade)


def dunes(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    now = hour(rng, "dawn", "morning", "noon", "golden", "sunset", "ember", "rose", "mint", "dusk")
    start = float(rng.uniform(0.32, 0.55))
    sun = sun_place(canvas, start, 0.1, 0.6) if rng.random() < 0.5 and now.keyword != "sky" else None
    paint_sky(canvas, now, start + 0.05, sun, float(rng.uniform(0, 0.4)))
    line, (_, shade) = paint_dunes(canvas, now, start, int(rng.integers(3, 6)))
    keywords = ["desert", "sand", "dune", now.keyword]
    if rng.random() < 0.35:
        caravan = canvas.shapes(lambda pen: _caravan(rng, pen, canvas, line))
        canvas.over(mix(shade, "#000000", 0.65), caravan)
        keywords.append("camel")
        thing = one_of(rng, ("The caravan", "Camels", "Crossing the dunes", "The long march"))
    else:
        thing = one_of(
            rng,
            (
                "Dunes",
                "Sand sea",
                "The empty quarter",
                "Crests of sand",
                "Wind and sand",
                "The red dune",
                "Soft edges",
            ),
        )
    return Scene(canvas.develop(0.0084), f"{thing} {now.name}", tuple(keywords))


CAMEL = np.array([
    (-0.5, -0.62), (-0.42, -0.7), (-0.3, -0.68), (-0.22, -0.78), (-0.1, -0.98), (0.02, -0.96), (0.1, -0.78),
    (0.2, -0.66), (0.32, -0.56), (0.42, -0.62), (0.48, -0.9), (0.52, -1.06), (0.6, -1.1), (0.78, -1.02),
    (0.78, -0.96), (0.62, -0.95), (0.58, -0.7), (0.5, -0.46), (0.36, -0.4), (0.36, -0.2), (0.34, 0),
    (0.29, 0), (0.29, -0.22), (0.24, -0.36), (0.22, -0.18), (0.2, 0), (0.15, 0), (0.16, -0.24), (0.1, -0.4),
    (-0.24, -0.4), (-0.26, -0.22), (-0.24, 0), (-0.29, 0), (-0.33, -0.22), (-0.36, -0.34), (-0.4, -0.2),
    (-0.42, 0), (-0.47, 0), (-0.46, -0.24), (-0.48, -0.42), (-0.54, -0.3),
])  # fmt: skip


def _caravan(rng: np.random.Generator, pen: Pen, canvas: Canvas, line: Array) -> None:
    size, x = float(rng.uniform(0.04, 0.065)), canvas.aspect * float(rng.uniform(0.12, 0.35))
    for _ in range(int(rng.integers(3, 8))):
        if x > canvas.aspect - 0.05:
            break
        foot = float(line[int(x * canvas.height)]) + 0.004
        pen.polygon(CAMEL * size * rng.uniform(0.9, 1.05) + (x, foot))
        pen.disc(x - size * 0.05, foot - size * 1.28, size * 0.09)
        pen.polygon(np.array([(-0.16, -0.9), (-0.05, -1.22), (0.07, -0.9)]) * size + (x, foot))
        x += size * rng.uniform(1.9, 2.5)


def mesas(rng: np.random.Generator) -> Scene:
    """Table mountains in layers of red rock."""
    canvas = Canvas(rng, RATIOS)
    now = hour(rng, "dawn", "noon", "golden", "sunset", "ember", "rose", "dusk", "storm")
    foot = float(rng.uniform(0.66, 0.78))
    sun = sun_place(canvas, foot, 0.1, 0.6) if now.keyword in ("sunset", "dawn") else None
    paint_sky(canvas, now, foot, sun, float(rng.uniform(0.1, 0.7)))
    rock, dark = varied(rng, (one_of(rng, ("#c8643c", "#b5523a", "#d08a4c", "#a8483c")), "#4a1f1c"), 0.06)
    for i in range(3):
        depth = (i + 1) / 3
        line = _tables(canvas, foot + 0.03 * i, 0.3 - 0.04 * i)
        bands = np.sin(canvas.y * 90 + 3 * canvas.noise(0.8, 8.0, 1.4)) * 0.1 + 0.9
        cracks = 0.75 + 0.5 * noise.smoothstep(
            0.35, 0.6, noise.noise_field(rng, canvas.height, canvas.width, (60, 420 * canvas.aspect), 1.2)
        )
        body = mix(now.far, mix(rock, mix(dark, now.near, 0.4), 0.25 * depth), 0.3 + 0.65 * depth)
        canvas.over(light(body) * (bands * cracks), canvas.below(line))
    plain = foot + 0.07 + 0.008 * noise.ridge(rng, canvas.width, 4)
    ground = mix(mix(rock, dark, 0.35), now.near, 0.3)
    canvas.over(
        light(ground) * (0.7 + 0.6 * canvas.noise(0.35, 5.0, 1.2)), canvas.below(plain.astype(np.float32))
    )
    keywords = ["desert", "rock", "landscape", now.keyword]
    if rng.random() < 0.6:
        cacti = canvas.shapes(_cacti, rng, canvas.aspect)
        canvas.over(mix("#1e3322", now.near, 0.7), cacti)
        keywords.append("cactus")
    thing = one_of(
        rng,
        (
            "Table mountains",
            "Red rock",
            "Canyon country",
            "The mesa",
            "Old stone",
            "Badlands",
            "The long valley",
        ),
    )
    return Scene(canvas.develop(0.0084), f"{thing} {now.name}", tuple(keywords))


def _tables(canvas: Canvas, foot: float, high: float) -> Array:
    """Flat tops, steep walls, slopes of rubble."""
    rng = canvas.rng
    line = np.full(canvas.width, foot)
    for _ in range(int(rng.integers(2, 4))):
        middle = canvas.aspect * rng.uniform(0, 1)
        half = rng.uniform(0.05, 0.3)
        tall = high * rng.uniform(0.45, 1)
        away = np.abs(canvas.x[0] - middle + 0.012 * noise.ridge(rng, canvas.width, 12, 0.9)) - half
        wall = np.clip(1 - away / 0.025, 0, 1) * tall * 0.62
        rubble = np.clip(1 - (away - 0.01) / (tall * 0.8), 0, 1) * tall * 0.38
        line = np.minimum(line, foot - wall - rubble + 0.004 * noise.ridge(rng, canvas.width, 20, 0.8))
    return line.astype(np.float32)


def _cacti(pen: Pen, rng: np.random.Generator, aspect: float) -> None:
    for x in aspect * rng.uniform(0.06, 0.94, 4):
        _cactus(rng, pen, x, rng.uniform(0.86, 0.97), rng.uniform(0.12, 0.26))


def _cactus(rng: np.random.Generator, pen: Pen, x: float, foot: float, tall: float) -> None:
    thick = tall * 0.12
    pen.box(x - thick / 2, foot - tall, x + thick / 2, foot, corner=thick / 2)
    for side in (-1, 1):
        if rng.random() < 0.8:
            y, reach, rise = foot - tall * rng.uniform(0.35, 0.6), tall * 0.2, tall * rng.uniform(0.2, 0.35)
            pen.box(
                min(x, x + side * reach),
                y - thick * 0.35,
                max(x, x + side * reach),
                y + thick * 0.35,
                corner=thick * 0.3,
            )
            ax = x + side * reach
            pen.box(ax - thick * 0.38, y - rise, ax + thick * 0.38, y + thick * 0.35, corner=thick * 0.37)


PAINTERS = (dunes, dunes, mesas)
