"""On the table, from above: slices of citrus, a cup of coffee."""

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, POSTER, SQUARE, WIDE, Canvas
from imagerec.demo.painter.colour import Array, gradient, light, shifted, varied
from imagerec.demo.painter.scene import Scene, one_of, titled


def citrus(rng: np.random.Generator) -> Scene:
    """Slices from above."""
    canvas = Canvas(rng, (SQUARE, WIDE, POSTER, CLASSIC))
    ground = varied(
        rng,
        [one_of(rng, ("#f4efe2", "#2f7f86", "#f2a9a0", "#1f3a4a", "#f2c84b", "#a8c8a0", "#e8e0d8"))],
        0.12,
    )[0]
    canvas.fill(light(ground) * (0.95 + 0.1 * canvas.noise(0.15, 1.0, 1.0)))
    kinds = [
        ("#f08a1c", "#ffc060", "#fff0d0"),
        ("#e8c81c", "#fff08a", "#fffbe0"),
        ("#d8483c", "#ff9a86", "#ffe8d8"),
        ("#7ab82c", "#d8f08a", "#f6fbdc"),
    ]
    chosen = [varied(rng, kinds[k], 0.05) for k in rng.permutation(4)[: int(rng.integers(1, 4))]]
    step = float(rng.uniform(0.26, 0.4))
    grid = rng.random() < 0.6
    places = [
        ((i + 0.5 * (j % 2)) * step, j * step * 0.88)
        for j in range(-1, int(1 / step) + 3)
        for i in range(-1, int(canvas.aspect / step) + 2)
    ]
    if not grid:
        places = [
            (x + rng.normal(0, 0.03), y + rng.normal(0, 0.03)) for x, y in places if rng.random() < 0.85
        ]
    discs = canvas.shapes(lambda pen: [pen.disc(x + 0.012, y + 0.016, step * 0.42) for x, y in places])
    canvas.darken(canvas.blurred(discs, 0.014), 0.45)
    for x, y in places:
        rind, flesh, pith = chosen[int(rng.integers(len(chosen)))]
        _slice(canvas, x, y, step * float(rng.uniform(0.4, 0.44)), rind, flesh, pith)
    thing = one_of(
        rng,
        ("Citrus", "Slices", "Oranges, lemons", "Vitamin weather", "Marmalade morning", "Breakfast", "Zest"),
    )
    return Scene(
        canvas.develop(0.0096),
        titled(rng, (thing,), ("on linen", "from above", "in the sun", "in rows", "for six")),
        ("food", "fruit", "citrus", "pattern", "still life"),
    )


def _slice(canvas: Canvas, x: float, y: float, r: float, rind: str, flesh: str, pith: str) -> None:
    rng = canvas.rng
    x0, x1 = (int(np.clip((x + s * r * 1.02) * canvas.height, 0, canvas.width)) for s in (-1, 1))
    y0, y1 = (int(np.clip((y + s * r * 1.02) * canvas.height, 0, canvas.height)) for s in (-1, 1))
    if x1 - x0 < 3 or y1 - y0 < 3:
        return
    dx, dy = (canvas.x[:, x0:x1] - x) / r, (canvas.y[y0:y1] - y) / r
    far, angle = np.sqrt(dx * dx + dy * dy), np.arctan2(dy, dx) + rng.uniform(0, 6)
    parts = int(rng.integers(8, 12))
    share = np.abs((angle * parts / (2 * np.pi)) % 1 - 0.5)
    cell = np.minimum((0.5 - share) * far * 2 * np.pi / parts - 0.018, np.minimum(0.83 - far, far - 0.06))
    pulp = noise.smoothstep(0.0, 0.025, cell)
    cells = noise.noise_field(rng, y1 - y0, x1 - x0, (110, 110), 1.0)
    tone = np.clip(0.5 + 0.9 * (cells - 0.5) + 0.3 * np.sin(angle * 60) * (1 - far) * 0.4 - 0.2 * dx, 0, 1)
    body = gradient([(0, shifted(flesh, -0.12, 1.2)), (1, shifted(flesh, 0.05))], tone.astype(np.float32))
    skin = noise.smoothstep(0.9, 0.93, far)
    slab = light(pith) + (body - light(pith)) * pulp
    slab = slab + (light(rind) * (0.9 + 0.3 * cells) - slab) * skin
    part = canvas.light[:, y0:y1, x0:x1]
    part += (slab - part) * np.clip((1 - far) * r * canvas.height + 0.5, 0, 1)


def coffee(rng: np.random.Generator) -> Scene:
    """A cup from above, with a leaf in the milk."""
    canvas = Canvas(rng, (SQUARE, WIDE, POSTER, CLASSIC))
    board = varied(
        rng,
        [one_of(rng, ("#8a5a38", "#d8c8b0", "#3a2a22", "#5f7a78", "#c8a078", "#e8e2d8", "#2a3a42"))],
        0.08,
    )[0]
    planks = 0.9 + 0.14 * np.abs(np.sin(np.floor(canvas.y * 5) * 7.1)) * np.ones_like(canvas.x)
    seams = 1 - 0.5 * np.exp(-((((canvas.y * 5) % 1 - 0.01) / 0.008) ** 2))
    canvas.fill(light(board) * (planks * seams * (0.85 + 0.35 * canvas.noise(0.5, 18.0, 1.25))))
    x = canvas.aspect * float(rng.uniform(0.42, 0.58))
    y = float(rng.uniform(0.46, 0.54))
    r = float(rng.uniform(0.2, 0.26))
    ware = one_of(rng, ("#f6f2ea", "#2f4a5a", "#c8644a", "#e8d8b8", "#8fa8a0", "#1f1f24", "#d8a0a0"))
    _plate(canvas, x, y, r * 1.62, ware)
    turn = float(rng.uniform(-0.9, 0.5))
    handle = [(x + np.cos(turn) * r * k, y + np.sin(turn) * r * k) for k in (0.9, 1.36)]
    canvas.darken(canvas.blurred(canvas.disc(x + 0.025, y + 0.03, r * 1.05), 0.02), 0.35)
    canvas.over(shifted(ware, -0.05), canvas.shapes(lambda pen: pen.line(handle, r * 0.22)))
    lit = np.clip(0.5 - ((canvas.x - x) + (canvas.y - y)) / (3 * r), 0, 1)
    canvas.over(gradient([(0, shifted(ware, -0.12)), (1, shifted(ware, 0.06))], lit), canvas.disc(x, y, r))
    canvas.over(
        gradient([(0, shifted(ware, 0.02)), (1, shifted(ware, -0.22))], lit), canvas.disc(x, y, r * 0.92)
    )
    far = np.sqrt((canvas.x - x) ** 2 + (canvas.y - y) ** 2) / r
    brew = canvas.disc(x, y, r * 0.86)
    canvas.over(gradient([(0, "#a8683a"), (0.7, "#8a4f28"), (1, "#4a2814")], np.clip(far, 0, 1)), brew)
    canvas.over("#f6e6cc", _latte(canvas, x, y, r, rng) * brew, 0.95)
    beans = [
        (canvas.aspect * float(rng.random()), float(rng.random()), float(rng.uniform(0, np.pi)))
        for _ in range(int(rng.integers(0, 26)))
    ]
    for bx, by, angle in beans:
        if (bx - x) ** 2 + (by - y) ** 2 > (r * 1.75) ** 2:
            _bean(canvas, bx, by, angle)
    thing = one_of(
        rng,
        (
            "Coffee",
            "First cup",
            "Flat white",
            "Eleven o'clock",
            "A cup for two minutes",
            "The usual",
            "Coffee break",
        ),
    )
    return Scene(
        canvas.develop(0.0108),
        titled(
            rng,
            (thing,),
            ("at the counter", "on the table", "from above", "before work", "on Saturday", "by the window"),
        ),
        ("coffee", "cup", "food", "still life"),
    )


def _plate(canvas: Canvas, x: float, y: float, r: float, ware: str) -> None:
    canvas.darken(canvas.blurred(canvas.disc(x + 0.02, y + 0.028, r), 0.024), 0.5)
    lit = np.clip(0.5 - ((canvas.x - x) + (canvas.y - y)) / (3 * r), 0, 1)
    canvas.over(gradient([(0, shifted(ware, -0.08)), (1, shifted(ware, 0.05))], lit), canvas.disc(x, y, r))
    canvas.over(
        gradient([(0, shifted(ware, 0.04)), (1, shifted(ware, -0.1))], lit), canvas.disc(x, y, r * 0.72)
    )
    canvas.over(
        gradient([(0, shifted(ware, -0.03)), (1, shifted(ware, 0.02))], lit), canvas.disc(x, y, r * 0.69)
    )


def _latte(canvas: Canvas, x: float, y: float, r: float, rng: np.random.Generator) -> Array:
    """Milk poured as a leaf or a heart."""
    dx, dy = (canvas.x - x) / r, (canvas.y - y) / r
    if rng.random() < 0.5:
        heart = (dx**2 + (dy * 1.05 + 0.05) ** 2 - 0.3) ** 3 + dx**2 * (dy * 1.05 + 0.05) ** 3 * 0.9
        return noise.smoothstep(0.0, -0.0025, heart.astype(np.float32))
    half = 0.46 * np.sqrt(np.clip(1 - (dy / 0.66) ** 2, 0, 1)) * (0.85 - 0.35 * dy)
    bands = np.sin((dy - np.abs(dx) * 0.75) * 30)
    stem = np.exp(-((dx / 0.02) ** 2)) * (np.abs(dy) < 0.66)
    leaf = noise.smoothstep(-0.2, 0.3, bands) * noise.smoothstep(0, 0.04, half - np.abs(dx))
    milk: Array = np.clip(leaf + stem, 0, 1).astype(np.float32)
    return milk


def _bean(canvas: Canvas, x: float, y: float, angle: float) -> None:
    size = 0.02
    spin = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turn = np.linspace(0, 2 * np.pi, 24)
    rim = np.stack([np.cos(turn) * size, np.sin(turn) * size * 0.68], axis=1) @ spin + (x, y)
    fold = np.stack(
        [np.linspace(-1, 1, 9) * size * 0.92, 0.12 * size * np.sin(np.linspace(-1, 1, 9) * 3)], axis=1
    ) @ spin + (x, y)
    rows, columns = canvas.around(x, y, 0.035)
    right, down = (canvas.x[:, columns] - x - 0.006) / 0.018, (canvas.y[rows] - y - 0.008) / 0.016
    canvas.light[:, rows, columns] *= 1 - 0.4 * np.exp(-(right**2 + down**2))
    canvas.over("#4a2a18", canvas.shapes(lambda pen: pen.polygon(rim)))
    canvas.over("#1f0f08", canvas.shapes(lambda pen: pen.line(fold, 0.003)))
