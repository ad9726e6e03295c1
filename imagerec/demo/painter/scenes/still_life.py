"""Still lifes: bottles in soft light, fruit in a bowl; what is seen from above is in `table_top`."""

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, POSTER, SQUARE, WIDE, Canvas, Pen
from imagerec.demo.painter.colour import Array, gradient, light, mix, shifted, spread, varied
from imagerec.demo.painter.scene import Scene, one_of
from imagerec.demo.painter.scenes import table_top

WALLS = (
    ("#cdbfae", "#8f8478"),
    ("#a9b3ae", "#6e7a78"),
    ("#d8c2b0", "#a07a66"),
    ("#3a3f46", "#1e2126"),
    ("#b9a7a0", "#7d6a68"),
    ("#2f4a4a", "#152726"),
    ("#e2d8c8", "#b8a78c"),
    ("#5a3430", "#2c1716"),
)
WARES = (
    "#e9e2d2",
    "#c9b79a",
    "#8fa3a0",
    "#b7644a",
    "#d9a86a",
    "#5f7480",
    "#a8b08a",
    "#d8c0b8",
    "#4a4f5a",
    "#c8922f",
    "#f2ede2",
    "#7a4a52",
)
FRUITS = {
    "apple": ("#5a0f10", "#c22a22", "#f2b04a"),
    "pear": ("#5a5a18", "#b8b03a", "#eee08a"),
    "orange": ("#8a3a08", "#ee8a1c", "#ffc870"),
    "plum": ("#160c28", "#4a2a5e", "#9a86b8"),
    "lemon": ("#8a6a08", "#f0cc2c", "#fff0a0"),
    "peach": ("#9a3a28", "#f2946a", "#ffd8a8"),
}


def paint_room(canvas: Canvas, table: float) -> tuple[str, str]:
    """A wall with the light falling from the left, and a table."""
    rng = canvas.rng
    wall, dark = varied(rng, WALLS[rng.integers(len(WALLS))], 0.12)
    fall = np.clip(
        0.85 * canvas.x / canvas.aspect + 0.35 * canvas.y + 0.12 * (canvas.noise(1.6, 1.0, 2.0) - 0.5), 0, 1
    )
    canvas.fill(gradient([(0, shifted(wall, 0.05)), (1, dark)], fall))
    top = mix(one_of(rng, ("#7a5236", "#b89a78", "#e0d6c4", "#4a332a", "#8f8a82", "#5f6f6a")), wall, 0.2)
    grain = 0.9 + 0.22 * (canvas.noise(0.5, 16.0, 1.25) - 0.5)
    board = (canvas.y > table) * np.ones_like(canvas.x)
    canvas.over(
        gradient(
            [(0, shifted(top, 0.06)), (1, shifted(top, -0.12))],
            np.clip(canvas.x / canvas.aspect * 0.7 + (canvas.y - table) * 0.6, 0, 1),
        )
        * grain,
        board,
    )
    canvas.over(
        shifted(top, -0.18), np.exp(-(((canvas.y - table) / 0.004) ** 2)) * np.ones_like(canvas.x), 0.4
    )
    return wall, top


def paint_turned(
    canvas: Canvas, x: float, foot: float, tall: float, profile: Array, colour: str, shine: float
) -> None:
    """A vessel turned on the wheel: `profile` is its half width, from the mouth down,
    as a share of its height."""
    rows, columns = canvas.around(x, foot - tall * 0.48, float(profile.max()) * tall + 0.01, tall * 0.54)
    down, right = canvas.y[rows], canvas.x[:, columns]
    level = np.clip((down[:, 0] - foot + tall) / tall, 0, 1)
    half = np.interp(level, np.linspace(0, 1, len(profile)), profile)[:, None] * tall
    across = (right - x) / np.maximum(half, 1e-4)
    round_foot = foot + 0.035 * tall * np.sqrt(np.clip(1 - across**2, 0, 1)) - 0.012 * tall
    mask = np.clip((1 - np.abs(across)) * half * canvas.height + 0.5, 0, 1) * (down > foot - tall)
    mask = mask * np.clip((round_foot - down) * canvas.height, 0, 1)
    turn = np.clip(across, -1, 1)
    clay = noise.noise_field(canvas.rng, len(turn), turn.shape[1], (300, 300), 1.25)
    tone = np.clip(0.78 - 0.5 * (turn + 0.35) ** 2 - 0.22 * turn + 0.06 * (clay - 0.5), 0, 1)
    shades = [shifted(colour, -0.3, 0.9), shifted(colour, -0.1), colour, shifted(colour, 0.07)]
    spark = (
        np.exp(-(((turn + 0.45) / 0.1) ** 2)) * np.sqrt(np.clip(np.sin(level * np.pi), 0, 1))[:, None] * shine
    )
    part = canvas.light[:, rows, columns]
    vessel = gradient(spread(shades), tone) + spark.astype(np.float32)
    part += (vessel - part) * mask.astype(np.float32)
    rim = float(profile[0]) * tall
    canvas.over(
        shifted(colour, 0.04), canvas.shapes(lambda pen: pen.ellipse(x, foot - tall, rim, rim * 0.26))
    )
    canvas.over(
        shifted(colour, -0.32), canvas.shapes(lambda pen: pen.ellipse(x, foot - tall, rim * 0.8, rim * 0.18))
    )


def shadow(canvas: Canvas, x: float, foot: float, wide: float, long: float) -> None:
    """On the table: dark under the thing, long and soft to the right."""
    cast = canvas.shapes(
        lambda pen: pen.polygon(
            [
                (x - wide * 0.8, foot - 0.012),
                (x + wide, foot - 0.02),
                (x + wide + long, foot - 0.035),
                (x + wide + long, foot + 0.01),
                (x + wide * 0.4, foot + 0.03),
                (x - wide * 0.7, foot + 0.022),
            ]
        )
    )
    canvas.darken(canvas.blurred(cast, 0.018), 0.42)
    canvas.darken(
        canvas.blurred(canvas.shapes(lambda pen: pen.ellipse(x + 0.006, foot + 0.004, wide, 0.014)), 0.006),
        0.5,
    )


def profile(rng: np.random.Generator) -> tuple[str, Array, float]:
    """A vessel: its name, its outline, how tall."""
    kinds: dict[str, tuple[list[float], float]] = {
        "bottle": ([0.07, 0.065, 0.06, 0.06, 0.075, 0.15, 0.17, 0.17, 0.17, 0.165], 0.46),
        "vase": ([0.12, 0.09, 0.09, 0.15, 0.24, 0.28, 0.27, 0.22, 0.15, 0.13], 0.36),
        "jug": ([0.17, 0.14, 0.14, 0.19, 0.26, 0.3, 0.3, 0.28, 0.24, 0.2], 0.3),
        "bowl": ([0.62, 0.6, 0.57, 0.52, 0.45, 0.36, 0.26, 0.18, 0.16, 0.18], 0.15),
        "flask": ([0.06, 0.05, 0.05, 0.05, 0.06, 0.1, 0.2, 0.27, 0.29, 0.24], 0.4),
        "box": ([0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3], 0.2),
        "cup": ([0.42, 0.42, 0.41, 0.41, 0.4, 0.39, 0.37, 0.35, 0.32, 0.28], 0.14),
    }
    name = one_of(rng, tuple(kinds))
    outline, tall = kinds[name]
    bent = np.interp(np.linspace(0, 9, 60), np.arange(10), outline)
    smooth = np.convolve(np.pad(bent, 4, "edge"), np.ones(9) / 9, "valid")
    return name, (smooth * rng.uniform(0.85, 1.15)).astype(np.float32), tall * float(rng.uniform(0.85, 1.15))


def bottles(rng: np.random.Generator) -> Scene:
    """Vessels in a row, in muted colours."""
    canvas = Canvas(rng, (WIDE, CLASSIC, SQUARE, POSTER))
    table = float(rng.uniform(0.6, 0.7))
    wall, _ = paint_room(canvas, table)
    count = int(rng.integers(3, 6))
    room = 0.84 * canvas.aspect
    names = []
    for i in rng.permutation(count):
        name, outline, tall = profile(rng)
        x = (canvas.aspect - room) / 2 + room * (i + 0.5) / count + float(rng.normal(0, 0.015))
        tall *= min(0.56 / tall, 1.35, 0.48 * room / count / (float(outline.max()) * tall))
        foot = table + float(rng.uniform(0.06, 0.2))
        colour = mix(WARES[rng.integers(len(WARES))], wall, 0.12)
        shadow(canvas, x, foot, float(outline[-8:].mean()) * tall, tall * 0.55)
        paint_turned(canvas, x, foot, tall, outline, colour, float(rng.choice([0.02, 0.05, 0.22])))
        if name == "vase" and rng.random() < 0.7:
            _sprig(canvas, x, foot - tall, colour)
        names.append(name)
    thing = one_of(
        rng,
        (
            "Bottles and a bowl",
            "Vessels",
            "Quiet things",
            "Still life with jug",
            "On the shelf",
            "Ceramics",
            "North light",
            "The potter's table",
        ),
    )
    when = one_of(
        rng, ("in the afternoon", "in winter light", "in the studio", "before supper", "on a grey day")
    )
    return Scene(
        canvas.develop(0.0132),
        f"{thing} {when}",
        (
            "still life",
            "vase" if "vase" in names else "bottle",
            "bowl" if "bowl" in names else "kitchen",
            "minimal",
        ),
    )


def _sprig(canvas: Canvas, x: float, mouth: float, colour: str) -> None:
    rng = canvas.rng
    leaf = one_of(rng, ("#4a5f3a", "#7a8a4a", "#b8863a", "#8a4a3a", "#3a5a52"))
    stems = [
        (x + rng.normal(0, 0.09), mouth - rng.uniform(0.14, 0.3)) for _ in range(int(rng.integers(3, 6)))
    ]

    def draw(pen: Pen) -> None:
        for ex, ey in stems:
            along = np.linspace(0, 1, 12)
            line = [(x + (ex - x) * t**1.6, mouth + 0.02 + (ey - mouth) * t) for t in along]
            pen.line(line, 0.004)
            for px, py in line[3:]:
                side, reach = rng.choice([-1, 1]), rng.uniform(0.02, 0.04)
                pen.polygon(
                    [
                        (px, py),
                        (px + side * reach * 0.5, py - reach * 0.55),
                        (px + side * reach, py - reach * 0.35),
                        (px + side * reach * 0.6, py - reach * 0.05),
                    ]
                )

    mask = canvas.shapes(draw)
    canvas.over(light(leaf) * (0.75 + 0.5 * canvas.noise(0.15, 1.0, 1.25)), mask)


def paint_fruit(canvas: Canvas, x: float, y: float, r: float, kind: str) -> None:
    rng = canvas.rng
    colours = varied(rng, FRUITS[kind], 0.06)
    x0, x1 = (int(np.clip((x + s * r * 1.4) * canvas.height, 0, canvas.width)) for s in (-1, 1))
    y0, y1 = (int(np.clip((y + s * r * 1.75) * canvas.height, 0, canvas.height)) for s in (-1, 1))
    dx, dy = (canvas.x[:, x0:x1] - x) / r, (canvas.y[y0:y1] - y) / r
    if kind == "pear":
        dx = dx / (0.62 + 0.4 / (1 + np.exp(-3.2 * (dy + 0.3))))
        dy = np.where(dy < 0, dy / 1.35, dy)
    elif kind == "lemon":
        dx = dx / 1.22
    dip = 0.1 * np.exp(-((dx / 0.2) ** 2)) * (dy < 0) if kind in ("apple", "peach", "plum") else 0.0
    far = np.sqrt(dx * dx + dy * dy) + dip
    mask = np.clip((1 - far) * r * canvas.height * 0.9 + 0.5, 0, 1)
    up = np.sqrt(np.clip(1 - far * far, 0, 1))
    skin = noise.noise_field(rng, y1 - y0, x1 - x0, (90, 90), 1.25)
    lit = np.clip(0.42 * up - 0.42 * dx - 0.4 * dy + 0.22 + 0.16 * (skin - 0.5), 0, 1)
    ball = gradient(
        spread([shifted(colours[0], -0.08), colours[0], colours[1], mix(colours[1], colours[2], 0.8)]), lit
    )
    if kind in ("apple", "peach"):
        flush = noise.smoothstep(0.2, 0.9, 0.5 + 0.5 * dx * dy + 0.5 * (skin - 0.5))
        ball += (light(colours[2]) * lit - ball) * (flush * 0.45)
    spark = np.exp(-(((dx + 0.36) / 0.16) ** 2 + ((dy + 0.4) / 0.12) ** 2)) * (
        0.45 if kind != "peach" else 0.1
    )
    bounce = np.clip(dx * 0.6 + dy * 0.7 - 0.55, 0, 1) * 0.12
    part = canvas.light[:, y0:y1, x0:x1]
    part += (ball + (spark + bounce).astype(np.float32) - part) * mask.astype(np.float32)
    if kind in ("apple", "pear"):
        top = y - r * (1.22 if kind == "pear" else 0.84)
        canvas.over(
            "#3a2414",
            canvas.shapes(
                lambda pen: pen.line(
                    [(x, top), (x + r * 0.08, top - r * 0.2), (x + r * 0.2, top - r * 0.36)], r * 0.07
                )
            ),
        )


PLURALS = {
    "apple": "Apples", "pear": "Pears", "orange": "Oranges", "plum": "Plums", "lemon": "Lemons",
    "peach": "Peaches",
}  # fmt: skip
WHERE = (
    "on the table", "from the market", "in the kitchen", "in evening light", "for later", "in September",
)  # fmt: skip


def fruit(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, (WIDE, CLASSIC, SQUARE, POSTER))
    table = float(rng.uniform(0.5, 0.6))
    _wall, _ = paint_room(canvas, table)
    kinds = [list(FRUITS)[k] for k in rng.permutation(len(FRUITS))[: int(rng.integers(1, 4))]]
    x, foot = canvas.aspect * float(rng.uniform(0.4, 0.6)), 0.82
    keywords = ["still life", "fruit", "food", "kitchen"]
    if rng.random() < 0.65:
        colour = WARES[rng.integers(len(WARES))]
        outline = np.interp(np.linspace(0, 5, 60), np.arange(6), [1.25, 1.2, 1.08, 0.86, 0.5, 0.42]).astype(
            np.float32
        )
        shadow(canvas, x, foot, 0.16, 0.2)
        for row, count in ((0, 4), (1, 3), (2, 1)):
            for k in range(count):
                px = x + (k - (count - 1) / 2) * 0.115 + float(rng.normal(0, 0.006))
                py, r = foot - 0.225 - 0.085 * row, float(rng.uniform(0.062, 0.072))
                paint_fruit(canvas, px, py, r, one_of(rng, kinds))
        paint_turned(canvas, x, foot, 0.2, outline, colour, 0.12)
        for k in range(4):
            paint_fruit(
                canvas, x + (k - 1.5) * 0.118, foot - 0.222 + 0.004 * (k % 2), 0.066, one_of(rng, kinds)
            )
        keywords.append("bowl")
    for _ in range(int(rng.integers(2, 5))):
        px = canvas.aspect * float(rng.uniform(0.12, 0.88))
        py = float(rng.uniform(0.76, 0.88))
        r = float(rng.uniform(0.066, 0.08))
        shadow(canvas, px, py + r * 0.85, r * 0.7, r * 1.5)
        paint_fruit(canvas, px, py, r, one_of(rng, kinds))
    title = " and ".join(PLURALS[k] if i == 0 else PLURALS[k].lower() for i, k in enumerate(kinds[:2]))
    where = one_of(rng, WHERE)
    return Scene(
        canvas.develop(0.012),
        f"{title} {where}",
        (
            *keywords,
            *(["apple"] if "apple" in kinds else []),
            *(["citrus"] if {"orange", "lemon"} & set(kinds) else []),
        ),
    )


PAINTERS = (bottles, bottles, fruit, table_top.citrus, table_top.coffee)
