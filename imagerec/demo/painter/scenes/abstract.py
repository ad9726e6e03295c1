"""Abstract pictures: flow lines, paper cuts, grids of circles, marbling, stained glass, soft colour."""

import numpy as np
from scipy.spatial import Delaunay, cKDTree

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, PANORAMA, POSTER, SQUARE, TALL, WIDE, Canvas, Pen
from imagerec.demo.painter.colour import gradient, light, mix, shifted, spread, varied
from imagerec.demo.painter.scene import Scene, one_of

RATIOS = (WIDE, SQUARE, SQUARE, POSTER, TALL, CLASSIC, PANORAMA)
PALETTES = (
    ("#10222e", "#1f6f78", "#e8c07a", "#e8684a", "#f4efe6"),
    ("#1a1423", "#5b2a86", "#e0487a", "#f7b267", "#fdf0d5"),
    ("#0b1d3a", "#1f4e9e", "#48a9e6", "#bfe3f2", "#f6f1e7"),
    ("#22302a", "#4f7a5b", "#a8c68f", "#e9d8a6", "#ca6702"),
    ("#2b2118", "#8a4b2a", "#d98e5f", "#f0d0a8", "#7fa3a1"),
    ("#111111", "#d62828", "#f2b134", "#2660a4", "#f3efe4"),
    ("#2d1e2f", "#8f3b5e", "#f08a8a", "#f9d9c2", "#88b0a8"),
    ("#0d0d16", "#27305e", "#7b5ea7", "#ea7ab0", "#ffd6a5"),
    ("#14342b", "#2e8b72", "#f0a202", "#f7e7ce", "#d95d39"),
    ("#e9e4da", "#c4bcb0", "#8f8a83", "#4a4a4d", "#c8553d"),
)


def palette(rng: np.random.Generator) -> list[str]:
    return varied(rng, PALETTES[rng.integers(len(PALETTES))], 0.2, 0.12)


def names(rng: np.random.Generator, things: tuple[str, ...]) -> str:
    """Abstract pictures are called by a number, a mood or a colour."""
    second = (
        f"no. {rng.integers(2, 60)}",
        one_of(
            rng,
            (
                "in two voices",
                "at rest",
                "in motion",
                "with warmth",
                "after Sunday",
                "for strings",
                "unfinished",
                "in the key of blue",
                "returning",
            ),
        ),
    )
    return f"{one_of(rng, things)} {one_of(rng, second)}"


def flow(rng: np.random.Generator) -> Scene:
    """Threads that follow a field of directions."""
    canvas = Canvas(rng, RATIOS)
    colours = palette(rng)
    dark_ground = rng.random() < 0.6
    ground = colours[0] if dark_ground else colours[-1]
    canvas.fill(light(ground) * (0.93 + 0.14 * canvas.noise(1.2)))
    grid = noise.noise_field(rng, 160, 160, (float(rng.uniform(90, 260)),) * 2, 2.0)
    count, steps = int(850 * canvas.aspect), int(rng.integers(28, 46))
    twist = float(rng.uniform(4, 11))
    places = np.stack([rng.uniform(-0.1, canvas.aspect + 0.1, count), rng.uniform(-0.1, 1.1, count)], axis=1)
    paths = np.empty((steps, count, 2))
    for i in range(steps):
        paths[i] = places
        cell = np.clip(places / (canvas.aspect, 1) * 159, 0, 159).astype(int)
        angle = grid[cell[:, 1], cell[:, 0]] * twist
        places = places + 0.013 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    group = (rng.random(count) * (len(colours) - 1)).astype(int)
    threads = colours[1:] if dark_ground else colours[:-1]
    for k, colour in enumerate(threads):
        width = float(rng.uniform(0.0012, 0.004))
        mask = canvas.shapes(
            lambda pen, k=k, w=width: (
                [pen.line(paths[:, j], w, int(rng.integers(110, 255))) for j in np.nonzero(group == k)[0]]
            )
        )
        canvas.over(colour, mask, 0.95)
    return Scene(
        canvas.develop(),
        names(rng, ("Current", "Threads", "Drift", "Field lines", "Combed wind", "Murmuration")),
        ("abstract", "lines", "pattern", "colour"),
    )


def paper_cut(rng: np.random.Generator) -> Scene:
    """Layers of coloured paper, each with its shadow on the one below."""
    canvas = Canvas(rng, RATIOS)
    colours = palette(rng)
    if rng.random() < 0.5:
        colours = colours[::-1]
    level = canvas.noise(float(rng.uniform(1.0, 2.2)), 1.0, 2.0)
    if rng.random() < 0.5:
        centre = (canvas.aspect * rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.7))
        level = level * 0.75 + 0.25 * np.sqrt((canvas.x - centre[0]) ** 2 + (canvas.y - centre[1]) ** 2)
    lo, hi = float(level.min()), float(level.max())
    layers = int(rng.integers(6, 10))
    canvas.fill(colours[0])
    fibre = 0.97 + 0.06 * canvas.noise(0.08, 1.0, 1.0)
    slope = max(1e-4, float(np.abs(np.diff(level, axis=1)).mean()) * 1.6)
    shift = max(4, canvas.height // 70)
    for i in range(1, layers):
        cut = lo + (hi - lo) * (0.12 + 0.76 * i / layers)
        mask = np.clip((level - cut) / slope + 0.5, 0, 1)
        shade = canvas.blurred(mask, 0.014)
        canvas.darken(np.roll(shade, (shift, shift // 2), axis=(0, 1)), 0.5)
        tone = gradient(spread(colours), i / (layers - 1)).reshape(3, 1, 1)
        canvas.over(tone * fibre, mask)
    return Scene(
        canvas.develop(),
        names(rng, ("Paper canyon", "Strata", "Contours", "Cut paper", "Depth", "Islands")),
        ("abstract", "paper", "layers", "colour"),
    )


def tiles(rng: np.random.Generator) -> Scene:
    """A grid of quarter circles, discs and triangles, as posters had them a century ago."""
    canvas = Canvas(rng, (SQUARE, WIDE, POSTER, TALL))
    colours = palette(rng)
    down = int(rng.integers(3, 8))
    size = 1 / down
    across = int(np.ceil(canvas.aspect / size))
    canvas.fill(colours[-1])
    jobs: dict[str, list[tuple[int, float, float, int]]] = {}
    for row in range(down):
        for column in range(across):
            back, front, third = (colours[k] for k in rng.permutation(len(colours))[:3])
            jobs.setdefault(back, []).append((0, column * size, row * size, 0))
            jobs.setdefault("1" + front, []).append(
                (int(rng.integers(1, 7)), column * size, row * size, int(rng.integers(4)))
            )
            if rng.random() < 0.4:
                jobs.setdefault("2" + third, []).append((7, column * size, row * size, int(rng.integers(4))))
    paper = 0.95 + 0.1 * canvas.noise(0.12, 1.0, 1.0)
    for key in sorted(jobs, key=lambda k: (len(k), k)):
        mask = canvas.shapes(_tiles, size, jobs[key])
        canvas.over(light(key[-7:]) * paper, mask)
    return Scene(
        canvas.develop(0.0108),
        names(rng, ("Composition", "Quarter circles", "Tiles", "Poster", "Weimar", "Building blocks")),
        ("abstract", "geometry", "pattern", "colour"),
    )


def _tiles(pen: Pen, size: float, specs: list[tuple[int, float, float, int]]) -> None:
    for spec in specs:
        _tile(pen, size, *spec)


def _tile(pen: Pen, size: float, kind: int, x: float, y: float, turn: int) -> None:
    corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    if kind == 0:
        pen.box(x, y, x + size, y + size)
    elif kind in (1, 2):
        cx, cy = corners[turn]
        start = (0, 90, 180, 270)[turn]
        pen.wedge(cx, cy, size, size, start, start + 90)
    elif kind == 3:
        pen.disc(x + size / 2, y + size / 2, size / 2)
    elif kind == 4:
        pen.polygon([corners[turn], corners[(turn + 1) % 4], corners[(turn + 2) % 4]])
    elif kind == 5:
        pen.wedge(x + size / 2, y + size / 2, size / 2, size / 2, turn * 90, turn * 90 + 180)
    elif kind == 6:
        for k in range(3):
            pen.box(x, y + size * (k + 0.25) / 3, x + size, y + size * (k + 0.75) / 3)
    else:
        pen.disc(x + size / 2, y + size / 2, size * (0.14 + 0.06 * turn))


def marble(rng: np.random.Generator) -> Scene:
    """Ink on water: noise bent by noise, veined with gold."""
    canvas = Canvas(rng, RATIOS)
    colours = palette(rng)
    height, width = canvas.height, canvas.width
    base = noise.noise_field(rng, height, width, (420, 420 * canvas.aspect), 2.0)
    bend_x, bend_y = (
        noise.noise_field(rng, height, width, (300, 300 * canvas.aspect), 2.0) for _ in range(2)
    )
    strength = float(rng.uniform(180, 420))
    rows = ((np.arange(height)[:, None] + strength * (bend_y - 0.5)).astype(np.int32)) % height
    columns = ((np.arange(width)[None] + strength * (bend_x - 0.5)).astype(np.int32)) % width
    bent = base[np.minimum(rows, height - 1), np.minimum(columns, width - 1)]
    waves = bent * rng.uniform(2.0, 4.5) + bend_x * 1.5
    tone = np.abs((waves % 1) * 2 - 1)
    canvas.fill(gradient(spread(colours), tone))
    vein = np.exp(-(((tone - 0.5) / 0.02) ** 2)) * noise.smoothstep(0.35, 0.6, bend_y)
    canvas.over(one_of(rng, ("#f2d48a", "#ffffff", "#e8c070")), vein, 0.85)
    canvas.light *= 0.92 + 0.9 * np.clip(np.roll(tone, 3, axis=0) - tone, -0.1, 0.1)
    return Scene(
        canvas.develop(),
        names(rng, ("Marble", "Ink on water", "Endpaper", "Agate", "Slow river", "Oil and water")),
        ("abstract", "marble", "pattern", "colour"),
    )


def glass(rng: np.random.Generator) -> Scene:
    """Stained glass, or facets."""
    canvas = Canvas(rng, RATIOS)
    colours = palette(rng)
    count = int(rng.integers(60, 320))
    seeds = np.stack(
        [rng.uniform(-0.05, canvas.aspect + 0.05, count), rng.uniform(-0.05, 1.05, count)], axis=1
    )
    mood = noise.noise_field(rng, 64, 64, (300, 300), 2.0)
    cell = np.clip(seeds / (canvas.aspect, 1) * 63, 0, 63).astype(int)
    tone = np.clip((mood[cell[:, 1], cell[:, 0]] - 0.2) * 1.6 + rng.normal(0, 0.09, count), 0, 1).astype(
        np.float32
    )
    if rng.random() < 0.5:
        edges = Delaunay(seeds)
        for simplex in edges.simplices:
            _facet(
                canvas,
                seeds[simplex],
                gradient(spread(colours), float(tone[simplex].mean() + rng.normal(0, 0.04))).reshape(3),
            )
        return Scene(
            canvas.develop(),
            names(rng, ("Facets", "Crystal", "Low sun", "Folded", "Shards")),
            ("abstract", "geometry", "pattern", "colour"),
        )
    step = 2
    grid = np.stack(np.meshgrid(canvas.x[0, ::step], canvas.y[::step, 0]), axis=-1)
    distance, nearest = cKDTree(seeds).query(grid, k=2)
    size = (canvas.height, canvas.width)
    lead = noise.resized((distance[..., 1] - distance[..., 0]).astype(np.float32), *size)
    panes = gradient(spread(colours), tone[nearest[..., 0]])
    for plane, pane in zip(canvas.light, panes, strict=True):
        plane[:] = noise.resized(np.ascontiguousarray(pane), *size)
    canvas.light *= 0.75 + 0.5 * canvas.noise(0.5, 1.0, 1.6)
    canvas.add("#ffffff", canvas.near(canvas.aspect * 0.5, 0.4, 0.5), 0.12)
    canvas.over("#0c0a0c", 1 - noise.smoothstep(0.004, 0.009, lead))
    return Scene(
        canvas.develop(),
        names(rng, ("Stained glass", "Window", "Mosaic", "Cells", "Chapel")),
        ("abstract", "glass", "pattern", "colour"),
    )


def _facet(canvas: Canvas, corners: np.ndarray, colour: np.ndarray) -> None:
    """One triangle, painted where it is."""
    x0, y0 = np.floor(corners.min(axis=0) * canvas.height).astype(int)
    x1, y1 = np.ceil(corners.max(axis=0) * canvas.height).astype(int) + 1
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(canvas.width, x1), min(canvas.height, y1)
    if x1 <= x0 or y1 <= y0:
        return
    inside = np.ones((y1 - y0, x1 - x0), dtype=bool)
    (ax, ay), (bx, by), (cx, cy) = corners
    turn = 1 if (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) > 0 else -1
    x, y = canvas.x[:, x0:x1], canvas.y[y0:y1]
    for (px, py), (qx, qy) in (((ax, ay), (bx, by)), ((bx, by), (cx, cy)), ((cx, cy), (ax, ay))):
        inside &= turn * ((qx - px) * (y - py) - (qy - py) * (x - px)) >= -1e-4
    shade = 1 + 0.25 * (corners[:, 1].mean() - y) + 0.25 * (x - corners[:, 0].mean())
    part = canvas.light[:, y0:y1, x0:x1]
    np.copyto(part, colour[:, None, None] * shade.astype(np.float32), where=inside)


def soft_colour(rng: np.random.Generator) -> Scene:
    """Fields of colour that breathe into one another."""
    canvas = Canvas(rng, RATIOS)
    colours = palette(rng)
    if rng.random() < 0.5:
        warp = 0.28 * (canvas.noise(2.2, 1.0, 2.0) - 0.5) + 0.05 * (canvas.noise(0.5, 5.0, 1.25) - 0.5)
        canvas.fill(gradient(spread(colours), np.clip(canvas.y + warp, 0, 1)))
        bands = int(rng.integers(2, 4))
        for i in range(bands):
            y0, y1 = (i + 0.12) / bands, (i + 0.9) / bands
            mask = canvas.blurred(
                canvas.shapes(lambda pen, a=y0, b=y1: pen.box(0.07, a, canvas.aspect - 0.07, b)), 0.02
            )
            canvas.over(
                light(colours[int(rng.integers(len(colours)))]) * (0.8 + 0.4 * canvas.noise(0.6, 2.0, 1.6)),
                mask,
                0.8,
            )
        title = names(rng, ("Colour field", "Two fields", "Chapel walls", "Warm over dark", "Stillness"))
    else:
        canvas.fill(colours[0])
        for colour in (*colours[1:], *colours[1:4]):
            x, y, r = canvas.aspect * rng.random(), rng.random(), rng.uniform(0.14, 0.38)
            canvas.over(colour, np.clip(canvas.near(x, y, r) ** 2 * 1.15, 0, 1), 0.9)
        for _ in range(int(rng.integers(1, 4))):
            x, y, r = canvas.aspect * rng.uniform(0.15, 0.85), rng.uniform(0.15, 0.85), rng.uniform(0.06, 0.2)
            ball = canvas.disc(x, y, r)
            turn = np.clip(((canvas.x - x) * 0.7 + (canvas.y - y) * 0.9) / r * 0.5 + 0.5, 0, 1)
            canvas.over(
                gradient(
                    spread([mix(colours[3], "#ffffff", 0.3), colours[2], colours[0]]), turn.astype(np.float32)
                ),
                ball,
            )
        title = names(rng, ("Afterglow", "Spheres", "Soft machine", "Blush", "Weather of the mind"))
    return Scene(canvas.develop(0.018), title, ("abstract", "gradient", "minimal", "colour"))


def rings(rng: np.random.Generator) -> Scene:
    """Rings and arcs about a few centres."""
    canvas = Canvas(rng, (SQUARE, POSTER, WIDE, TALL))
    colours = palette(rng)
    canvas.fill(light(colours[-1]) * (0.95 + 0.1 * canvas.noise(0.12, 1.0, 1.0)))
    for _ in range(int(rng.integers(2, 6))):
        x, y = float(canvas.aspect * rng.uniform(0.1, 0.9)), float(rng.uniform(0.1, 0.9))
        size, bands = float(rng.uniform(0.18, 0.5)), int(rng.integers(3, 9))
        canvas.darken(canvas.disc(x + 0.006, y + 0.01, size + 0.01, 0.03), 0.4)
        for k in range(bands):
            colour = shifted(colours[int(rng.integers(len(colours)))], 0.02 * (k % 2))
            canvas.over(colour, canvas.disc(x, y, size * (1 - k / bands)))
    return Scene(
        canvas.develop(0.012),
        names(rng, ("Rings", "Target", "Ripples", "Orbit", "Records", "Echo")),
        ("abstract", "circle", "geometry", "colour"),
    )


PAINTERS = (flow, paper_cut, tiles, marble, glass, soft_colour, rings)
