"""Cities: skylines by day and night, reflections, lit windows."""

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, PANORAMA, POSTER, SQUARE, TALL, WIDE, Canvas, Pen
from imagerec.demo.painter.colour import Array, light, mix, shifted
from imagerec.demo.painter.scene import Scene, one_of
from imagerec.demo.painter.sky import Hour, hour, paint_sky, sun_place

RATIOS = (WIDE, WIDE, PANORAMA, CLASSIC, SQUARE, TALL, POSTER)
NIGHT = Hour(
    "at night",
    "night",
    ("#070b1e", "#121a3c", "#2a2a5a", "#6a4a72"),
    "#ffd9a0",
    "#6a6a9a",
    "#1c2040",
    "#3a3a66",
    "#060812",
    0.3,
)
Block = tuple[float, float, float]  # left, right, top


def blocks(
    rng: np.random.Generator, aspect: float, foot: float, low: float, high: float, wide: float
) -> list[Block]:
    """Houses side by side, tallest somewhere about the middle."""
    found, x, centre = [], -0.02, aspect * rng.uniform(0.3, 0.7)
    while x < aspect:
        width = wide * rng.uniform(0.5, 1.5)
        rise = low + (high - low) * rng.beta(1.6, 2.6) * (
            0.45 + 0.75 * np.exp(-(((x - centre) / (0.4 * aspect)) ** 2))
        )
        found.append((x, x + width, foot - rise))
        x += width * rng.uniform(0.9, 1.15)
    return found


def _roofs(rng: np.random.Generator, pen: Pen, houses: list[Block], foot: float, detail: bool) -> None:
    for left, right, top in houses:
        pen.box(left, top, right, foot)
        if not detail:
            continue
        middle, width = (left + right) / 2, right - left
        kind = rng.integers(7)
        if kind == 0:
            pen.line([(middle, top), (middle, top - rng.uniform(0.03, 0.09))], 0.003)
        elif kind == 1:
            pen.polygon([(left, top + 0.001), (middle, top - width * 0.55), (right, top + 0.001)])
        elif kind == 2:
            pen.box(left + width * 0.2, top - 0.025, right - width * 0.2, top)
            pen.box(left + width * 0.36, top - 0.045, right - width * 0.36, top)
        elif kind == 3:
            pen.polygon([(left, top + 0.001), (left, top - width * 0.5), (right, top + 0.001)])
        elif kind == 4:
            pen.box(left + width * 0.15, top - 0.012, left + width * 0.45, top)


def windows(canvas: Canvas, houses: list[Block], foot: float, lit: float, size: float) -> Array:
    """Mask of the lit windows; each house has its own grid and its own sleepers."""
    rng = canvas.rng

    def draw(pen: Pen) -> None:
        for left, right, top in houses:
            columns = max(2, int((right - left) / size))
            floors = max(2, int((foot - top) / (size * 1.5)))
            step_x, step_y = (right - left) / (columns + 0.5), size * 1.5
            share = lit * rng.uniform(0.3, 1.4)
            for row, column in zip(*np.nonzero(rng.random((floors, columns)) < share), strict=True):
                x, y = left + (column + 0.45) * step_x, top + (row + 0.6) * step_y
                pen.box(x, y, x + step_x * 0.55, y + step_y * 0.5, int(rng.integers(110, 256)))

    return canvas.shapes(draw)


def paint_city(canvas: Canvas, now: Hour, foot: float, lit: float) -> None:
    """Three depths of houses, the far ones sunk in the haze."""
    rng = canvas.rng
    lamp = one_of(rng, ("#ffd68a", "#ffcf78", "#ffe3b0", "#ffe9c8"))
    for i, (low, high, wide) in enumerate(((0.12, 0.5, 0.07), (0.08, 0.42, 0.085), (0.04, 0.26, 0.1))):
        depth = (i + 1) / 3
        houses = blocks(rng, canvas.aspect, foot, low, high, wide)
        mask = canvas.shapes(lambda pen, h=houses: _roofs(rng, pen, h, foot, True))
        body = mix(now.far, now.near, 0.12 + 0.78 * depth)
        fall = np.clip((canvas.y - foot + 0.45) / 0.45, 0, 1)
        wall = light(body) + (light(mix(body, now.sky[-1], 0.5 * (1.1 - depth))) - light(body)) * fall
        sides = 0.9 + 0.2 * (np.sin(np.floor(canvas.x * 31) * 12.9898) * 0.5 + 0.5)
        canvas.over(wall * sides, mask)
        if lit > 0:
            panes = windows(canvas, houses, foot, lit * (0.6 + 0.4 * depth), 0.0125 + 0.003 * i)
            canvas.over(lamp, panes * mask, 0.5 + 0.45 * depth)
            canvas.add(lamp, canvas.blurred(panes * mask, 0.012), 0.35)
        elif lit < 0:
            panes = windows(canvas, houses, foot, 0.9, 0.0125 + 0.003 * i)
            canvas.over(shifted(body, 0.1 if i < 2 else -0.07), panes * mask, 0.45)


def skyline(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    now = hour(rng, "dawn", "morning", "golden", "sunset", "dusk", "rose", "mint", "ember", "mist", "noon")
    foot = float(rng.uniform(0.86, 1.0))
    sun = sun_place(canvas, 0.7, 0.1, 0.6) if now.keyword in ("sunset", "dawn") else None
    paint_sky(canvas, now, 0.85, sun, float(rng.uniform(0.1, 0.7)))
    dark = now.keyword in ("dusk", "evening") or (now.keyword == "sunset" and rng.random() < 0.6)
    paint_city(canvas, now, foot + 0.02, 0.32 if dark else -1)
    if foot < 0.98:
        canvas.over(
            mix(now.near, "#000000", 0.2),
            np.clip((canvas.y - foot) * canvas.height, 0, 1) * np.ones_like(canvas.x),
        )
    thing = one_of(
        rng, ("Skyline", "The city", "Rooftops", "Towers", "Downtown", "The old quarter", "City of windows")
    )
    return Scene(canvas.develop(), f"{thing} {now.name}", ("city", "skyline", "architecture", now.keyword))


def waterfront(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, (WIDE, PANORAMA, CLASSIC, SQUARE, POSTER))
    now = NIGHT.varied(rng) if rng.random() < 0.55 else hour(rng, "dusk", "ember", "mint", "rose", "sunset")
    foot = float(rng.uniform(0.6, 0.7))
    paint_sky(canvas, now, foot, None, float(rng.uniform(0, 0.5)))
    paint_city(canvas, now, foot, float(rng.uniform(0.3, 0.5)))
    if rng.random() < 0.4:
        _paint_bridge(canvas, now, foot)
    _reflect(canvas, foot, now)
    thing = one_of(
        rng,
        ("City lights", "Waterfront", "The river", "Harbour lights", "Lights on the water", "The far bank"),
    )
    return Scene(
        canvas.develop(0.0084), f"{thing} {now.name}", ("city", "reflection", "lights", "river", now.keyword)
    )


def _paint_bridge(canvas: Canvas, now: Hour, foot: float) -> None:
    deck, towers = foot - 0.035, (canvas.aspect * 0.28, canvas.aspect * 0.72)
    span = towers[1] - towers[0]
    cable = foot - 0.26 + 0.2 * np.abs(np.sin((canvas.x[0] - towers[0]) / span * np.pi))

    def draw(pen: Pen) -> None:
        pen.box(-0.1, deck, canvas.aspect + 0.1, deck + 0.012)
        for x in towers:
            pen.box(x - 0.011, foot - 0.28, x + 0.011, foot)
        points = np.stack([canvas.x[0], cable], axis=1)[::4]
        pen.line(points, 0.004)
        for x, y in points[::6]:
            pen.line([(x, y), (x, deck)], 0.0016)

    canvas.over(mix(now.near, "#000000", 0.3), canvas.shapes(draw))
    lamps = canvas.shapes(
        lambda pen: [pen.disc(x, deck - 0.006, 0.0035) for x in np.arange(0, canvas.aspect, 0.06)]
    )
    canvas.over("#fff0c0", lamps)
    canvas.add("#ffcf80", canvas.blurred(lamps, 0.012), 1.4)


def _reflect(canvas: Canvas, shore: float, now: Hour) -> None:
    """The lights drawn out down the water, broken by ripples."""
    top = round(shore * canvas.height)
    rows = canvas.height - top
    down = np.arange(rows, dtype=np.float32)
    ripple = (noise.ridge(canvas.rng, rows, 70, 0.5) * 26 + noise.ridge(canvas.rng, rows, 14, 0.8) * 16) * (
        0.15 + down / rows
    )
    source = np.clip(top - 2 - down * 0.9 + ripple, 0, top - 1).astype(int)
    image = canvas.light[:, source]
    window = 7
    summed = np.cumsum(np.pad(image, ((0, 0), (window, 0), (0, 0)), "edge"), axis=1)
    image = (summed[:, window:] - summed[:, :-window]) / window
    fade = (0.25 + 0.4 * down / rows)[:, None]
    water = light(mix(now.sky[1], "#02060e", 0.5))
    ripples = 0.82 + 0.5 * (canvas.noise(0.35, 9.0, 1.1)[top:] - 0.4)
    canvas.light[:, top:] = (image + (water - image) * fade) * ripples


def night_windows(rng: np.random.Generator) -> Scene:
    """House fronts at night, close."""
    canvas = Canvas(rng, (TALL, POSTER, SQUARE, WIDE))
    now = NIGHT.varied(rng)
    canvas.fill(mix(now.near, now.sky[1], 0.4))
    columns, floors = int(rng.integers(4, 9)), int(rng.integers(5, 10))
    cell_x, cell_y = canvas.aspect / columns, 1 / floors
    wall = mix(one_of(rng, ("#3a2c33", "#24304a", "#2c3a3f", "#43332c", "#2a2540")), now.near, 0.35)
    canvas.fill(light(wall) * (0.75 + 0.5 * canvas.noise(0.2, 1.0, 1.2)))
    colours = ("#ffd27a", "#ffb95e", "#ffe6b8", "#8fc7ff", "#ff9a6a", "#fff3d8")
    frames, glow = [], np.zeros_like(canvas.light[0])
    for row in range(floors):
        for column in range(columns):
            x, y = (column + 0.24) * cell_x, (row + 0.2) * cell_y
            frames.append(
                (x, y, x + cell_x * 0.52, y + cell_y * 0.6, rng.random() < 0.42, one_of(rng, colours))
            )
    canvas.over(shifted(wall, -0.1), canvas.shapes(lambda pen: [pen.box(*f[:4]) for f in frames]))
    for colour in colours:
        lit = [f for f in frames if f[4] and f[5] == colour]
        if lit:
            panes = canvas.shapes(
                lambda pen, lit=lit: [pen.box(*f[:4], int(rng.integers(150, 256))) for f in lit]
            )
            fall = np.clip(1.15 - 0.5 * ((canvas.y / cell_y) % 1), 0.4, 1.2)
            canvas.over(light(colour) * fall, panes)
            canvas.add(colour, canvas.blurred(panes, 0.03), 0.22)
            glow += panes
    canvas.over(shifted(wall, 0.05), canvas.shapes(lambda pen: _frames(pen, frames)))
    canvas.over("#0a0a12", canvas.shapes(lambda pen: _tenants(rng, pen, frames)), 0.85)
    thing = one_of(
        rng,
        (
            "Windows",
            "Neighbours",
            "Lives of others",
            "Late supper",
            "Nobody sleeps",
            "The house opposite",
            "Third floor, left",
        ),
    )
    return Scene(
        canvas.develop(0.0108), f"{thing} at night", ("city", "window", "night", "architecture", "lights")
    )


def _frames(pen: Pen, frames: list) -> None:  # type: ignore[type-arg]
    for x0, y0, x1, y1, *_ in frames:
        pen.line([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)], 0.004)
        pen.line([((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1)], 0.003)
        pen.line([(x0, y0 + (y1 - y0) * 0.38), (x1, y0 + (y1 - y0) * 0.38)], 0.003)
        pen.box(x0 - 0.006, y1, x1 + 0.006, y1 + 0.007)


def _tenants(rng: np.random.Generator, pen: Pen, frames: list) -> None:  # type: ignore[type-arg]
    """What stands in the lit windows: plants, lamps, a cat, somebody."""
    for x0, _y0, x1, y1, lit, _ in frames:
        width, kind = x1 - x0, rng.integers(6)
        x = x0 + width * rng.uniform(0.3, 0.7)
        if not lit:
            continue
        if kind == 0:
            pen.disc(x, y1 - width * 0.62, width * 0.11)
            pen.polygon(
                [
                    (x - width * 0.22, y1),
                    (x - width * 0.15, y1 - width * 0.46),
                    (x + width * 0.15, y1 - width * 0.46),
                    (x + width * 0.22, y1),
                ]
            )
        elif kind == 1:
            for angle in np.linspace(-1, 1, 7):
                pen.line(
                    [
                        (x, y1 - width * 0.12),
                        (x + np.sin(angle) * width * 0.26, y1 - width * (0.12 + 0.32 * np.cos(angle))),
                    ],
                    0.004,
                )
            pen.box(x - width * 0.09, y1 - width * 0.14, x + width * 0.09, y1)
        elif kind == 2:
            pen.ellipse(x, y1 - width * 0.12, width * 0.13, width * 0.15)
            pen.disc(x + width * 0.03, y1 - width * 0.3, width * 0.08)
            pen.polygon(
                [
                    (x - width * 0.04, y1 - width * 0.33),
                    (x - width * 0.03, y1 - width * 0.43),
                    (x + width * 0.03, y1 - width * 0.36),
                ]
            )
            pen.polygon(
                [
                    (x + width * 0.1, y1 - width * 0.33),
                    (x + width * 0.1, y1 - width * 0.43),
                    (x + width * 0.03, y1 - width * 0.36),
                ]
            )


PAINTERS = (skyline, skyline, waterfront, waterfront, night_windows)
