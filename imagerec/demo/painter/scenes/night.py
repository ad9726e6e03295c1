"""Night skies: stars, the milky way, aurora, star trails, the moon."""

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, PANORAMA, POSTER, SQUARE, TALL, WIDE, Canvas, Pen
from imagerec.demo.painter.colour import Array, gradient, light, shifted, spread, varied
from imagerec.demo.painter.plants import conifer
from imagerec.demo.painter.scene import Scene, one_of

RATIOS = (WIDE, WIDE, PANORAMA, CLASSIC, SQUARE, TALL, POSTER)
SKIES = (
    ("#04061a", "#0a1638", "#16305c", "#35558a"),
    ("#05030f", "#1a0f38", "#3b2260", "#7a4a7c"),
    ("#020b14", "#06222f", "#0d4250", "#3c7a7c"),
    ("#060816", "#141a38", "#2c3157", "#7d6272"),
    ("#03040c", "#0b0f22", "#1c2238", "#4a4a5e"),
)
STAR_COLOURS = ("#ffffff", "#cfdcff", "#fff1d6", "#ffd9b0", "#b8ccff")


def paint_night(canvas: Canvas) -> tuple[str, ...]:
    sky = tuple(varied(canvas.rng, SKIES[canvas.rng.integers(len(SKIES))]))
    canvas.fill(gradient(spread(sky), np.clip(canvas.y * 1.1, 0, 1)))
    return sky


def paint_stars(canvas: Canvas, count: int, density: Array | None = None) -> None:
    """Faint ones as points, the few brightest with a glow; thicker where `density`, 0..1, is high."""
    rng = canvas.rng
    rows, columns = rng.integers(0, canvas.height, count), rng.integers(0, canvas.width, count)
    if density is not None:
        kept = rng.random(count) < density[rows, columns]
        rows, columns = rows[kept], columns[kept]
    bright = np.minimum(rng.pareto(1.6, len(rows)) * 0.08 + 0.03, 1.0).astype(np.float32)
    tints = np.concatenate([light(c)[:, 0] for c in STAR_COLOURS], axis=1)[
        :, rng.integers(0, len(STAR_COLOURS), len(rows))
    ]
    for down, across, share in ((0, 0, 1.0), (0, 1, 0.35), (1, 0, 0.35), (1, 1, 0.15)):
        at = (np.minimum(rows + down, canvas.height - 1), np.minimum(columns + across, canvas.width - 1))
        canvas.light[:, at[0], at[1]] += tints * (bright * share)
    for i in np.argsort(-bright)[: max(4, count // 400)]:
        _star_glow(canvas, int(rows[i]), int(columns[i]), float(bright[i]) * 0.8, tints[:, i])


def _star_glow(canvas: Canvas, row: int, column: int, strength: float, tint: Array) -> None:
    reach = 9
    y0, y1 = max(0, row - reach), min(canvas.height, row + reach + 1)
    x0, x1 = max(0, column - reach), min(canvas.width, column + reach + 1)
    squared = (np.arange(y0, y1)[:, None] - row) ** 2 + (np.arange(x0, x1)[None] - column) ** 2
    glow = np.exp(-squared / 2.2) + 0.22 / (1 + squared / 3.0) * np.clip(1 - squared / 81, 0, 1)
    canvas.light[:, y0:y1, x0:x1] += tint[:, None, None] * (glow * strength).astype(np.float32)


def paint_ground(canvas: Canvas, colour: str) -> list[str]:
    """A dark foreground: ridges, spruces, a lit tent."""
    rng = canvas.rng
    base = float(rng.uniform(0.8, 0.9))
    keywords = []
    far = base - 0.07 - 0.06 * noise.ridge(rng, canvas.width, 3 * canvas.aspect, 1.1)
    canvas.over(shifted(colour, -0.18, 0.8), canvas.below(far), 0.9)
    line = base + 0.035 * noise.ridge(rng, canvas.width, 1.6 * canvas.aspect, 1.5)
    ground = canvas.below(line)
    if rng.random() < 0.7:
        clumps = rng.uniform(0, canvas.aspect, int(rng.integers(2, 5)))

        def wood(pen: Pen) -> None:
            for x in np.clip(
                np.concatenate([rng.normal(c, 0.14, 14) for c in clumps]), 0.01, canvas.aspect - 0.01
            ):
                conifer(
                    rng,
                    pen,
                    float(x),
                    float(line[int(x * canvas.height) - 1]) + 0.02,
                    float(rng.gamma(6, 0.025)),
                )

        ground = np.maximum(ground, canvas.shapes(wood))
        keywords.append("tree")
    canvas.over("#020308", ground)
    if rng.random() < 0.35:
        _paint_tent(canvas, line)
        keywords.append("tent")
    return keywords


def _paint_tent(canvas: Canvas, line: Array) -> None:
    x = canvas.aspect * float(canvas.rng.uniform(0.25, 0.75))
    foot, size = float(line[int(x * canvas.height)]) + 0.035, 0.055
    canvas.add("#ffb347", canvas.near(x, foot - size * 0.4, 0.05), 0.5)
    cloth = canvas.shapes(
        lambda pen: pen.polygon(
            [(x - size, foot), (x - size * 0.1, foot - size), (x + size * 0.1, foot - size), (x + size, foot)]
        )
    )
    canvas.over(
        gradient([(0, "#ff9a3c"), (1, "#ffe0a0")], np.clip((canvas.y - foot + size) / size, 0, 1)), cloth
    )
    canvas.over(
        "#a8501a",
        canvas.shapes(lambda pen: pen.line([(x, foot - size), (x - size * 0.12, foot)], 0.003)),
        0.8,
    )


def milky_way(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    sky = paint_night(canvas)
    angle, through = rng.uniform(0.5, 1.3) * rng.choice([-1, 1]), canvas.aspect * rng.uniform(0.35, 0.65)
    across = (canvas.x - through) * np.sin(angle) + (canvas.y - 0.4) * np.cos(angle)
    across = across + 0.07 * (canvas.noise(1.5) - 0.5)
    core = np.exp(-((across / 0.15) ** 2))
    dust = canvas.noise(0.7, 1.0, 1.7)
    glow = core * np.clip(0.35 + 1.9 * (dust - 0.36), 0, 1.4)
    lane = np.exp(-((across / 0.05) ** 2)) * noise.smoothstep(0.42, 0.66, canvas.noise(0.9, 1.0, 1.6))
    warm, cool = (
        one_of(rng, ("#ffcfa0", "#ffb3c8", "#ffe0b8")),
        one_of(rng, ("#7aa0ff", "#b08cff", "#7fd0e8")),
    )
    canvas.add(cool, np.exp(-((across / 0.26) ** 2)) * dust, 0.17)
    canvas.add(warm, glow, 0.3)
    canvas.over(sky[0], lane, 0.75)
    paint_stars(canvas, 9000, np.clip(0.25 + core, 0, 1))
    keywords = ["night sky", "stars", "milky way", "night", *paint_ground(canvas, sky[2])]
    thing = one_of(
        rng,
        (
            "The milky way",
            "River of stars",
            "Under the galaxy",
            "Ten thousand stars",
            "Star country",
            "The great arch",
        ),
    )
    where = one_of(
        rng,
        (
            "over the ridge",
            "in August",
            "after midnight",
            "far from town",
            "above the pass",
            "on a clear night",
        ),
    )
    return Scene(canvas.develop(0.0096), f"{thing} {where}", tuple(keywords))


def aurora(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    sky = paint_night(canvas)
    paint_stars(canvas, 2600)
    hues = one_of(
        rng,
        (
            "#3dff9a #22c8a0 #7a4dff",
            "#5dffb0 #30e07a #ff5da8",
            "#40ffd0 #3aa0ff #a050ff",
            "#9dff5a #38e08a #2a70d0",
        ),
    ).split()
    for _ in range(int(rng.integers(2, 5))):
        _paint_curtain(canvas, varied(rng, hues, 0.12))
    keywords = ["night sky", "aurora", "stars", "night", *paint_ground(canvas, sky[2])]
    thing = one_of(
        rng,
        ("Northern lights", "Aurora", "Green fire", "Curtains of light", "The sky dancing", "Polar night"),
    )
    where = one_of(
        rng,
        (
            "over the spruces",
            "in the north",
            "above the camp",
            "before midnight",
            "in deep winter",
            "without a sound",
        ),
    )
    return Scene(canvas.develop(0.0084), f"{thing} {where}", tuple(keywords))


def _paint_curtain(canvas: Canvas, hues: list[str]) -> None:
    """Rays rising from a wandering lower edge, green below, other colours above."""
    rng, width = canvas.rng, canvas.width
    foot = rng.uniform(0.38, 0.72) + 0.13 * noise.ridge(rng, width, 1.6, 2.0)
    rays = 0.45 + 0.55 * noise.ridge(rng, width, 26, 0.55) + 0.35 * noise.ridge(rng, width, 4, 1.2)
    tall = (0.2 + 0.16 * noise.ridge(rng, width, 7, 0.9)) * rng.uniform(0.9, 1.5)
    up = (foot[None, :] - canvas.y) / np.maximum(tall, 0.05)[None, :]
    body = (
        np.exp(-np.clip(up, 0, 8) * 1.5) * noise.smoothstep(-0.14, 0.06, up) * np.clip(rays, 0, 1.4)[None, :]
    )
    canvas.light += gradient(spread(hues), np.clip(up * 0.55, 0, 1)) * (
        body * np.float32(rng.uniform(0.3, 0.6))
    )


def moonrise(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    sky = paint_night(canvas)
    paint_stars(canvas, 1400)
    x = canvas.aspect * float(rng.uniform(0.25, 0.75))
    y = float(rng.uniform(0.22, 0.5))
    radius = float(rng.uniform(0.05, 0.15))
    tint = one_of(rng, ("#fff6e0", "#ffe2b0", "#ffc890", "#f2f5ff"))
    canvas.add(tint, canvas.near(x, y, radius * 1.2), 0.3)
    canvas.add(sky[-1], canvas.near(x, y, 0.4), 0.35)
    moon = canvas.disc(x, y, radius, 0.003)
    seas = 0.62 + 0.5 * noise.smoothstep(0.35, 0.6, canvas.noise(0.35 + radius, 1.0, 1.9))
    crescent = rng.random() < 0.4
    if crescent:
        moon = moon * (1 - canvas.disc(x + radius * 0.55, y - radius * 0.2, radius * 0.98, 0.012))
    canvas.over(light(tint) * seas, moon)
    veil = noise.smoothstep(0.5, 0.8, canvas.noise(1.3, 3.5, 1.7)) * canvas.near(x, y, 0.3)
    canvas.over(shifted(sky[-1], 0.15), veil, 0.6)
    keywords = ["night sky", "moon", "night", *paint_ground(canvas, sky[2])]
    thing = "Crescent" if crescent else one_of(rng, ("Full moon", "Moonrise", "Harvest moon", "The moon"))
    where = one_of(
        rng,
        (
            "over the pines",
            "behind thin cloud",
            "above the valley",
            "on a still night",
            "in October",
            "low in the east",
        ),
    )
    return Scene(canvas.develop(0.0084), f"{thing} {where}", tuple(keywords))


def star_trails(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    sky = paint_night(canvas)
    px, py = canvas.aspect * rng.uniform(0.25, 0.75), rng.uniform(0.25, 0.7)
    turn = rng.uniform(0.5, 1.3)

    def arcs(pen: Pen) -> None:
        for far, start, shine in zip(
            np.sqrt(rng.random(330)) * 1.6, rng.uniform(0, 360, 330), rng.gamma(2, 50, 330), strict=True
        ):
            end = start + np.degrees(turn) * rng.uniform(0.7, 1.0)
            pen.arc(px, py, far, start, end, float(rng.uniform(0.0009, 0.0018)), int(min(255, 40 + shine)))

    warm = canvas.shapes(arcs)
    cool = canvas.shapes(arcs)
    canvas.add(one_of(rng, ("#ffe2c0", "#fff3dc", "#ffc9d8")), warm, 0.7)
    canvas.add(one_of(rng, ("#bcd0ff", "#a8e0ff", "#d8c8ff")), cool, 0.7)
    keywords = ["night sky", "stars", "star trails", "night", *paint_ground(canvas, sky[2])]
    thing = one_of(
        rng,
        ("Star trails", "The turning sky", "Three hours of stars", "Round the pole star", "Slow rotation"),
    )
    where = one_of(
        rng, ("over the camp", "in the mountains", "until dawn", "on a moonless night", "from the ridge")
    )
    return Scene(canvas.develop(0.0084), f"{thing} {where}", tuple(keywords))


PAINTERS = (milky_way, milky_way, aurora, aurora, moonrise, star_trails)
