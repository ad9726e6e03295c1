"""Forests: trunks in fog, spruces on slopes, birches, autumn leaves, light between the trees."""

from collections.abc import Sequence

import numpy as np

from imagerec.demo.painter import noise
from imagerec.demo.painter.canvas import CLASSIC, PANORAMA, POSTER, SQUARE, TALL, WIDE, Canvas, Pen
from imagerec.demo.painter.colour import gradient, light, mix, spread, varied
from imagerec.demo.painter.plants import conifer, flock, grass
from imagerec.demo.painter.scene import Scene, one_of

RATIOS = (WIDE, CLASSIC, SQUARE, TALL, POSTER, PANORAMA)
MOODS = {
    "in fog": ("fog", "#dfe6e2", "#1e2b28", "#f7f6ec"),
    "at daybreak": ("dawn", "#f6d9b0", "#2b2418", "#fff2d0"),
    "in summer": ("summer", "#cfe39a", "#12301a", "#f8ffd8"),
    "after rain": ("rain", "#a9c7b8", "#0f2622", "#e6f5ea"),
    "in the evening": ("evening", "#f0a868", "#22130f", "#ffd9a0"),
    "in blue shade": ("morning", "#a8c4d8", "#0e1e30", "#e6f2fa"),
    "in October": ("autumn", "#f2c878", "#331a0c", "#fff0c8"),
}


def mood(rng: np.random.Generator) -> tuple[str, str, str, str, str]:
    name = one_of(rng, tuple(MOODS))
    keyword, *colours = MOODS[name]
    pale, dark, glow = varied(rng, colours, 0.12)
    return name, keyword, pale, dark, glow


def trunks(rng: np.random.Generator) -> Scene:
    """Straight trunks in layers of fog, light from behind."""
    canvas = Canvas(rng, RATIOS)
    name, keyword, pale, dark, glow = mood(rng)
    x0 = canvas.aspect * float(rng.uniform(0.3, 0.7))
    canvas.fill(
        gradient(
            [(0, mix(pale, dark, 0.18)), (0.5, pale), (1, mix(pale, dark, 0.3))], canvas.y + 0 * canvas.x[:1]
        )
    )
    canvas.add(glow, canvas.near(x0, 0.36, 0.3), 0.35)
    canvas.light *= 0.86 + 0.28 * canvas.noise(1.0, 1.0, 1.9)
    layers = 5
    for i in range(layers):
        depth = (i + 1) / layers
        colour = mix(pale, dark, depth**1.3 * 0.96)
        ground = 0.68 + 0.27 * depth**1.4 + 0.02 * noise.ridge(rng, canvas.width, 4, 1.2)
        mask = canvas.shapes(lambda pen, d=depth: _stand(rng, pen, canvas.aspect, d))
        crowns = noise.smoothstep(
            0.52,
            0.62,
            canvas.noise(0.35 + 0.35 * depth, 1.2, 1.35) + 0.24 - 0.8 * canvas.y / (0.55 + 0.2 * depth),
        )
        bark = 0.88 + 0.24 * canvas.noise(0.3, 0.15, 1.2) if i > 2 else 1.0
        canvas.over(light(mix(colour, pale, 0.1)), crowns, 0.85)
        canvas.over(light(colour) * bark, np.maximum(mask, canvas.below(ground.astype(np.float32))))
    ferns = canvas.shapes(lambda pen: grass(rng, pen, canvas.aspect, 1.0, 0.1, int(170 * canvas.aspect)))
    canvas.over(mix(dark, "#000000", 0.3), ferns)
    if rng.random() < 0.6:
        _shafts(canvas, x0, glow)
    thing = one_of(
        rng,
        (
            "Tall trunks",
            "Into the woods",
            "The path in",
            "Pines",
            "Old forest",
            "Beeches",
            "Among the trees",
            "The silent wood",
        ),
    )
    return Scene(canvas.develop(0.0084), f"{thing} {name}", ("forest", "tree", "nature", keyword, "fog"))


def _stand(rng: np.random.Generator, pen: Pen, aspect: float, depth: float) -> None:
    for x in rng.uniform(0, aspect, int((30 - 23 * depth) * aspect) + 1):
        width, lean = 0.004 + 0.03 * depth**2 * rng.uniform(0.7, 1.3), rng.normal(0, 0.014)
        foot = 0.72 + 0.28 * depth
        pen.polygon(
            [
                (x - width, foot),
                (x - width * 0.6 + lean, -0.02),
                (x + width * 0.6 + lean, -0.02),
                (x + width, foot),
                (x + width * 1.9, foot + 0.02),
                (x - width * 1.9, foot + 0.02),
            ]
        )
        for y in rng.uniform(0.02, 0.5, int(rng.integers(1, 6))):
            side, reach = rng.choice([-1, 1]), rng.uniform(0.03, 0.12) * (0.4 + depth)
            pen.line(
                [(x + lean * (1 - y), y), (x + side * reach, y - reach * rng.uniform(-0.1, 0.7))], width * 0.3
            )


def _shafts(canvas: Canvas, x0: float, glow: str) -> None:
    angle = np.arctan2(canvas.x - x0, canvas.y + 0.35)
    rays = noise.ridge(canvas.rng, 512, 22, 0.5)
    beam = np.clip(rays[((angle + 1.6) / 3.2 * 511).astype(int) % 512], 0, 1)
    canvas.add(glow, beam * np.clip(1.1 - canvas.y, 0, 1) * canvas.near(x0, 0.1, 0.7), 0.4)


def spruce_slopes(rng: np.random.Generator) -> Scene:
    """Spruces in mist, one slope behind another."""
    canvas = Canvas(rng, RATIOS)
    name, keyword, pale, dark, glow = mood(rng)
    canvas.fill(gradient([(0, mix(pale, glow, 0.4)), (0.6, pale), (1, pale)], canvas.y + 0 * canvas.x[:1]))
    canvas.light *= 0.9 + 0.2 * canvas.noise(1.6, 2.2, 1.9)
    if rng.random() < 0.4:
        sun = (canvas.aspect * float(rng.uniform(0.25, 0.75)), float(rng.uniform(0.12, 0.3)))
        canvas.add(glow, canvas.near(*sun, 0.12), 0.35)
        canvas.add("#ffffff", canvas.disc(*sun, 0.032, 0.006), 0.8)
    layers = int(rng.integers(4, 7))
    for i in range(layers):
        depth = (i + 1) / layers
        base = 0.3 + 0.75 * (i / layers) + 0.1 * noise.ridge(rng, canvas.width, 1.6 * canvas.aspect, 1.6)
        size = 0.055 + 0.15 * depth**1.5
        wood = canvas.shapes(lambda pen, b=base, s=size: _row(rng, pen, canvas, b, s))
        body = np.maximum(wood, canvas.below((base + 0.01).astype(np.float32)))
        colour = mix(pale, dark, 0.12 + 0.85 * depth**1.3)
        mist = np.clip((canvas.y - base + 0.02) / (0.16 + 0.1 * depth), 0, 1)
        fog = light(mix(colour, pale, 0.75 - 0.45 * depth))
        canvas.over(light(colour) + (fog - light(colour)) * mist, body)
    if rng.random() < 0.4:
        birds = canvas.shapes(lambda pen: flock(rng, pen, canvas.aspect * 0.5, 0.2, 9, 0.12, 0.022))
        canvas.over(dark, birds, 0.7)
    thing = one_of(
        rng,
        (
            "Spruces",
            "Mist on the slope",
            "Firs",
            "The north side",
            "Wooded hills",
            "Larches",
            "Conifers",
            "The quiet slope",
        ),
    )
    return Scene(canvas.develop(0.0084), f"{thing} {name}", ("forest", "tree", "fog", keyword, "landscape"))


def _row(rng: np.random.Generator, pen: Pen, canvas: Canvas, base: np.ndarray, size: float) -> None:
    count = int(canvas.aspect / size * 3.2)
    for x in np.sort(rng.uniform(-0.02, canvas.aspect + 0.02, count)):
        foot = base[int(np.clip(x * canvas.height, 0, canvas.width - 1))] + 0.02
        conifer(rng, pen, float(x), float(foot), float(size * rng.uniform(0.55, 1.35)))


def birches(rng: np.random.Generator) -> Scene:
    """White trunks before coloured leaves."""
    canvas = Canvas(rng, RATIOS)
    season = one_of(rng, ("autumn", "spring", "summer", "winter"))
    hues = {
        "autumn": ("#7a2f14", "#c8641c", "#f0a828", "#f7d060"),
        "spring": ("#2f5a34", "#6fa83c", "#b8d868", "#f0f3a8"),
        "summer": ("#0f3b3a", "#1f6a4a", "#5a9a4a", "#b8d070"),
        "winter": ("#4a5a78", "#8ea4c4", "#c8d6e6", "#f2f5fa"),
    }[season]
    leaves = varied(rng, hues, 0.16)
    blots = canvas.noise(0.45, 1.0, 1.25) * 0.7 + canvas.noise(0.12, 1.0, 0.9) * 0.3
    canvas.fill(gradient(spread(leaves), np.clip((blots - 0.2) * 1.55 + 0.12 * (0.5 - canvas.y), 0, 1)))
    canvas.soften(0.006)
    floor = canvas.below((0.84 + 0.02 * noise.ridge(rng, canvas.width, 3)).astype(np.float32))
    canvas.over(mix(leaves[0], leaves[2], 0.5), canvas.blurred(floor, 0.02), 0.75)
    for depth in (0.25, 0.5, 1.0):
        count = int(rng.integers(3, 6) * (1.9 - depth) * canvas.aspect) + 1
        for x in rng.uniform(0, canvas.aspect, count):
            _birch(canvas, float(x), depth, leaves)
    litter = noise.smoothstep(0.62, 0.7, canvas.noise(0.09, 1.3, 0.9)) * np.clip((canvas.y - 0.8) * 6, 0, 1)
    canvas.over(leaves[3], litter, 0.6)
    thing = one_of(rng, ("Birches", "White trunks", "Birch wood", "Aspens", "The birch path", "Leaf light"))
    return Scene(
        canvas.develop(0.0084), f"{thing} in {season}", ("forest", "tree", "birch", season, "leaves")
    )


def _birch(canvas: Canvas, x: float, depth: float, leaves: Sequence[str]) -> None:
    rng = canvas.rng
    half, lean = 0.008 + 0.02 * depth * float(rng.uniform(0.7, 1.2)), float(rng.normal(0, 0.03))
    foot = 0.86 + 0.1 * depth
    reach = half + abs(lean) + 0.01
    left = max(0, int((x - reach) * canvas.height))
    right = min(canvas.width, int((x + reach) * canvas.height))
    if right - left < 4:
        return
    across = (canvas.x[:, left:right] - x - lean * (canvas.y - foot)) / half
    trunk = np.clip((1 - np.abs(across)) * half * canvas.height + 0.5, 0, 1) * (
        canvas.y < foot + 0.004 * np.abs(across)
    )
    round_ = 0.55 + 0.45 * np.sqrt(np.clip(1 - (across + 0.35) ** 2 * 0.6, 0, 1))
    marks = noise.noise_field(rng, canvas.height, right - left, (330, 20 + 60 * reach), 1.0)
    dark = noise.smoothstep(0.68, 0.75, marks + 0.07 * np.abs(across))
    bark = light(mix("#f3efe6", leaves[1], 0.5 - 0.42 * depth)) * round_
    bark = bark + (light("#2a2420") - bark) * (dark * (0.5 + 0.4 * depth))
    part = canvas.light[:, :, left:right]
    part += (bark - part) * trunk


PAINTERS = (trunks, spruce_slopes, birches)
