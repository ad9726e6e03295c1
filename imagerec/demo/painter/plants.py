"""Trees, grass and leaves as shapes."""

import numpy as np

from imagerec.demo.painter.canvas import Pen


def conifer(
    rng: np.random.Generator, pen: Pen, x: float, foot: float, height: float, fill: int = 255
) -> None:
    """A spruce: ragged branches, wider and drooping toward the foot."""
    tiers = max(6, int(9 + height * 40))
    level = np.linspace(0.04, 0.93, tiers)
    reach = height * (0.03 + 0.17 * level**0.85) * rng.uniform(0.65, 1.15, tiers)
    other = height * (0.03 + 0.17 * level**0.85) * rng.uniform(0.65, 1.15, tiers)
    tip = foot - height
    left, right = [(x, tip)], []
    for i in range(tiers):
        y, drop = tip + level[i] * height, height * 0.05
        left += [(x - reach[i], y + drop), (x - reach[i] * 0.35, y + drop * 0.5)]
        right += [(x + other[i], y + drop), (x + other[i] * 0.35, y + drop * 0.5)]
    pen.polygon([*left, (x, foot - height * 0.03), *reversed(right)], fill)
    pen.box(x - height * 0.014, foot - height * 0.1, x + height * 0.014, foot + height * 0.02, fill)


def broadleaf(
    rng: np.random.Generator, pen: Pen, x: float, foot: float, height: float, fill: int = 255
) -> None:
    """A round tree: a trunk with boughs, its crown many leaves' blots."""
    crown = foot - height * 0.62
    pen.polygon(
        [
            (x - height * 0.03, foot),
            (x - height * 0.012, crown),
            (x + height * 0.012, crown),
            (x + height * 0.035, foot),
        ],
        fill,
    )
    for angle in rng.uniform(-1.1, 1.1, 6):
        end = (x + np.sin(angle) * height * 0.28, crown - np.cos(angle) * height * 0.24)
        pen.line([(x, crown + height * 0.1), end], height * 0.014, fill)
    for _ in range(90):
        angle, far = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random())
        blot = height * rng.uniform(0.025, 0.075)
        pen.disc(
            x + np.cos(angle) * far * height * 0.33,
            crown - height * 0.08 + np.sin(angle) * far * height * 0.3,
            blot,
            fill,
        )


def bare_tree(
    rng: np.random.Generator, pen: Pen, x: float, foot: float, height: float, fill: int = 255
) -> None:
    """Branches dividing, without leaves."""
    stack = [(x, foot, -np.pi / 2 + rng.normal(0, 0.06), height * 0.3, height * 0.03, 0)]
    while stack:
        bx, by, angle, length, thick, depth = stack.pop()
        ex, ey = bx + np.cos(angle) * length, by + np.sin(angle) * length
        pen.line([(bx, by), (ex, ey)], thick, fill)
        if depth < 7:
            for side in (-1, 1):
                turn = side * rng.uniform(0.2, 0.55)
                stack.append(
                    (ex, ey, angle + turn, length * rng.uniform(0.66, 0.84), thick * 0.66, depth + 1)
                )


def grass(
    rng: np.random.Generator, pen: Pen, aspect: float, foot: float, height: float, count: int, fill: int = 255
) -> None:
    """Blades along the lower edge."""
    for x, tall, lean in zip(
        rng.uniform(0, aspect, count),
        rng.gamma(4, 0.25, count) * height,
        rng.normal(0, 0.35, count),
        strict=True,
    ):
        tip = (x + lean * tall, foot - tall)
        bend = (x + lean * tall * 0.25, foot - tall * 0.55)
        width = height * 0.035
        pen.polygon(
            [(x - width, foot + 0.02), bend, tip, (bend[0] + width, bend[1]), (x + width, foot + 0.02)], fill
        )


def bird(pen: Pen, x: float, y: float, span: float, lift: float, fill: int = 255) -> None:
    """A bird on the wing, far away; `lift` -1..1 is where its wings are."""
    wing = span * (0.12 + 0.28 * lift)
    outline = [
        (x - span / 2, y - wing * 0.6), (x - span * 0.24, y - wing), (x, y - span * 0.015),
        (x + span * 0.24, y - wing), (x + span / 2, y - wing * 0.6),
        (x + span * 0.22, y - wing * 0.62), (x, y + span * 0.07), (x - span * 0.22, y - wing * 0.62),
    ]  # fmt: skip
    pen.polygon(outline, fill)


def flock(
    rng: np.random.Generator,
    pen: Pen,
    x: float,
    y: float,
    count: int,
    spread: float,
    span: float,
    fill: int = 255,
) -> None:
    for dx, dy, size, lift in zip(
        rng.normal(0, spread, count),
        rng.normal(0, spread * 0.45, count),
        rng.uniform(0.6, 1.2, count),
        rng.uniform(-0.4, 1, count),
        strict=True,
    ):
        bird(pen, x + dx, y + dy, span * size, lift, fill)
