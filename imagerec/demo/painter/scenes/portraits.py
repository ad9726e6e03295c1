"""Portraits in flat colours: heads, hair, hats, glasses, half the face in shadow."""

from collections.abc import Callable

import numpy as np

from imagerec.demo.painter.canvas import POSTER, SQUARE, TALL, Canvas, Pen
from imagerec.demo.painter.colour import Array, light, mix, shifted, varied
from imagerec.demo.painter.scene import Scene, one_of

SKINS = ("#f6d7bf", "#eebf9a", "#d99e73", "#b97a50", "#8f5a3a", "#6a3f2a", "#f3c9b4", "#c98e66")
HAIRS = ("#1c1517", "#3a2318", "#6a3b1f", "#a8672c", "#d9a85a", "#8c2f1b", "#d8d4cc", "#2a2f4a", "#b04a6a")
BACKS = (
    "#e8b04a",
    "#d9694f",
    "#4f8f8b",
    "#2f4f6f",
    "#e7d8c4",
    "#8aa67a",
    "#b7a1c9",
    "#1f2a3a",
    "#f0a8a0",
    "#5a3a5f",
    "#a9c7d6",
    "#c8553d",
)
CLOTHES = (
    "#22384f",
    "#c23b2e",
    "#e8d5b0",
    "#2f6f5f",
    "#f2b134",
    "#4a2f5a",
    "#f4efe6",
    "#d97a8a",
    "#1a1a22",
    "#6a8caf",
)
NAMES = (
    "Ines", "Jun", "Amara", "Mateo", "Yuna", "Leila", "Tomás", "Freya", "Kofi", "Mina", "Anouk", "Ravi",
    "Sena", "Oskar", "Hana", "Zuri", "Elif", "Noor", "Ivo", "Maya", "Haru", "Lucía", "Sami", "Greta", "Dae",
    "Alma", "Idris", "Vera", "Niko", "Ada",
)  # fmt: skip


class Sitter:
    """Places and colours of one head; `s` is the height of the head, (x, y) its middle."""

    def __init__(self, canvas: Canvas) -> None:
        rng = canvas.rng
        self.canvas, self.rng = canvas, rng
        self.x, self.y = canvas.aspect / 2 + rng.uniform(-0.03, 0.03), 0.43 + rng.uniform(-0.02, 0.02)
        self.s = float(min(0.36, canvas.aspect * 0.42) * rng.uniform(0.92, 1.06))
        self.width = self.s * float(rng.uniform(0.36, 0.41))
        self.skin = varied(rng, [SKINS[rng.integers(len(SKINS))]], 0.03, 0.05, 0.015)[0]
        self.hair = HAIRS[rng.integers(len(HAIRS))]
        self.dress = varied(rng, [CLOTHES[rng.integers(len(CLOTHES))]], 0.2)[0]
        self.side = int(rng.choice([-1, 1]))
        self.shade = mix(shifted(self.skin, -0.11, 1.15), "#5a2a4a", 0.12)
        self.grown = bool(rng.random() < 0.5)  # long hair or short

    def paint(self, colour: Array | str, draw: Callable[..., object], opacity: float = 1.0) -> Array:
        mask = self.canvas.shapes(draw)
        self.canvas.over(colour, mask, opacity)
        return mask


def head(sitter: Sitter) -> list[tuple[float, float]]:
    """The outline of the face: round above, narrowing to the chin."""
    turn = np.linspace(0, 2 * np.pi, 90)
    across, down = np.sin(turn), -np.cos(turn)
    jaw = 1 - 0.26 * np.maximum(down, 0) ** 1.8
    return [
        (sitter.x + sitter.width * a * j, sitter.y + sitter.s * 0.5 * d)
        for a, d, j in zip(across, down, jaw, strict=True)
    ]


def paint_back(canvas: Canvas) -> str:
    """A plain ground with one large form on it."""
    rng = canvas.rng
    ground, form = varied(rng, [BACKS[k] for k in rng.permutation(len(BACKS))[:2]], 0.15)
    paper = 0.96 + 0.08 * canvas.noise(0.12, 1.0, 1.0) * (1.1 - 0.2 * canvas.y)
    canvas.fill(light(ground) * paper)
    kind = rng.integers(5)
    x, y = canvas.aspect * rng.uniform(0.35, 0.65), rng.uniform(0.3, 0.5)
    if kind == 0:
        canvas.over(form, canvas.disc(x, y, float(rng.uniform(0.28, 0.4))))
    elif kind == 1:
        canvas.over(
            form,
            canvas.below(
                (rng.uniform(0.4, 0.7) + rng.uniform(-0.3, 0.3) * (canvas.x[0] - x)).astype(np.float32)
            ),
        )
    elif kind == 2:
        for k in range(4):
            canvas.over(mix(form, ground, k / 4), canvas.disc(x, y, 0.46 - 0.1 * k))
    elif kind == 3:
        leaves = canvas.shapes(lambda pen: _leaves(rng, pen, canvas.aspect))
        canvas.over(form, leaves, 0.9)
    else:
        stripes = np.clip(np.sin((canvas.x + 0.3 * canvas.y) * rng.uniform(14, 40)) * 30 + 0.5, 0, 1)
        canvas.over(form, stripes.astype(np.float32), 0.5)
    return ground


def _leaves(rng: np.random.Generator, pen: Pen, aspect: float) -> None:
    for _ in range(int(rng.integers(7, 14))):
        x = rng.uniform(0, aspect)
        y = rng.uniform(0, 1)
        turn = rng.uniform(0, 2 * np.pi)
        size = rng.uniform(0.12, 0.26)
        along = np.linspace(0, 1, 16)
        half = 0.22 * np.sin(along * np.pi) ** 0.8
        blade = (
            np.concatenate([np.stack([along, half], axis=1), np.stack([along, -half], axis=1)[::-1]]) * size
        )
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        pen.polygon(blade @ spin.T + (x, y))


def paint_hair_behind(sitter: Sitter) -> None:
    x, y, s, w = sitter.x, sitter.y, sitter.s, sitter.width
    if not sitter.grown:
        return
    fall, flare = float(sitter.rng.uniform(0.4, 0.85)), float(sitter.rng.uniform(1.15, 1.5))
    dark = shifted(sitter.hair, -0.05)
    kind = sitter.rng.integers(3)
    if kind == 0:
        sitter.paint(
            dark, lambda pen: pen.box(x - w * flare, y - s * 0.5, x + w * flare, y + s * fall, corner=w * 1.1)
        )
    elif kind == 1:
        curls = [
            (x + np.cos(a) * w * 1.2, y - s * 0.12 + np.sin(a) * s * 0.52)
            for a in np.linspace(0.7 * np.pi, 2.3 * np.pi, 17)
        ]
        sitter.paint(dark, lambda pen: [pen.disc(a, b, w * 0.5) for a, b in curls])
    else:
        sitter.paint(dark, lambda pen: pen.disc(x, y - s * 0.66, w * 0.52))
        sitter.paint(dark, lambda pen: pen.ellipse(x, y - s * 0.1, w * 1.1, s * 0.46))


def paint_body(sitter: Sitter) -> None:
    x, y, s, w = sitter.x, sitter.y, sitter.s, sitter.width
    rng, base = sitter.rng, sitter.y + sitter.s * 0.68
    broad = s * float(rng.uniform(0.85, 1.1))
    turn = np.linspace(-1, 1, 60)
    shoulder = base + 0.04 + s * 0.34 * np.abs(turn) ** 2.6
    outline = [(x + broad * t, v) for t, v in zip(turn, shoulder, strict=True)]
    sitter.paint(sitter.dress, lambda pen: pen.polygon([(x - broad, 1.1), *outline, (x + broad, 1.1)]))
    fold = sitter.canvas.shapes(lambda pen: pen.polygon([(x - broad, 1.1), *outline, (x + broad, 1.1)]))
    half = np.clip((sitter.canvas.x - x) * sitter.side * 30 + 0.5, 0, 1)
    sitter.canvas.over(shifted(sitter.dress, -0.07), fold * half, 0.8)
    neck = [
        (x - w * 0.46, y + s * 0.25),
        (x - w * 0.5, base),
        (x - w * 0.78, base + s * 0.1),
        (x, base + s * 0.22),
        (x + w * 0.78, base + s * 0.1),
        (x + w * 0.5, base),
        (x + w * 0.46, y + s * 0.25),
    ]
    sitter.paint(sitter.skin, lambda pen: pen.polygon(neck))
    throat = [
        (x - w * 0.46, y + s * 0.3),
        (x + w * 0.46, y + s * 0.3),
        (x + w * 0.49, base - s * 0.06),
        (x - w * 0.3, y + s * 0.52),
    ]
    sitter.paint(sitter.shade, lambda pen: pen.polygon(throat), 0.9)
    kind = rng.integers(4)
    if kind == 0:
        sitter.paint(
            shifted(sitter.dress, 0.08),
            lambda pen: pen.box(
                x - w * 0.56, base - s * 0.13, x + w * 0.56, base + s * 0.16, corner=s * 0.05
            ),
        )
    elif kind == 1:
        collar = mix(sitter.dress, "#ffffff", 0.7)
        sitter.paint(
            collar,
            lambda pen: pen.polygon(
                [(x - w * 0.8, base + s * 0.05), (x, base + s * 0.24), (x - w * 0.55, base + s * 0.32)]
            ),
        )
        sitter.paint(
            collar,
            lambda pen: pen.polygon(
                [(x + w * 0.8, base + s * 0.05), (x, base + s * 0.24), (x + w * 0.55, base + s * 0.32)]
            ),
        )
    elif kind == 2:
        beads = [
            (x + w * 0.72 * np.sin(a), base + s * 0.02 + s * 0.22 * np.cos(a))
            for a in np.linspace(-1.3, 1.3, 15)
        ]
        sitter.paint("#f4e4c0", lambda pen: [pen.disc(a, b, s * 0.022) for a, b in beads])


def paint_face(sitter: Sitter) -> None:
    x, y, s, w = sitter.x, sitter.y, sitter.s, sitter.width
    rng, outline = sitter.rng, head(sitter)
    for side in (-1, 1):
        sitter.paint(
            sitter.shade if side == sitter.side else sitter.skin,
            lambda pen, k=side: pen.ellipse(x + k * w * 0.99, y + s * 0.06, w * 0.15, s * 0.085),
        )
    face = sitter.paint(sitter.skin, lambda pen: pen.polygon(outline))
    nose = x + sitter.side * w * 0.05
    edge = (
        nose
        + sitter.side * 0.004
        + sitter.side * w * 0.17 * np.exp(-(((sitter.canvas.y - y - s * 0.12) / (s * 0.06)) ** 2)) * -1
    )
    half = np.clip((sitter.canvas.x - edge) * sitter.side * sitter.canvas.height + 0.5, 0, 1)
    sitter.canvas.over(sitter.shade, face * half.astype(np.float32), 0.75)
    blush = mix(sitter.skin, "#e0503c", 0.5)
    for side in (-1, 1):
        glow = np.exp(
            -(
                ((sitter.canvas.x - x - side * w * 0.52) / (w * 0.24)) ** 2
                + ((sitter.canvas.y - y - s * 0.16) / (s * 0.075)) ** 2
            )
        )
        sitter.canvas.over(blush, glow.astype(np.float32) * face, 0.4)
    closed = rng.random() < 0.35
    dark, iris = mix("#1c1418", sitter.hair, 0.25), one_of(rng, ("#3a2418", "#2a4a5a", "#3a5a3a", "#1a1414"))
    for side in (-1, 1):
        ex, ey = x + side * w * 0.45, y + s * 0.03
        arc = [
            (ex + w * 0.2 * np.cos(a), ey + s * 0.03 * np.sin(a) * (1 if closed else -1))
            for a in np.linspace(0, np.pi, 12)
        ]
        if not closed:
            white = [
                *arc,
                *[(ex - w * 0.2 * np.cos(a), ey + s * 0.018 * np.sin(a)) for a in np.linspace(0, np.pi, 12)],
            ]
            sitter.paint(mix("#fbf6ee", sitter.skin, 0.2), lambda pen, p=white: pen.polygon(p))
            sitter.paint(iris, lambda pen, a=ex, b=ey: pen.ellipse(a, b - s * 0.008, w * 0.085, s * 0.026))
        sitter.paint(dark, lambda pen, p=arc: pen.line(p, s * 0.013))
        brow = [
            (ex + w * 0.25 * t, ey - s * 0.085 - s * 0.025 * (1 - t * t) + s * 0.01 * side * t)
            for t in np.linspace(-1, 1, 10)
        ]
        sitter.paint(mix(sitter.hair, "#1a1010", 0.35), lambda pen, p=brow: pen.line(p, s * 0.02))
    bridge = [
        (nose, y - s * 0.02),
        (nose - sitter.side * w * 0.13, y + s * 0.15),
        (nose + sitter.side * w * 0.04, y + s * 0.165),
    ]
    sitter.paint(mix(sitter.shade, "#6a2a2a", 0.25), lambda pen: pen.line(bridge, s * 0.009))
    _mouth(sitter)


def _mouth(sitter: Sitter) -> None:
    x, y, s, w = sitter.x, sitter.y + sitter.s * 0.285, sitter.s, sitter.width
    lip = mix(mix(sitter.skin, "#b8323c", float(sitter.rng.uniform(0.35, 0.85))), sitter.shade, 0.1)
    turn = np.linspace(-1, 1, 21)
    smile = float(sitter.rng.uniform(0.0, 0.03)) * s
    upper = [
        (
            x + w * 0.28 * t,
            y - smile * t**2 - s * 0.022 * (1 - t**2) * (1 + 0.35 * np.cos(t * 7) - 0.5 * (abs(t) < 0.12)),
        )
        for t in turn
    ]
    lower = [(x + w * 0.28 * t, y - smile * t**2 + s * 0.036 * (1 - t**2)) for t in turn]
    sitter.paint(lip, lambda pen: pen.polygon([*upper, *lower[::-1]]))
    middle = [(x + w * 0.28 * t, y - smile * t**2 + s * 0.003) for t in turn]
    sitter.paint(shifted(lip, -0.14), lambda pen: pen.line(middle, s * 0.007))


def paint_hair_front(sitter: Sitter) -> None:
    x, y, s, w, rng = sitter.x, sitter.y, sitter.s, sitter.width, sitter.rng
    part = float(rng.uniform(-0.6, 0.6))
    line = float(rng.uniform(0.1, 0.26))
    turn = np.linspace(-np.pi / 2, np.pi / 2, 40)
    top = [(x + w * 1.1 * np.sin(a), y - s * 0.06 - s * 0.52 * np.cos(a)) for a in turn]
    wave = np.linspace(1, -1, 30)
    brow = [
        (x + w * 1.06 * t, y - s * (0.5 - line) + s * (line + 0.16) * np.abs(t - part * 0.5) ** 1.7 * 0.8)
        for t in wave
    ]
    cap = [*top, *[(a, min(b, y + s * 0.05)) for a, b in brow]]
    mask = sitter.paint(sitter.hair, lambda pen: pen.polygon(cap))
    shine = np.exp(
        -(
            ((sitter.canvas.x - x + sitter.side * w * 0.45) / (w * 0.3)) ** 2
            + ((sitter.canvas.y - y + s * 0.4) / (s * 0.07)) ** 2
        )
    )
    sitter.canvas.over(shifted(sitter.hair, 0.16), shine.astype(np.float32) * mask, 0.55)
    if sitter.grown and rng.random() < 0.7:
        for side in (-1, 1):
            lock = [
                (x + side * w * 1.12, y - s * 0.12),
                (x + side * w * 0.86, y - s * 0.1),
                (x + side * w * 0.95, y + s * 0.25),
                (x + side * w * 1.12, y + s * 0.5),
                (x + side * w * 1.3, y + s * 0.42),
            ]
            sitter.paint(sitter.hair, lambda pen, p=lock: pen.polygon(p))


def paint_extras(sitter: Sitter) -> list[str]:
    x, y, s, w, rng = sitter.x, sitter.y, sitter.s, sitter.width, sitter.rng
    found = []
    if rng.random() < 0.3:
        rim = one_of(rng, ("#1a1a1e", "#b8862a", "#a8322a", "#f4efe6"))
        round_ = rng.random() < 0.6
        for side in (-1, 1):
            cx = x + side * w * 0.46
            ring = [
                (
                    cx + w * (0.33 if round_ else 0.36) * np.cos(a),
                    y + s * 0.035 + s * (0.105 if round_ else 0.08) * np.sin(a),
                )
                for a in np.linspace(0, 2 * np.pi, 40)
            ]
            sitter.paint("#ffffff", lambda pen, p=ring: pen.polygon(p), 0.14)
            sitter.paint(rim, lambda pen, p=ring: pen.line(p, s * 0.016))
        sitter.paint(
            rim, lambda pen: pen.line([(x - w * 0.13, y + s * 0.02), (x + w * 0.13, y + s * 0.02)], s * 0.014)
        )
        found.append("glasses")
    if rng.random() < 0.28:
        hat = varied(rng, [CLOTHES[rng.integers(len(CLOTHES))]], 0.2)[0]
        kind = rng.integers(3)
        if kind == 0:
            sitter.paint(
                hat,
                lambda pen: pen.box(x - w * 0.95, y - s * 0.74, x + w * 0.95, y - s * 0.3, corner=w * 0.4),
            )
            sitter.paint(
                shifted(hat, -0.12),
                lambda pen: pen.box(x - w * 0.97, y - s * 0.4, x + w * 0.97, y - s * 0.32),
            )
            sitter.paint(shifted(hat, 0.03), lambda pen: pen.ellipse(x, y - s * 0.3, w * 1.75, s * 0.06))
        elif kind == 1:
            sitter.paint(hat, lambda pen: pen.ellipse(x + w * 0.2, y - s * 0.48, w * 1.35, s * 0.19))
            sitter.paint(
                shifted(hat, -0.1),
                lambda pen: pen.box(x - w * 1.0, y - s * 0.37, x + w * 1.0, y - s * 0.29, corner=s * 0.03),
            )
        else:
            dome = [
                (x + w * 1.12 * np.cos(a), y - s * 0.28 - s * 0.4 * np.sin(a))
                for a in np.linspace(0, np.pi, 40)
            ]
            sitter.paint(hat, lambda pen: pen.polygon(dome))
            sitter.paint(
                shifted(hat, 0.08),
                lambda pen: pen.box(x - w * 1.16, y - s * 0.36, x + w * 1.16, y - s * 0.24, corner=s * 0.03),
            )
            sitter.paint(shifted(hat, 0.12), lambda pen: pen.disc(x, y - s * 0.7, w * 0.25))
        found.append("hat")
    if sitter.grown and rng.random() < 0.5:
        gold = one_of(rng, ("#f2c14e", "#d64545", "#4fb0a5", "#f4efe6"))
        drop = float(rng.uniform(0.16, 0.26))
        sitter.paint(gold, lambda pen: [pen.disc(x + k * w * 1.02, y + s * drop, w * 0.12) for k in (-1, 1)])
    return found


def sitter_portrait(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, (POSTER, POSTER, TALL, SQUARE))
    ground = paint_back(canvas)
    sitter = Sitter(canvas)
    if np.abs(sum(light(sitter.dress).ravel()) - sum(light(ground).ravel())) < 0.15:
        sitter.dress = shifted(sitter.dress, 0.22 if sum(light(ground).ravel()) < 1 else -0.22)
    paint_hair_behind(sitter)
    paint_body(sitter)
    paint_face(sitter)
    paint_hair_front(sitter)
    extras = paint_extras(sitter)
    name = one_of(rng, NAMES)
    form = one_of(
        rng,
        (
            "{}",
            "{}, thinking",
            "Portrait of {}",
            "{} on Sunday",
            "{} at the window",
            "{} in colour",
            "{}, half in shade",
            "Study of {}",
        ),
    )
    return Scene(
        canvas.develop(0.012, 0.1), form.format(name), ("portrait", "people", "face", "colour", *extras)
    )


PAINTERS = (sitter_portrait,)
