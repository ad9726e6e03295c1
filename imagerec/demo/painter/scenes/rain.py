"""Rain: drops on a window before blurred lights, wet streets, umbrellas."""

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, PANORAMA, POSTER, SQUARE, TALL, WIDE, Canvas, Pen
from imagerec.demo.painter.colour import gradient, light, mix, shifted, spread, varied
from imagerec.demo.painter.scene import Scene, one_of, titled

LAMPS = ("#ffb04a", "#ff6a4a", "#ffd890", "#5ad0ff", "#ff5a9a", "#7aff9a", "#fff0d0", "#a07aff")
NIGHTS = (
    ("#04060c", "#0f1a2c", "#22364a"),
    ("#0a0610", "#241432", "#4a2a52"),
    ("#05100e", "#12302c", "#2a5a50"),
    ("#100805", "#33201a", "#5e4030"),
)
DAYS = (
    ("#5a6a72", "#8ea0a6", "#c2cdcd"),
    ("#4a5a4a", "#7f9a7c", "#bccab0"),
    ("#6a6a78", "#9a9aac", "#d0ccd4"),
)


def paint_lights(canvas: Canvas, lamps: list[str], count: int, low: float, high: float) -> None:
    """Lamps far out of focus: discs, brighter at the rim."""
    rng = canvas.rng
    for lamp in lamps:
        spots = [
            (
                float(rng.uniform(0, canvas.aspect)),
                float(rng.beta(2.4, 2.2)),
                float(rng.uniform(low, high)),
                int(rng.integers(60, 190)),
            )
            for _ in range(count)
        ]
        discs = canvas.shapes(lambda pen, s=spots: [pen.disc(x, y, r, f) for x, y, r, f in s])
        inner = canvas.shapes(
            lambda pen, s=spots: [pen.disc(x, y, r * 0.9, int(f * 0.35)) for x, y, r, f in s]
        )
        canvas.add(lamp, np.clip(discs - inner * 0.8, 0, 1), 0.55)
        canvas.add(lamp, canvas.blurred(discs, 0.03), 0.22)


def window(rng: np.random.Generator) -> Scene:
    """Looking out through a wet pane: each drop holds the street upside down."""
    canvas = Canvas(rng, (WIDE, CLASSIC, SQUARE, POSTER, TALL))
    night = rng.random() < 0.7
    sky = varied(rng, (NIGHTS if night else DAYS)[rng.integers(len(NIGHTS if night else DAYS))], 0.2)
    canvas.fill(
        gradient(spread(sky), np.clip(1.1 - canvas.y + 0.4 * (canvas.noise(1.8, 1.0, 2.0) - 0.5), 0, 1))
    )
    lamps = [LAMPS[k] for k in rng.permutation(len(LAMPS))[: int(rng.integers(3, 6))]]
    if night:
        paint_lights(canvas, lamps, int(rng.integers(5, 14)), 0.018, float(rng.uniform(0.035, 0.075)))
    else:
        green = canvas.shapes(
            lambda pen: (
                [
                    pen.disc(x, y, r)
                    for x, y, r in zip(
                        rng.uniform(0, canvas.aspect, 30),
                        rng.uniform(0.5, 1.1, 30),
                        rng.uniform(0.05, 0.2, 30),
                        strict=True,
                    )
                ]
            )
        )
        canvas.over(
            one_of(rng, ("#3a5a3a", "#5a6a3a", "#6a4a3a", "#3a4a5a")), canvas.blurred(green, 0.06), 0.8
        )
    fog = canvas.noise(0.9, 1.0, 1.6)
    canvas.over(mix(sky[2], "#ffffff", 0.15), noise.smoothstep(0.3, 0.8, fog), 0.22)
    outside = canvas.light[:, ::-1].copy()
    for x, y, r in _drops(rng, canvas.aspect):
        _paint_drop(canvas, outside, x, y, r)
    thing = one_of(
        rng,
        (
            "Rain on the window",
            "Drops",
            "Looking out",
            "Waiting for the bus",
            "The pane",
            "Wet glass",
            "Last tram",
        ),
    )
    when = (
        one_of(rng, ("at night", "after work", "in November", "before midnight"))
        if night
        else one_of(rng, ("in the afternoon", "on Sunday", "in spring", "at noon"))
    )
    return Scene(
        canvas.develop(0.0096),
        f"{thing} {when}",
        ("rain", "window", "drops", "night" if night else "sky", "lights" if night else "garden"),
    )


def _drops(rng: np.random.Generator, aspect: float) -> list[tuple[float, float, float]]:
    """Many small drops, some large ones, and runs of drops below one another."""
    small = [
        (x, y, r)
        for x, y, r in zip(
            rng.uniform(0, aspect, 260), rng.random(260), rng.gamma(2.2, 0.0021, 260) + 0.002, strict=True
        )
    ]
    large = [
        (x, y, r)
        for x, y, r in zip(
            rng.uniform(0, aspect, 34), rng.random(34), rng.uniform(0.012, 0.026, 34), strict=True
        )
    ]
    runs = []
    for x in rng.uniform(0, aspect, int(rng.integers(4, 9))):
        y, size = rng.uniform(0, 0.4), rng.uniform(0.008, 0.015)
        while y < rng.uniform(0.5, 1.1):
            runs.append((x, y, size * rng.uniform(0.4, 0.9)))
            x, y = x + rng.normal(0, 0.003), y + rng.uniform(0.014, 0.04)
        runs.append((x, y, size * 1.6))
    return sorted(small + runs + large, key=lambda drop: drop[2])


def _paint_drop(canvas: Canvas, outside: np.ndarray, x: float, y: float, r: float) -> None:
    reach = r * 1.3
    x0, x1 = (int(np.clip((x + s * reach) * canvas.height, 0, canvas.width)) for s in (-1, 1))
    y0, y1 = (int(np.clip((y + s * reach) * canvas.height, 0, canvas.height)) for s in (-1, 1))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    dx, dy = (canvas.x[:, x0:x1] - x) / r, (canvas.y[y0:y1] - y) / (r * 1.15)
    far = np.sqrt(dx * dx + dy * dy)
    mask = np.clip((1 - far) * r * canvas.height + 0.5, 0, 1)
    rows = np.clip((0.5 - 0.42 * dy[:, 0] + 0.1 * (y - 0.5)) * canvas.height, 0, canvas.height - 1).astype(
        int
    )
    columns = np.clip((x - 0.35 * dx[0]) * canvas.height, 0, canvas.width - 1).astype(int)
    inside = outside[:, ::-1][:, rows][:, :, columns] * 1.25 + 0.01
    inside *= 1.15 - 0.75 * np.clip(far, 0, 1) ** 3 + 0.5 * np.clip(dy, 0, 1) * np.clip(1 - far, 0, 1)
    spark = np.exp(-(((dx + 0.35) / 0.22) ** 2 + ((dy + 0.42) / 0.2) ** 2)) * 0.5
    part = canvas.light[:, y0:y1, x0:x1]
    part *= 1 - 0.35 * np.clip(1.25 - np.sqrt(dx * dx + (dy - 0.15) ** 2), 0, 1) * (1 - mask)
    part += (inside + spark - part) * mask


def street(rng: np.random.Generator) -> Scene:
    """A wet street: lamps in fog, their light drawn out on the ground, somebody under an umbrella."""
    canvas = Canvas(rng, (WIDE, PANORAMA, CLASSIC, POSTER, TALL, SQUARE))
    sky = varied(rng, NIGHTS[rng.integers(len(NIGHTS))], 0.25)
    ground = float(rng.uniform(0.6, 0.7))
    middle = canvas.aspect * float(rng.uniform(0.35, 0.65))
    canvas.fill(
        gradient(
            [(0, sky[0]), (0.7, sky[2]), (1, mix(sky[2], "#ffffff", 0.15))], np.clip(canvas.y / ground, 0, 1)
        )
    )
    glow = one_of(rng, LAMPS[:3])
    canvas.add(glow, canvas.near(middle, ground - 0.08, 0.28), 0.35)
    _houses(canvas, middle, ground, sky, glow)
    _lamp_posts(canvas, middle, ground, sky[0], glow)
    _wet_ground(canvas, ground, sky)
    _walker(
        canvas,
        middle + float(rng.uniform(-0.15, 0.15)),
        ground + float(rng.uniform(0.1, 0.2)),
        float(rng.uniform(0.24, 0.36)),
        sky[0],
    )
    _streaks(canvas)
    thing = one_of(
        rng,
        (
            "Wet street",
            "Walking home",
            "The umbrella",
            "Lamps in the rain",
            "Puddles",
            "Evening rain",
            "Nobody about",
        ),
    )
    return Scene(
        canvas.develop(0.0096),
        titled(
            rng, (thing,), ("at night", "in November", "after the theatre", "past ten", "in the old town")
        ),
        ("rain", "street", "umbrella", "night", "lights"),
    )


def _houses(canvas: Canvas, middle: float, ground: float, sky: list[str], glow: str) -> None:
    """Both sides of the street, the nearer the darker, with signs and windows lit in several colours."""
    rng = canvas.rng
    for i in range(4):
        near = 0.06 + 0.14 * i
        far = 0.66 + 0.14 * i
        wall = mix(mix(sky[2], glow, 0.12), sky[0], 0.2 + 0.24 * i)
        heights = (ground, ground - 0.18 - 0.16 * i, ground - 0.24 - 0.26 * i, ground + 0.1 * i)
        for side in (-1, 1):
            front = [(middle + side * x, y) for x, y in zip((near, near, far, far), heights, strict=True)]
            canvas.over(wall, canvas.shapes(lambda pen, corners: pen.polygon(corners), front))
    for lamp in (glow, *[LAMPS[k] for k in rng.permutation(len(LAMPS))[:4]]):
        away = rng.uniform(0.12, 0.8, 7)
        places = zip(
            middle + rng.choice([-1, 1], 7) * away,
            rng.uniform(ground - 0.35, ground - 0.06, 7),
            away,
            strict=True,
        )
        boxes = [(x, y, x + 0.012 + 0.02 * d, y + 0.018 + 0.03 * d) for x, y, d in places]
        panes = canvas.shapes(lambda pen, some: [pen.box(*box) for box in some], boxes)
        canvas.over(lamp, panes, 0.8)
        canvas.add(lamp, canvas.blurred(panes, 0.02), 0.8)


def _lamp_posts(canvas: Canvas, middle: float, ground: float, dark: str, glow: str) -> None:
    for near in (0.25, 0.5, 0.75, 1.0):
        for side in (-1, 1):
            x, top = middle + side * (0.06 + 0.34 * near**1.5), ground - 0.06 - 0.34 * near
            post = [(x, ground + 0.05 * near), (x, top)]
            canvas.over(
                dark,
                canvas.shapes(lambda pen, ends, width: pen.line(ends, width), post, 0.004 + 0.006 * near),
            )
            canvas.add(glow, canvas.near(x, top, 0.016 * (0.5 + near)), 0.9)


def _wet_ground(canvas: Canvas, ground: float, sky: list[str]) -> None:
    top = round(ground * canvas.height)
    rows = canvas.height - top
    down = np.arange(rows, dtype=np.float32)
    ripple = noise.ridge(canvas.rng, rows, 40, 0.6) * 14
    source = np.clip(top - 1 - down * 0.9 + ripple, 0, top - 1).astype(int)
    image = canvas.light[:, source]
    window = 11
    summed = np.cumsum(np.pad(image, ((0, 0), (window, 0), (0, 0)), "edge"), axis=1)
    image = (summed[:, window:] - summed[:, :-window]) / window
    wet = noise.smoothstep(0.3, 0.65, canvas.noise(0.8, 4.5, 1.25)[top:])
    stone = light(mix(sky[0], sky[1], 0.6)) * (0.8 + 0.4 * canvas.noise(0.2, 3.0, 1.0)[top:])
    canvas.light[:, top:] = stone + (image * 0.95 - stone) * (0.3 + 0.6 * wet)


def _walker(canvas: Canvas, x: float, foot: float, tall: float, colour: str) -> None:
    rng = canvas.rng
    tint = one_of(rng, ("#c8322c", "#e0a020", "#2a6a8a", "#d8d0c0", "#5a3a7a", colour))

    def body(pen: Pen) -> None:
        pen.disc(x, foot - tall * 0.88, tall * 0.065)
        pen.polygon(
            [
                (x - tall * 0.05, foot - tall * 0.82),
                (x + tall * 0.05, foot - tall * 0.82),
                (x + tall * 0.13, foot - tall * 0.62),
                (x + tall * 0.15, foot - tall * 0.28),
                (x - tall * 0.15, foot - tall * 0.28),
                (x - tall * 0.12, foot - tall * 0.62),
            ]
        )
        pen.polygon(
            [
                (x - tall * 0.08, foot - tall * 0.3),
                (x - tall * 0.015, foot - tall * 0.3),
                (x - tall * 0.03, foot),
                (x - tall * 0.1, foot),
            ]
        )
        pen.polygon(
            [
                (x + tall * 0.02, foot - tall * 0.3),
                (x + tall * 0.09, foot - tall * 0.3),
                (x + tall * 0.12, foot - tall * 0.02),
                (x + tall * 0.05, foot - tall * 0.02),
            ]
        )
        pen.line([(x + tall * 0.1, foot - tall * 0.55), (x + tall * 0.07, foot - tall * 1.1)], tall * 0.015)

    def shade(pen: Pen) -> None:
        pen.wedge(x + tall * 0.05, foot - tall * 0.95, tall * 0.33, tall * 0.27, 180, 360)

    whole = np.maximum(canvas.shapes(body), canvas.shapes(shade))
    image = np.roll(whole[::-1], int((2 * foot - 1) * canvas.height), axis=0) * (canvas.y > foot)
    canvas.over(
        mix(colour, tint, 0.4),
        canvas.blurred(image.astype(np.float32), 0.008) * canvas.noise(0.3, 6.0, 1.25) * 1.2,
        0.6,
    )
    canvas.over(shifted(colour, -0.03), canvas.shapes(body))
    umbrella = canvas.shapes(shade)
    fall = np.clip(1.25 - np.abs(canvas.x - x - tall * 0.05) / (tall * 0.36) * 0.8, 0.3, 1.2)
    canvas.over(light(tint) * (fall + 0 * canvas.y), umbrella)


def _streaks(canvas: Canvas) -> None:
    rng = canvas.rng
    count = int(260 * canvas.aspect)
    lean = float(rng.normal(0, 0.12))

    def draw(pen: Pen) -> None:
        for x, y, long in zip(
            rng.uniform(-0.1, canvas.aspect + 0.1, count),
            rng.uniform(-0.1, 1, count),
            rng.uniform(0.02, 0.08, count),
            strict=True,
        ):
            pen.line([(x, y), (x + lean * long, y + long)], 0.0012, 110)

    canvas.add("#cfe0f0", canvas.shapes(draw), 0.2)


PAINTERS = (window, window, street)
