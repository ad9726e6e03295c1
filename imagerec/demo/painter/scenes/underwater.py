"""Under water: shoals, jellyfish, a whale."""

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, POSTER, SQUARE, TALL, WIDE, Canvas
from imagerec.demo.painter.colour import gradient, light, mix, shifted, spread, varied
from imagerec.demo.painter.scene import Scene, one_of, titled
from imagerec.demo.painter.shapes import ANIMALS, smooth

RATIOS = (WIDE, CLASSIC, SQUARE, POSTER, TALL)
DEEPS = (
    ("#bfeef0", "#2a9db5", "#0b4a72", "#04192f"),
    ("#c8f0d8", "#2fa08f", "#0f5560", "#05222c"),
    ("#c8d8f8", "#4a78c8", "#1c3a8a", "#0a1238"),
    ("#e8d0e8", "#8a6ab0", "#3a2a6a", "#140c30"),
)


def paint_deep(canvas: Canvas) -> list[str]:
    """Under water: light from above, rays, floating dust."""
    rng = canvas.rng
    water = varied(rng, DEEPS[rng.integers(len(DEEPS))], 0.12)
    canvas.fill(
        gradient(spread(water), np.clip(canvas.y * 0.95 + 0.1 * (canvas.noise(1.8, 1.0, 2.0) - 0.5), 0, 1))
    )
    x0 = canvas.aspect * float(rng.uniform(0.3, 0.7))
    rays = noise.ridge(rng, 512, 18, 0.6)
    angle = np.arctan2(canvas.x - x0, canvas.y + 0.5)
    beam = np.clip(rays[((angle + 1.6) / 3.2 * 511).astype(int) % 512], 0, 1) * np.clip(
        1 - canvas.y * 1.1, 0, 1
    )
    canvas.add(water[0], beam, 0.3)
    canvas.add(water[0], canvas.near(x0, -0.1, 0.3), 0.35)
    dust = canvas.shapes(
        lambda pen: (
            [
                pen.disc(x, y, r, 120)
                for x, y, r in zip(
                    rng.uniform(0, canvas.aspect, 130),
                    rng.random(130),
                    rng.gamma(2, 0.0007, 130),
                    strict=True,
                )
            ]
        )
    )
    canvas.add(water[0], dust, 0.35)
    return water


def shoal(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    water = paint_deep(canvas)
    colours = varied(
        rng,
        one_of(
            rng,
            (
                "#f08a2c #ffd08a #fff4dc",
                "#e8d040 #fff0a0 #2a4a8a",
                "#5ab0e8 #d8f0ff #1a2a5a",
                "#e85a6a #ffc0b0 #fff0e8",
                "#9ad0c0 #e8fff4 #1a4a5a",
            ),
        ).split(),
        0.15,
    )
    heading = int(rng.choice([-1, 1]))
    for depth, count in ((0.3, 26), (0.6, 15), (1.0, int(rng.integers(4, 9)))):
        size = 0.05 + 0.14 * depth**1.6
        mid = (canvas.aspect * rng.uniform(0.35, 0.65), rng.uniform(0.35, 0.65))
        for _ in range(count):
            x, y = rng.normal(mid[0], 0.28 * canvas.aspect), rng.normal(mid[1], 0.2)
            _fish(
                canvas,
                float(x),
                float(y),
                size * float(rng.uniform(0.75, 1.2)),
                heading,
                [mix(water[2], c, 0.25 + 0.75 * depth) for c in colours],
            )
    thing = one_of(
        rng, ("The shoal", "Small fish", "Reef traffic", "Turning together", "Fish", "Passing through")
    )
    return Scene(
        canvas.develop(),
        titled(
            rng,
            (thing,),
            ("in clear water", "in the blue", "at five metres", "toward the light", "off the reef"),
        ),
        ("animal", "fish", "underwater", "sea", "nature"),
    )


def _fish(canvas: Canvas, x: float, y: float, size: float, heading: int, colours: list[str]) -> None:
    rng = canvas.rng
    x0, x1 = (int(np.clip((x + s * size) * canvas.height, 0, canvas.width)) for s in (-1, 1))
    y0, y1 = (int(np.clip((y + s * size * 0.7) * canvas.height, 0, canvas.height)) for s in (-1, 1))
    if x1 - x0 < 6 or y1 - y0 < 6:
        return
    bend = rng.normal(0, 0.08)
    u = (canvas.x[:, x0:x1] - x) / size * heading + 0 * canvas.y[y0:y1]
    v = (canvas.y[y0:y1] - y) / size - bend * np.cos(u * 2.5) + 0 * u
    body = (
        0.27
        * np.sqrt(np.clip(1 - ((u - 0.12) / 0.62) ** 2, 0, 1))
        * np.clip(1.15 - 0.4 * (0.5 - u) ** 2, 0, 1)
    )
    fork = np.clip((-0.42 - u) * 1.05, 0, 1) * (np.abs(v) > (-0.66 - u) * 1.6) * (u > -0.82)
    fin = 0.17 * np.clip(1 - ((u - 0.02) / 0.36) ** 2, 0, 1)
    pixel = 1 / (size * canvas.height)
    body_mask = np.clip((body - np.abs(v)) / pixel + 0.5, 0, 1) * (body > 0)
    fin_mask = np.clip((body + fin - np.abs(v + 0.02)) / pixel + 0.5, 0, 1) * (fin > 0.01)
    tail_mask = np.clip((fork + 0.03 * (fork > 0) - np.abs(v)) / pixel + 0.5, 0, 1) * (fork > 0)
    tone = np.clip(0.55 + v / 0.5 + 0.06 * np.sin(u * 60) * np.sin(v * 60), 0, 1).astype(np.float32)
    part = canvas.light[:, y0:y1, x0:x1]
    fins = light(mix(colours[0], colours[2], 0.3)) * (0.75 + 0.25 * np.sin(u * 70))
    part += (fins - part) * np.maximum(fin_mask, tail_mask) * 0.85
    flank = gradient(spread([shifted(colours[0], -0.12), colours[0], colours[1]]), tone)
    bars = np.clip(np.sin(u * 11 + 0.4) * 6 - 4.2, 0, 1) * 0.8
    flank += (light(colours[2]) - flank) * bars
    part += (flank - part) * body_mask
    eye = np.sqrt((u - 0.5) ** 2 + (v + 0.05) ** 2)
    part += (light("#f8f4e8") - part) * np.clip((0.062 - eye) / pixel + 0.5, 0, 1)
    part += (light("#0a0a10") - part) * np.clip((0.04 - eye) / pixel + 0.5, 0, 1)


def jellyfish(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    water = paint_deep(canvas)
    canvas.over(water[3], np.ones_like(canvas.light[0]), 0.55)
    glow = varied(
        rng,
        one_of(
            rng,
            ("#ff9ac0 #ffd8e8", "#8ad8ff #e0f8ff", "#c8a0ff #f0e0ff", "#ffc080 #fff0d0", "#9affd0 #e8fff4"),
        ).split(),
        0.15,
    )
    count = int(rng.integers(1, 6))
    for size in np.sort(rng.uniform(0.05, 0.17, count)) * (1.3 if count == 1 else 1):
        _jelly(
            canvas,
            canvas.aspect * float(rng.uniform(0.18, 0.82)),
            float(rng.uniform(0.2, 0.5)),
            float(size),
            glow,
        )
    thing = (
        "The jellyfish" if count == 1 else one_of(rng, ("Jellyfish", "Lanterns", "Drifters", "Moon jellies"))
    )
    return Scene(
        canvas.develop(0.0084),
        titled(rng, (thing,), ("in the dark", "adrift", "going nowhere", "in the current", "below the pier")),
        ("animal", "jellyfish", "underwater", "sea", "night"),
    )


def _jelly(canvas: Canvas, x: float, y: float, size: float, glow: list[str]) -> None:
    rng = canvas.rng
    lean = rng.normal(0, 0.25)
    threads = []
    for start in np.linspace(-0.8, 0.8, 15):
        along = np.linspace(0, 1, 30)
        wave = np.sin(along * rng.uniform(5, 9) + rng.uniform(0, 6)) * 0.13 * along
        long = rng.uniform(1.4, 3.4)
        threads.append(
            np.stack(
                [
                    x + size * (start * (1 - 0.35 * along) + wave - lean * along * long),
                    y + size * (0.1 + along * long),
                ],
                axis=1,
            )
        )
    fine = canvas.shapes(lambda pen: [pen.line(t, size * 0.014, 150) for t in threads])
    thick = canvas.shapes(lambda pen: [pen.line(t[:18], size * 0.07, 120) for t in threads[5:10]])
    canvas.add(glow[0], fine, 0.5)
    canvas.add(glow[1], canvas.blurred(thick, 0.004), 0.4)
    rows, columns = canvas.around(x, y, size * 1.3, size)
    down, right = canvas.y[rows], canvas.x[:, columns]
    dx, dy = (right - x - lean * (y - down) * 0.6) / size, (down - y) / size
    rim = 0.16 + 0.05 * np.cos(dx * 19)
    far = np.sqrt(dx * dx + np.where(dy < 0, dy * 1.18, dy / rim * 0.9) ** 2)
    bell = np.clip((1 - far) * size * canvas.height * 0.5 + 0.5, 0, 1)
    ribs = np.clip(np.cos(np.arctan2(dx, 1.2 + dy) * 26), 0, 1) ** 4
    shine = ribs * 0.2 + 0.45 * np.exp(-(((dx + 0.3) / 0.4) ** 2 + ((dy + 0.55) / 0.25) ** 2))
    part = canvas.light[:, rows, columns]
    part += light(glow[0]) * (bell * (0.15 + 0.45 * np.clip(far, 0, 1) ** 4)).astype(np.float32)
    part += light(glow[1]) * (bell * shine * 0.7).astype(np.float32)
    canvas.add(glow[0], canvas.near(x, y, size * 1.1), 0.14)


def whale(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, (WIDE, CLASSIC, SQUARE, POSTER))
    water = paint_deep(canvas)
    side = int(rng.choice([-1, 1]))
    size = float(rng.uniform(0.5, 0.66)) * min(1.0, canvas.aspect)
    x, y = canvas.aspect * float(rng.uniform(0.45, 0.55)), float(rng.uniform(0.45, 0.6))
    angle = float(rng.normal(0, 0.16))
    spin = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    outline = (smooth(ANIMALS["whale"]) * (side * size, size)) @ spin + (x, y)
    mask = canvas.shapes(lambda pen: pen.polygon(outline))
    top = np.clip((canvas.y - y + size * 0.16) / (size * 0.32), 0, 1)
    hide = mix(water[3], one_of(rng, ("#1c2c44", "#2a3a4a", "#243048")), 0.6)
    body = gradient(
        [
            (0, mix(hide, water[1], 0.55)),
            (0.45, hide),
            (0.8, mix(hide, water[1], 0.35)),
            (1, mix(hide, water[0], 0.5)),
        ],
        top + 0 * canvas.x,
    )
    caustics = noise.smoothstep(0.55, 0.7, canvas.noise(0.5, 1.4, 1.6)) * (1 - top)
    canvas.over(body + light(water[0]) * caustics * 0.22, mask)
    grooves = (
        mask * np.clip((top - 0.62) * 6, 0, 1) * np.clip(np.sin((canvas.y - y) / size * 190) * 2 - 0.6, 0, 1)
    )
    canvas.over(hide, grooves.astype(np.float32), 0.4)
    eye = np.array([(0.62 * side * size, 0.03 * size)]) @ spin + (x, y)
    canvas.over("#05070c", canvas.disc(float(eye[0, 0]), float(eye[0, 1]), size * 0.012))
    for _ in range(int(rng.integers(0, 16))):
        _fish(
            canvas,
            canvas.aspect * float(rng.random()),
            float(rng.uniform(0.1, 0.95)),
            float(rng.uniform(0.012, 0.03)),
            side,
            [mix(water[1], water[0], 0.4)] * 3,
        )
    return Scene(
        canvas.develop(),
        titled(
            rng,
            ("The whale", "A slow giant", "Passing whale", "Deep song"),
            ("in the blue", "under the boat", "going north", "at noon", "alone"),
        ),
        ("animal", "whale", "underwater", "sea", "nature"),
    )
