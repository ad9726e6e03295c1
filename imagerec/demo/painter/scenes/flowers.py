"""Flowers: one blossom close by, fields to the horizon, branches in bloom, bouquets."""

from collections.abc import Sequence

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, POSTER, SQUARE, TALL, WIDE, Canvas, Pen
from imagerec.demo.painter.colour import gradient, light, mix, shifted, spread, varied
from imagerec.demo.painter.plants import grass
from imagerec.demo.painter.scene import Scene, one_of, titled
from imagerec.demo.painter.sky import hour, paint_sky

PETALS = {
    "rose": ("#7a1030", "#d8305c", "#ff9ab0"),
    "poppy": ("#7a0f0a", "#e0301c", "#ff7a4a"),
    "cosmos": ("#8a2a7a", "#d86ab8", "#ffd0ec"),
    "daisy": ("#c8ccd8", "#f4f4f6", "#ffffff"),
    "cornflower": ("#1a2a8a", "#4a6ae0", "#a8c0ff"),
    "sunflower": ("#b05a08", "#f5a816", "#ffe06a"),
    "dahlia": ("#6a1020", "#e0563a", "#ffc08a"),
    "anemone": ("#3a1a6a", "#8a5ad0", "#d8c0ff"),
    "peony": ("#b04a6a", "#f0a0b4", "#ffe8ea"),
}
BACKS = (
    ("#0f241c", "#2f5a3c", "#8ab06a"),
    ("#10202c", "#2a4a5a", "#8ab0b8"),
    ("#241420", "#5a3048", "#c890a0"),
    ("#e8e4d8", "#d0d8c0", "#a8b890"),
    ("#f2e2d6", "#e8c8b8", "#c8a898"),
)
RINGS_AND_PETALS = {
    "daisy": (1, 13), "sunflower": (2, 15), "dahlia": (5, 12), "peony": (5, 7), "rose": (4, 6),
    "poppy": (1, 3),
}  # fmt: skip
POINTED = {"sunflower": 0.8, "dahlia": 0.75, "daisy": 0.3, "cornflower": 0.7}
BLOSSOM_TITLES = (
    "A {}", "{} in the garden", "{} after rain", "{} in bloom", "The last {}", "{}, close", "{} in the shade",
)  # fmt: skip


def blurred_ground(canvas: Canvas, colours: Sequence[str], lights: int = 26) -> None:
    """A garden out of focus: soft blots of colour, discs of light."""
    rng = canvas.rng
    canvas.fill(gradient(spread(colours), np.clip((canvas.noise(1.8, 1.0, 2.2) - 0.1) * 1.25, 0, 1)))
    for colour in (colours[-1], shifted(colours[-1], 0.08, 1.2)):
        discs = canvas.shapes(
            lambda pen: (
                [
                    pen.disc(x, y, r, int(rng.integers(30, 120)))
                    for x, y, r in zip(
                        rng.uniform(0, canvas.aspect, lights),
                        rng.random(lights),
                        rng.uniform(0.015, 0.07, lights),
                        strict=True,
                    )
                ]
            )
        )
        canvas.over(colour, canvas.blurred(discs, 0.006), 0.5)


def paint_blossom(
    canvas: Canvas,
    x: float,
    y: float,
    radius: float,
    colours: Sequence[str],
    petals: int,
    rings: int,
    pointed: float,
    heart: str,
) -> None:
    """Petals in rings about (x, y), the inner over the outer,
    each shaded from its root and along its middle."""
    rng = canvas.rng
    x0, x1 = (int(np.clip((x + s * radius * 1.15) * canvas.height, 0, canvas.width)) for s in (-1, 1))
    y0, y1 = (int(np.clip((y + s * radius * 1.15) * canvas.height, 0, canvas.height)) for s in (-1, 1))
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    dx, dy = canvas.x[:, x0:x1] - x, canvas.y[y0:y1] - y
    far, angle = np.sqrt(dx * dx + dy * dy) / radius, np.arctan2(dy, dx)
    part = canvas.light[:, y0:y1, x0:x1]
    pixel = 1 / (radius * canvas.height)
    streaks = noise.noise_field(rng, y1 - y0, x1 - x0, (140, 140), 1.3)
    for ring in range(rings):
        reach = 1 - 0.72 * ring / max(rings, 2)
        turn = rng.uniform(0, 2 * np.pi)
        for layer in range(2):
            share = ((angle + turn) * petals / (2 * np.pi) + 0.5 * layer) % 1 - 0.5
            number = np.floor((angle + turn) * petals / (2 * np.pi) + 0.5 * layer).astype(int) % petals
            lengths = (reach * rng.uniform(0.88, 1.0, petals)).astype(np.float32)[number]
            form = np.clip(1 - (2 * np.abs(share)) ** (2.6 - 1.5 * pointed), 0, 1) ** (0.35 + 0.4 * pointed)
            edge = lengths * form
            mask = np.clip((edge - far) / pixel + 0.5, 0, 1)
            depth = np.clip(far / (lengths + 1e-3), 0, 1)
            veins = 0.08 * np.sin(share * 46) * (1 - np.abs(share) * 2) + 0.2 * (streaks - 0.5)
            tone = 0.15 + 0.68 * depth + veins - 0.22 * np.abs(share) + 0.1 * ring / rings + 0.06 * layer
            shadow = np.clip((edge * 1.06 + 0.05 - far) / 0.16, 0, 1) * (0.34 if ring or layer else 0.5)
            part *= 1 - shadow * (1 - mask)
            part += (gradient(spread(colours), np.clip(tone, 0, 1).astype(np.float32)) - part) * mask
    if radius > 0.1:
        _paint_heart(canvas, x, y, radius * (0.3 if rings < 3 else 0.12), heart)
    else:
        spokes = np.clip((0.3 + 0.16 * np.cos(angle * 9) - far) / pixel + 0.5, 0, 1) * (far > 0.1)
        part += (light(shifted(heart, 0.05)) - part) * (spokes * 0.8)
        part += (light(shifted(heart, -0.15)) - part) * np.clip((0.14 - far) / pixel + 0.5, 0, 1)


def _paint_heart(canvas: Canvas, x: float, y: float, radius: float, colour: str) -> None:
    """Stamens: dots on a spiral, darker to the middle."""
    count = 170
    spots = np.arange(count)
    far, angle = radius * np.sqrt(spots / count), spots * 2.39996
    dot = 0.72 * radius / count**0.5
    canvas.over(shifted(colour, -0.25), canvas.disc(x, y, radius * 0.95, radius * 0.2))

    def dots(pen: Pen) -> None:
        for r, a in zip(far, angle, strict=True):
            pen.disc(x + r * np.cos(a), y + r * np.sin(a), dot, int(120 + 135 * r / radius))

    canvas.over(colour, canvas.shapes(dots))
    canvas.over(
        shifted(colour, 0.16),
        canvas.shapes(
            lambda pen: (
                [
                    pen.disc(
                        x + r * np.cos(a) - radius * 0.012, y + r * np.sin(a) - radius * 0.018, dot * 0.4
                    )
                    for r, a in zip(far, angle, strict=True)
                ]
            )
        ),
        0.8,
    )


def blossom(rng: np.random.Generator) -> Scene:
    """One flower, the garden behind it out of focus."""
    canvas = Canvas(rng, (WIDE, CLASSIC, SQUARE, POSTER, TALL))
    name = one_of(rng, tuple(PETALS))
    colours = varied(rng, PETALS[name], 0.08)
    back = varied(rng, BACKS[rng.integers(len(BACKS))], 0.15)
    blurred_ground(canvas, back)
    x, y = canvas.aspect * float(rng.uniform(0.38, 0.62)), float(rng.uniform(0.38, 0.5))
    radius = float(rng.uniform(0.26, 0.36)) * min(1, canvas.aspect * 1.15)
    stem = canvas.shapes(lambda pen: pen.line([(x, y), (x + 0.02, y + 0.3), (x + 0.07, 1.1)], 0.018))
    canvas.over(mix(back[0], "#3f7a3a", 0.6), stem)
    for _ in range(int(rng.integers(0, 3))):
        far = (canvas.aspect * float(rng.uniform(0.05, 0.95)), float(rng.uniform(0.1, 0.9)))
        faded, middle = [mix(c, back[1], 0.4) for c in colours], mix("#d8a838", back[1], 0.5)
        paint_blossom(canvas, *far, radius * 0.5, faded, 8, 1, 0.2, middle)
    canvas.soften(0.012)
    rings, petals = RINGS_AND_PETALS.get(name, (1, 6))
    pointed = POINTED.get(name, float(rng.uniform(0.05, 0.35)))
    heart = "#3a2218" if name in ("sunflower", "poppy", "anemone") else "#e8b030"
    paint_blossom(canvas, x, y, radius, colours, petals, rings, pointed, heart)
    form = one_of(rng, BLOSSOM_TITLES)
    title = form.format(name if form[0] in "AT" else name.capitalize()).replace("A anemone", "An anemone")
    own = name if name in ("rose", "poppy", "daisy", "sunflower") else "blossom"
    return Scene(canvas.develop(), title, ("flower", own, "garden", "close-up", "nature"))


def flower_field(rng: np.random.Generator) -> Scene:
    """Flowers to the horizon, in rows or wild."""
    canvas = Canvas(rng, (WIDE, WIDE, CLASSIC, SQUARE, POSTER))
    now = hour(rng, "dawn", "morning", "noon", "golden", "sunset", "rose", "mint")
    horizon = float(rng.uniform(0.3, 0.45))
    paint_sky(canvas, now, horizon, None, float(rng.uniform(0.1, 0.6)))
    hills = horizon - 0.04 + 0.035 * noise.ridge(rng, canvas.width, 2, 1.6)
    canvas.over(mix(now.far, "#3f6a4a", 0.4), canvas.below(hills.astype(np.float32)))
    kinds = [varied(rng, PETALS[one_of(rng, tuple(PETALS))], 0.1) for _ in range(int(rng.choice([1, 2, 3])))]
    green = one_of(rng, ("#2f5a2c", "#4a7030", "#3a6444", "#567a38"))
    down = np.clip((canvas.y - horizon) / (1 - horizon), 0, 1)
    base = gradient(
        [(0, mix(now.far, mix(green, kinds[0][1], 0.5), 0.7)), (0.4, green), (1, shifted(green, -0.14))], down
    )
    canvas.over(
        base * (0.8 + 0.4 * canvas.noise(0.3, 4.0, 1.2)), (canvas.y > horizon) * np.ones_like(canvas.x)
    )
    rows = rng.random() < 0.45
    steps = 16
    for i in range(steps):
        near = (i + 1) / steps
        if i == steps - 3:
            blades = canvas.shapes(
                lambda pen: grass(rng, pen, canvas.aspect, 1.0, 0.16, int(110 * canvas.aspect))
            )
            canvas.over(shifted(green, -0.1), blades, 0.8)
        for k, colours in enumerate(kinds):
            blots = canvas.shapes(
                lambda pen, n=near, k=k: _heads(rng, pen, canvas.aspect, horizon, n, rows, k, len(kinds))
            )
            tone = mix(mix(now.far, colours[1], 0.55 + 0.45 * near), colours[2], float(rng.uniform(0, 0.5)))
            canvas.over(tone, blots)
            if near > 0.5:
                canvas.over(
                    colours[0], np.clip(np.roll(blots, -int(8 * near), axis=0) * -1 + blots, 0, 1), 0.45
                )
    name = (
        "Tulips in rows"
        if rows
        else one_of(
            rng,
            (
                "Wild flowers",
                "Poppy field",
                "The flower meadow",
                "A field in bloom",
                "Summer flowers",
                "Colour to the horizon",
            ),
        )
    )
    return Scene(
        canvas.develop(),
        f"{name} {now.name}",
        ("flower", "field", "landscape", now.keyword, "tulip" if rows else "meadow"),
    )


def _heads(
    rng: np.random.Generator,
    pen: Pen,
    aspect: float,
    horizon: float,
    near: float,
    rows: bool,
    kind: int,
    kinds: int,
) -> None:
    y = horizon + (1.05 - horizon) * near**2.1
    size = 0.0022 + 0.026 * near**2.1
    count = int(aspect / size * (0.42 if rows else 0.3) / kinds**0.5) + 1
    xs = rng.uniform(-0.05, aspect + 0.05, count)
    if rows:
        lane = np.floor((xs - aspect / 2) / (near**2.1 * 0.9 + 0.045) * 3).astype(int)
        xs = xs[lane % kinds == kind] if kinds > 1 else xs[lane % 2 == 0]
    for x, dy, s in zip(xs, rng.normal(0, size * 1.4, len(xs)), rng.uniform(0.6, 1.2, len(xs)), strict=True):
        if rows:
            pen.ellipse(x, y + dy, size * 0.62 * s, size * 0.9 * s)
        else:
            for turn in (0, 2.1, 4.2):
                pen.ellipse(
                    x + size * 0.45 * s * np.cos(turn),
                    y + dy + size * 0.3 * s * np.sin(turn),
                    size * 0.62 * s,
                    size * 0.5 * s,
                )


def branch(rng: np.random.Generator) -> Scene:
    """Cherry or plum before the sky."""
    canvas = Canvas(rng, (WIDE, CLASSIC, SQUARE, POSTER, TALL))
    back = varied(
        rng,
        BACKS[rng.integers(1, len(BACKS))] if rng.random() < 0.4 else ("#7fb0dc", "#bcd8ec", "#eef4f2"),
        0.15,
    )
    blurred_ground(canvas, back, 14)
    colours = varied(
        rng,
        one_of(
            rng,
            (
                "#d86a8c #f8b8c8 #fff0f2",
                "#e8a0b8 #ffdce6 #ffffff",
                "#c83a5a #f0809a #ffd0d8",
                "#e8d8c0 #fff6ea #ffffff",
            ),
        ).split(),
        0.06,
    )
    for depth, count in ((0.45, 16), (1.0, 26)):
        twigs: list[tuple[float, float]] = []
        wood = canvas.shapes(lambda pen, t=twigs, d=depth: _twigs(rng, pen, canvas.aspect, t, 0.016 * d))
        canvas.over(mix(back[1], "#2c1a18", 0.35 + 0.6 * depth), wood)
        if depth < 1:
            canvas.soften(0.008)
        for i in rng.permutation(len(twigs))[:count]:
            x, y = twigs[i]
            tones = [mix(back[1], c, 0.5 + 0.5 * depth) for c in colours]
            paint_blossom(
                canvas,
                x + rng.normal(0, 0.015),
                y + rng.normal(0, 0.015),
                float(rng.uniform(0.03, 0.06)) * (0.6 + 0.4 * depth),
                tones,
                5,
                1,
                0.12,
                mix("#e0a030", tones[0], 0.3),
            )
        if depth < 1:
            canvas.soften(0.006)
    thing = one_of(
        rng, ("Cherry branch", "Plum blossom", "Spring branch", "First blossoms", "Petals and sky", "April")
    )
    return Scene(
        canvas.develop(),
        titled(
            rng,
            (thing,),
            ("in the wind", "over the gate", "in the morning", "before the leaves", "in full bloom"),
        ),
        ("flower", "blossom", "spring", "branch", "nature"),
    )


def _twigs(
    rng: np.random.Generator, pen: Pen, aspect: float, ends: list[tuple[float, float]], thick: float
) -> None:
    side = int(rng.choice([0, 1]))
    stack = [(aspect * side, float(rng.uniform(0.15, 0.8)), np.pi * side + rng.normal(0, 0.25), thick, 0)]
    while stack:
        x, y, angle, width, depth = stack.pop()
        for _ in range(int(rng.integers(7, 12) if depth == 0 else rng.integers(3, 6))):
            nx, ny = x + np.cos(angle) * 0.07, y + np.sin(angle) * 0.07
            pen.line([(x, y), (nx, ny)], width)
            pen.disc(nx, ny, width / 2)
            x, y, angle, width = nx, ny, angle + rng.normal(0, 0.2), width * 0.9
            if depth > 0:
                ends.append((x, y))
            if depth < 3 and rng.random() < 0.5:
                stack.append(
                    (x, y, angle + rng.choice([-1, 1]) * rng.uniform(0.4, 0.9), width * 0.65, depth + 1)
                )


PAINTERS = (blossom, blossom, flower_field, branch)
