"""Animals: butterflies, silhouettes of deer, foxes, cats and birds, owls;
those of the sea are in `underwater`."""

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, POSTER, SQUARE, TALL, WIDE, Canvas, Pen
from imagerec.demo.painter.colour import Array, gradient, light, mix, shifted, spread, varied
from imagerec.demo.painter.plants import conifer, flock, grass
from imagerec.demo.painter.scene import Scene, one_of, titled
from imagerec.demo.painter.scenes import underwater
from imagerec.demo.painter.shapes import ANIMALS, smooth
from imagerec.demo.painter.sky import hour, paint_sky

RATIOS = (WIDE, CLASSIC, SQUARE, POSTER, TALL)


def butterfly(rng: np.random.Generator) -> Scene:
    """Butterflies as in a cabinet, or one above the meadow."""
    canvas = Canvas(rng, (SQUARE, POSTER, WIDE, CLASSIC))
    ground = varied(
        rng, [one_of(rng, ("#f2ece0", "#e2e8e0", "#1f2a33", "#e8d6cc", "#2a2430", "#d8e0ea"))], 0.1
    )[0]
    canvas.fill(light(ground) * (0.94 + 0.12 * canvas.noise(0.15, 1.0, 1.0)) * (1.05 - 0.15 * canvas.y))
    rows, columns = ((1, 1), (2, 2), (2, 3), (3, 3))[int(rng.integers(4))]
    if canvas.aspect < 1:
        rows, columns = columns, rows
    cell = min(canvas.aspect / columns, 1 / rows)
    for row in range(rows):
        for column in range(columns):
            x, y = canvas.aspect * (column + 0.5) / columns, (row + 0.5) / rows
            _wings(canvas, x, y, cell * 0.43, varied(rng, WINGS[rng.integers(len(WINGS))], 0.25))
    thing = (
        "A butterfly"
        if rows * columns == 1
        else one_of(rng, ("Butterflies", "The cabinet", "Wings", "A collection"))
    )
    return Scene(
        canvas.develop(0.0084),
        titled(rng, (thing,), ("on paper", "from the meadow", "in order", "of July", "at rest")),
        ("animal", "butterfly", "pattern", "nature"),
    )


WINGS = (
    ("#1a1208", "#e8781c", "#ffd080"),
    ("#0a1230", "#2a6ad8", "#a8e0ff"),
    ("#2a1030", "#a84ab0", "#ffc8e8"),
    ("#10200c", "#5aa03a", "#e8f0a0"),
    ("#1c1410", "#d8b048", "#fff4c8"),
    ("#200c10", "#c83238", "#ffb098"),
    ("#0c1c20", "#2aa098", "#d0fff0"),
)


def _wings(canvas: Canvas, x: float, y: float, size: float, colours: list[str]) -> None:
    """Two pairs of wings in polar form, the same on both sides."""
    rng = canvas.rng
    x0, x1 = (int(np.clip((x + s * size * 1.1) * canvas.height, 0, canvas.width)) for s in (-1, 1))
    y0, y1 = (int(np.clip((y + s * size) * canvas.height, 0, canvas.height)) for s in (-1, 1))
    dx, dy = np.abs(canvas.x[:, x0:x1] - x) / size, (canvas.y[y0:y1] - y) / size
    part = canvas.light[:, y0:y1, x0:x1]
    span, tails = rng.uniform(0.9, 1.08), rng.random() < 0.4
    forms = ((-0.62, 0.5, span), (0.62, 0.46, span * rng.uniform(0.62, 0.8)))
    phase, waves, spots = rng.uniform(0, 6), rng.uniform(9, 18), rng.integers(3, 6)
    for number, (middle, half, long) in enumerate(reversed(forms)):
        far, angle = np.hypot(dx, dy + 0.02), np.arctan2(dy + 0.02, dx + 0.001)
        turn = (angle - middle) / half
        reach = long * np.clip(1 - np.abs(turn) ** 2.2, 0, 1) ** 0.45 * (1 + 0.025 * np.cos(turn * 13))
        if tails and number == 0:
            reach = reach + 0.22 * np.exp(-(((turn - 0.35) / 0.1) ** 2))
        mask = np.clip((reach - far) * size * canvas.height + 0.5, 0, 1)
        share = far / np.maximum(reach, 1e-3)
        veins = np.clip(np.cos(turn * 7 + 0.4) * 8 - 7.2, 0, 1)
        bands = 0.5 + 0.5 * np.sin(share * waves + phase)
        tone = np.clip(0.3 + 0.35 * bands + 0.25 * (1 - share), 0, 1)
        wing = gradient(spread(colours), tone.astype(np.float32))
        border = noise.smoothstep(0.78, 0.86, share)
        dots = np.exp(-((share - 0.89) ** 2) / 0.0016) * np.clip(np.cos(turn * spots * 3.1) * 3 - 1.4, 0, 1)
        wing += (light(colours[0]) - wing) * np.clip(border + veins * 0.75, 0, 1)
        wing += (light(colours[2]) - wing) * dots
        shade = np.clip((reach * 1.0 + 0.06 - far) / 0.1, 0, 1)
        part *= 1 - 0.28 * shade * (1 - mask)
        part += (wing * (0.82 + 0.25 * share) - part) * mask
    body = np.clip(
        (0.045 * np.sqrt(np.clip(1 - ((dy - 0.08) / 0.42) ** 2, 0, 1)) - dx) * size * canvas.height + 0.5,
        0,
        1,
    ) * (np.abs(dy - 0.08) < 0.42)
    part += (light(shifted(colours[0], -0.03)) * (1.6 - dx * 12) - part) * body
    feelers = [
        [
            (x + s * size * 0.015, y - size * 0.3),
            (x + s * size * 0.1, y - size * 0.5),
            (x + s * size * 0.22, y - size * 0.62),
        ]
        for s in (-1, 1)
    ]
    canvas.over(
        colours[0],
        canvas.shapes(
            lambda pen: [(pen.line(f, size * 0.014), pen.disc(*f[2], size * 0.018)) for f in feelers]
        ),
    )


def silhouette(rng: np.random.Generator) -> Scene:
    """An animal against the evening."""
    canvas = Canvas(rng, RATIOS)
    kind = one_of(rng, ("deer", "fox", "cat", "birds", "deer", "cat"))
    now = hour(rng, "golden", "sunset", "ember", "rose", "dusk", "mint", "mist", "dawn")
    x = canvas.aspect * float(rng.uniform(0.4, 0.6))
    y = float(rng.uniform(0.4, 0.52))
    r = float(rng.uniform(0.16, 0.27))
    paint_sky(canvas, now, 0.8, None, float(rng.uniform(0, 0.4)))
    canvas.add(now.sun, canvas.near(x, y, r * 1.4), 0.3)
    disc = canvas.disc(x, y, r, 0.003)
    canvas.over(
        gradient(
            [(0, mix(now.sun, "#ffffff", 0.3)), (1, mix(now.sun, now.sky[-2], 0.5))],
            np.clip((canvas.y - y) / r * 0.5 + 0.5, 0, 1),
        ),
        disc,
        0.95,
    )
    for i in range(2):
        line = 0.66 + 0.08 * i - 0.05 * noise.ridge(rng, canvas.width, 2 * canvas.aspect, 1.4)
        canvas.over(mix(now.far, now.near, 0.3 + 0.3 * i), canvas.below(line))
    dark = mix(now.near, "#000000", 0.35)
    if kind == "birds":
        return _birds_on_wire(canvas, now.name, dark)
    ground = (
        0.8 - 0.05 * np.exp(-(((canvas.x[0] - x) / 0.4) ** 2)) + 0.008 * noise.ridge(rng, canvas.width, 5)
    ).astype(np.float32)
    trees = canvas.shapes(_frame_of_trees, canvas, ground)
    blades = canvas.shapes(lambda pen: grass(rng, pen, canvas.aspect, 0.84, 0.06, int(130 * canvas.aspect)))
    body = smooth(ANIMALS[kind]) * ((1, 1) if rng.random() < 0.5 else (-1, 1)) * float(
        rng.uniform(0.3, 0.4) * (0.8 if kind != "deer" else 1.05)
    ) + (x, float(ground[int(x * canvas.height)]) + 0.014)
    mask = canvas.shapes(lambda pen: pen.polygon(body))
    canvas.over(dark, np.maximum(np.maximum(mask, trees), np.maximum(blades, canvas.below(ground))))
    thing = {
        "deer": ("The stag", "A deer", "At the wood's edge"),
        "fox": ("The fox", "A fox", "Fox on the hill"),
        "cat": ("The cat", "A cat", "Waiting", "Cat on the hill"),
    }[kind]
    return Scene(
        canvas.develop(0.0084),
        f"{one_of(rng, thing)} {now.name}",
        ("animal", kind, "silhouette", now.keyword, "nature"),
    )


def _frame_of_trees(pen: Pen, canvas: Canvas, ground: Array) -> None:
    for share in (canvas.rng.uniform(0, 0.16), canvas.rng.uniform(0.86, 1)):
        foot = float(ground[int(share * (canvas.width - 1))]) + 0.02
        conifer(canvas.rng, pen, canvas.aspect * share, foot, float(canvas.rng.uniform(0.2, 0.5)))


def _birds_on_wire(canvas: Canvas, when: str, dark: str) -> Scene:
    rng = canvas.rng
    wires = [float(v) for v in np.sort(rng.uniform(0.2, 0.62, int(rng.integers(2, 5))))]
    sag = 0.06 * (1 - (2 * canvas.x[0] / canvas.aspect - 1) ** 2)

    def draw(pen: Pen) -> None:
        for wire in wires:
            line = wire + sag
            pen.line(np.stack([canvas.x[0], line], axis=1)[::6], 0.0028)
            for x in np.sort(rng.uniform(0.03, canvas.aspect - 0.03, int(rng.integers(2, 9)))):
                y = float(line[int(x * canvas.height)])
                s = float(rng.uniform(0.028, 0.036))
                side = int(rng.choice([-1, 1]))
                perched = np.array(
                    [
                        (-0.05, 0),
                        (-0.42, -0.35),
                        (-0.36, -0.85),
                        (-0.1, -1.22),
                        (0.22, -1.3),
                        (0.4, -1.16),
                        (0.66, -1.06),
                        (0.4, -1.0),
                        (0.36, -0.6),
                        (0.2, -0.1),
                        (-0.3, 0.75),
                        (-0.42, 0.7),
                    ]
                )
                pen.polygon(smooth(perched) * (side * s, s) + (x, y))
        flock(rng, pen, canvas.aspect * rng.uniform(0.2, 0.8), 0.14, 6, 0.12, 0.035)

    canvas.over(dark, canvas.shapes(draw))
    return Scene(
        canvas.develop(0.0084),
        f"{one_of(rng, ('Birds on the wire', 'Sparrows', 'Evening meeting', 'The choir'))} {when}",
        ("animal", "bird", "silhouette", "sky"),
    )


NIGHTS = (
    ("#1f2f4a", "#f2d8a0"),
    ("#2a4a3f", "#f0e2b8"),
    ("#3a2a44", "#f6c8a8"),
    ("#d8b88a", "#f8ecd0"),
    ("#54707a", "#e8ead8"),
)
COATS = (
    ("#5a3a28", "#a8744a", "#e8cfa0"),
    ("#4a4a52", "#8a8a92", "#dcdce0"),
    ("#6a3a1c", "#c87a34", "#f4d8a0"),
    ("#3a4438", "#7a8a68", "#dfe4c4"),
    ("#d8d0c4", "#f0ece4", "#ffffff"),
)


def owl(rng: np.random.Generator) -> Scene:
    """An owl in flat colours."""
    canvas = Canvas(rng, (SQUARE, POSTER, TALL))
    back, moon = varied(rng, NIGHTS[rng.integers(len(NIGHTS))], 0.15)
    coat = varied(rng, COATS[rng.integers(len(COATS))], 0.1)
    canvas.fill(light(back) * (0.9 + 0.2 * canvas.noise(0.8, 1.0, 1.6)))
    x, y, s = canvas.aspect / 2, 0.54, min(0.34, canvas.aspect * 0.36)
    canvas.over(moon, canvas.disc(x + s * 0.3, y - s * 0.35, s * 1.15))
    _owl_body(canvas, x, y, s, coat)
    _owl_face(canvas, x, y, s, coat)
    bough = shifted(back, -0.14 if float(light(back).sum()) > 0.3 else 0.12)
    wood = [(-0.1, y + s * 1.1), (x, y + s * 1.02), (canvas.aspect + 0.1, y + s * 0.9)]
    canvas.over(bough, canvas.shapes(lambda pen: pen.line(wood, s * 0.13)))
    toes = [x + s * k for k in (-0.28, -0.18, 0.18, 0.28)]
    canvas.over(
        BEAK, canvas.shapes(lambda pen: [pen.ellipse(toe, y + s, s * 0.055, s * 0.09) for toe in toes])
    )
    title = titled(
        rng,
        ("The owl", "Night watch", "Little owl", "Wide awake", "Who is there"),
        ("by moonlight", "on its bough", "at ten", "in the old oak", "on duty"),
    )
    return Scene(canvas.develop(0.012), title, ("animal", "owl", "bird", "night", "moon"))


BEAK = "#e89a2c"


def _owl_body(canvas: Canvas, x: float, y: float, s: float, coat: list[str]) -> None:
    body = canvas.shapes(lambda pen: pen.polygon(smooth(ANIMALS["owl"]) * s + (x, y)))
    canvas.over(coat[0], body)
    dx, dy = (canvas.x - x) / s, (canvas.y - y) / s
    belly = np.clip((1 - np.sqrt((dx / 0.46) ** 2 + ((dy - 0.42) / 0.62) ** 2)) * 60, 0, 1) * body
    canvas.over(coat[2], belly)
    row = np.floor((dy + 0.3) / 0.11)
    across, down = (dx / 0.15 + 0.5 * (row % 2)) % 1 - 0.5, ((dy + 0.3) / 0.11) % 1 - 0.05
    far = np.sqrt((across * 1.6) ** 2 + down**2)
    scales = noise.smoothstep(0.8, 0.74, far) * noise.smoothstep(0.52, 0.58, far)
    canvas.over(coat[1], scales * belly, 0.9)
    for side in (-1, 1):
        wing = smooth(ANIMALS["owl wing"]) * (side * s, s) + (x, y)
        canvas.over(coat[1], canvas.shapes(lambda pen, outline: pen.polygon(outline), wing))


def _owl_face(canvas: Canvas, x: float, y: float, s: float, coat: list[str]) -> None:
    iris = one_of(canvas.rng, ("#f6b21c", "#ffd84a", "#f08a1c"))
    for side in (-1, 1):
        ex, ey = x + side * 0.27 * s, y - 0.42 * s
        turn = np.linspace(0, 2 * np.pi, 160)
        far = s * (0.33 - 0.012 * np.cos(turn * 16))
        ruff = np.stack([ex + far * np.cos(turn), ey + far * np.sin(turn)], axis=1)
        canvas.over(coat[2], canvas.shapes(lambda pen, rim: pen.polygon(rim), ruff))
        for size, tint in ((0.235, coat[1]), (0.2, iris), (0.125, "#14100c")):
            canvas.over(tint, canvas.disc(ex, ey, size * s))
        canvas.over("#ffffff", canvas.disc(ex - side * 0.05 * s, ey - 0.05 * s, 0.035 * s))
    beak = [(x - s * 0.09, y - s * 0.36), (x + s * 0.09, y - s * 0.36), (x, y - s * 0.16)]
    canvas.over(BEAK, canvas.shapes(lambda pen: pen.polygon(beak)))


PAINTERS = (
    silhouette,
    silhouette,
    silhouette,
    butterfly,
    butterfly,
    owl,
    underwater.shoal,
    underwater.shoal,
    underwater.jellyfish,
    underwater.jellyfish,
    underwater.whale,
)
