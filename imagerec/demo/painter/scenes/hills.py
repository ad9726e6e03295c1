"""Hills in haze: ridges paling into the distance, lakes, meadows, lone trees."""

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, PANORAMA, POSTER, SQUARE, TALL, WIDE, Canvas, Pen
from imagerec.demo.painter.colour import Array, gradient, light, mix, shifted
from imagerec.demo.painter.plants import bare_tree, broadleaf, conifer, flock, grass
from imagerec.demo.painter.scene import Scene, one_of
from imagerec.demo.painter.sky import Hour, hour, paint_sky, sun_place

RATIOS = (WIDE, WIDE, PANORAMA, CLASSIC, SQUARE, TALL, POSTER)
GREENS = ("#2f5d3a", "#4a6b2f", "#5e7a35", "#3b6650", "#6e7f3c", "#7a7038", "#39613f")


def paint_ridges(canvas: Canvas, now: Hour, start: float, count: int, jagged: float, tint: str) -> Array:
    """Ridges from `start` down to the lower edge, each darker than the one behind;
    the line of the nearest."""
    line = np.zeros(canvas.width, dtype=np.float32)
    for i in range(count):
        depth = i / max(1, count - 1)
        base = start + (1.02 - start) * depth**1.25 * 0.86
        swing = (0.05 + 0.075 * (1 - depth) * jagged + 0.05 * depth) * canvas.rng.uniform(0.7, 1.3)
        line = base - swing * noise.ridge(
            canvas.rng, canvas.width, (1.2 + 2.5 * (1 - depth)) * canvas.aspect, 1.75 - 0.75 * jagged
        )
        near = mix(mix(now.near, tint, 0.35), now.far, 0.12)
        top = mix(now.far, near, depth**1.15)
        foot = mix(mix(now.far, now.sky[-1], 0.6), near, depth**1.9 * 0.9)
        fall = np.clip((canvas.y - base + swing) / (0.26 + 0.1 * depth), 0, 1)
        canvas.over(gradient([(0, top), (1, foot)], fall), canvas.below(line))
    return line


def misty_ridges(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    now = hour(rng, "dawn", "morning", "golden", "sunset", "ember", "dusk", "rose", "mist", "mint", "grey")
    start = float(rng.uniform(0.3, 0.5))
    sun = (
        sun_place(canvas, start, -0.05, 0.4)
        if now.keyword not in ("fog", "cloud") or rng.random() < 0.4
        else None
    )
    paint_sky(canvas, now, start + 0.12, sun, float(rng.uniform(0, 0.6)))
    count, jagged = int(rng.integers(4, 9)), float(rng.random())
    line = paint_ridges(canvas, now, start, count, jagged, one_of(rng, GREENS))
    keywords = ["mountain" if jagged > 0.5 else "hill", "landscape", now.keyword, "fog"]
    if rng.random() < 0.6:
        wood = canvas.shapes(lambda pen: _wood(canvas, pen, line, rng))
        canvas.over(mix(now.near, "#000000", 0.25), wood)
        keywords.append("tree")
    if rng.random() < 0.35:
        where = (canvas.aspect * rng.uniform(0.25, 0.75), start * rng.uniform(0.45, 0.9))
        canvas.over(
            now.near,
            canvas.shapes(lambda pen: flock(rng, pen, *where, int(rng.integers(4, 15)), 0.08, 0.025)),
            0.85,
        )
        keywords.append("bird")
    things = (
        "Blue ridges",
        "Ridge after ridge",
        "Hills in haze",
        "Far valleys",
        "Layers of hills",
        "The valley",
        "Mountains",
        "Distant ranges",
    )
    return Scene(canvas.develop(), f"{one_of(rng, things)} {now.name}", tuple(keywords))


def _wood(canvas: Canvas, pen: Pen, line: Array, rng: np.random.Generator) -> None:
    clumps = rng.uniform(0, canvas.aspect, int(rng.integers(2, 6)))
    for centre in clumps:
        for x in rng.normal(centre, 0.1, int(rng.integers(6, 22))):
            if 0 < x < canvas.aspect:
                foot = float(line[min(canvas.width - 1, int(x * canvas.height))]) + 0.01
                conifer(rng, pen, x, foot, float(rng.uniform(0.05, 0.13)))


def lake(rng: np.random.Generator) -> Scene:
    """Mountains and their image in still water."""
    canvas = Canvas(rng, (WIDE, WIDE, CLASSIC, SQUARE, POSTER))
    now = hour(rng, "dawn", "morning", "noon", "golden", "sunset", "dusk", "rose", "mint")
    shore = float(rng.uniform(0.5, 0.62))
    sun = sun_place(canvas, shore, 0.35, 0.7) if now.keyword in ("dawn", "sunset") else None
    paint_sky(canvas, now, shore, sun, float(rng.uniform(0, 0.7)))
    tint = one_of(rng, GREENS)
    for i in range(int(rng.integers(3, 5))):
        depth = i / 3.5
        line = shore - (0.27 - 0.2 * depth) * (
            0.75 + 0.45 * noise.ridge(rng, canvas.width, 2.2 * canvas.aspect * (1 + depth), 1.0 + 0.2 * depth)
        )
        body = mix(now.far, mix(now.near, tint, 0.5), 0.15 + 0.65 * depth)
        _paint_slope(canvas, line, body, now)
    trees = shore - 0.012 + 0.01 * noise.ridge(rng, canvas.width, 5)
    wood = mix(now.near, tint, 0.25)
    canvas.over(wood, canvas.below(trees.astype(np.float32)))
    canvas.over(wood, canvas.shapes(lambda pen: _shore_trees(rng, pen, canvas.aspect, shore)))
    _mirror(canvas, shore, mix(now.near, "#205060", 0.4))
    things = (
        "Still lake",
        "Mirror lake",
        "The far shore",
        "Lake and mountains",
        "Morning water",
        "The quiet lake",
    )
    return Scene(
        canvas.develop(),
        f"{one_of(rng, things)} {now.name}",
        ("lake", "mountain", "reflection", "landscape", now.keyword),
    )


def _paint_slope(canvas: Canvas, line: Array, body: str, now: Hour) -> None:
    """A mountain side: its rock lit from one side, mist at its foot."""
    relief = canvas.noise(0.8, 0.8, 1.5)
    lit = np.clip(0.5 + (relief - np.roll(relief, 7, axis=1)) * 4.5, 0, 1)
    dark, bright = light(shifted(body, -0.06)), light(mix(body, now.lit, 0.4))
    fall = np.clip((canvas.y - line.min()) / 0.32, 0, 1) ** 2
    rock = dark + (bright - dark) * lit
    canvas.over(rock + (light(now.far) - rock) * (fall * 0.4), canvas.below(line))


def _shore_trees(rng: np.random.Generator, pen: Pen, aspect: float, shore: float) -> None:
    for x in rng.uniform(0, aspect, int(90 * aspect)):
        conifer(rng, pen, x, shore, float(rng.gamma(5, 0.011)))


def _mirror(canvas: Canvas, shore: float, water: str) -> None:
    """The lower part becomes the upper one's image, drawn out and darkened."""
    top = round(shore * canvas.height)
    rows = canvas.height - top
    depth = np.arange(rows, dtype=np.float32)
    ripple = (
        5
        * (noise.ridge(canvas.rng, rows, 60, 0.6) + noise.ridge(canvas.rng, rows, 12, 0.8))
        * (depth / rows + 0.08)
    )
    source = np.clip(top - 1 - depth * 0.94 + ripple, 0, top - 1).astype(int)
    fade = (0.16 + 0.5 * (depth / rows) ** 1.2)[:, None]
    glints = 1 + 0.3 * (canvas.noise(0.5, 7.0, 1.2)[top:] - 0.5)
    image = canvas.light[:, source]
    canvas.light[:, top:] = (image + (light(water) - image) * fade) * glints
    canvas.over("#ffffff", np.exp(-(((canvas.y - shore) / 0.0018) ** 2)) * np.ones_like(canvas.x), 0.18)


def meadow(rng: np.random.Generator) -> Scene:
    """Rolling fields with one tree."""
    canvas = Canvas(rng, RATIOS)
    now = hour(rng, "morning", "noon", "golden", "sunset", "rose", "storm", "mint", "dawn")
    start = float(rng.uniform(0.45, 0.62))
    sun = sun_place(canvas, start, 0.1, 0.5) if now.keyword in ("dawn", "sunset") else None
    paint_sky(canvas, now, start + 0.05, sun, float(rng.uniform(0.15, 0.75)))
    season = one_of(rng, ("#6f9a3c", "#88a545", "#c9a545", "#a8b04a", "#d2b85a", "#5d8f4a", "#9b7fb0"))
    line: Array = start + np.zeros(canvas.width, dtype=np.float32)
    for i in range(4):
        depth = i / 3
        line = start + 0.13 * i - (0.05 + 0.02 * i) * noise.ridge(rng, canvas.width, 1.3 * canvas.aspect, 2.2)
        field = mix(
            now.far,
            mix(shifted(season, float(rng.normal(0, 0.05))), now.near, 0.12 + 0.12 * depth),
            0.25 + 0.65 * depth,
        )
        texture = 0.82 + 0.36 * canvas.noise(0.3 + 0.1 * i, 3.0, 1.3)
        rows = 1 + 0.1 * np.sin(
            (canvas.x * 26 + (canvas.y - line) * 120 / (1 + depth)) * (1 if i % 2 else -1)
        ) * (rng.random() < 0.5)
        sheen = 1.15 - 0.9 * np.clip((canvas.y - line) / 0.4, 0, 1)
        canvas.over(light(field) * (texture * rows * sheen), canvas.below(line.astype(np.float32)))
        if i == 2:
            keywords = _lone_trees(canvas, now, line, rng)
    blades = canvas.shapes(lambda pen: grass(rng, pen, canvas.aspect, 1.0, 0.08, int(260 * canvas.aspect)))
    canvas.over(mix(season, now.near, 0.6), blades, 0.9)
    things = (
        "The meadow",
        "One tree",
        "Rolling fields",
        "Summer hills",
        "Grassland",
        "The old tree",
        "Over the fields",
    )
    return Scene(
        canvas.develop(),
        f"{one_of(rng, things)} {now.name}",
        ("meadow", "tree", "landscape", "hill", now.keyword, *keywords),
    )


def _lone_trees(canvas: Canvas, now: Hour, line: Array, rng: np.random.Generator) -> list[str]:
    kind = broadleaf if rng.random() < 0.75 else bare_tree
    places = canvas.aspect * rng.uniform(0.15, 0.85, int(rng.choice([1, 1, 2, 4])))
    tall = float(rng.uniform(0.2, 0.36)) / len(places) ** 0.35

    def draw(pen: Pen) -> None:
        for x in places:
            foot = float(line[int(x * canvas.height)]) + 0.008
            kind(rng, pen, float(x), foot, tall * float(rng.uniform(0.7, 1.1)))

    mask = canvas.shapes(draw)
    leaf = mix(now.near, one_of(rng, GREENS), 0.45 if kind is broadleaf else 0.1)
    dapple = noise.smoothstep(0.35, 0.7, canvas.noise(0.15, 1.0, 1.1))
    canvas.over(leaf, mask)
    canvas.over(mix(leaf, now.lit, 0.35), mask * dapple, 0.45)
    return ["autumn"] if kind is bare_tree else ["summer"]


PAINTERS = (misty_ridges, misty_ridges, lake, meadow)
