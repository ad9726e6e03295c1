"""Animals: fish, jellyfish, birds, butterflies, a cat at night, deer at the wood's edge, owls, foxes, whales."""

import numpy as np

from gallery.demo import noise
from gallery.demo.canvas import CLASSIC, POSTER, SQUARE, TALL, WIDE, Canvas, Pen
from gallery.demo.colour import gradient, light, mix, shifted, spread, varied
from gallery.demo.plants import conifer, flock, grass
from gallery.demo.scene import Scene, one_of
from gallery.demo.shapes import ANIMALS, smooth
from gallery.demo.sky import hour, paint_sky

RATIOS = (WIDE, CLASSIC, SQUARE, POSTER, TALL)
DEEPS = (("#bfeef0", "#2a9db5", "#0b4a72", "#04192f"), ("#c8f0d8", "#2fa08f", "#0f5560", "#05222c"), ("#c8d8f8", "#4a78c8", "#1c3a8a", "#0a1238"), ("#e8d0e8", "#8a6ab0", "#3a2a6a", "#140c30"))


def paint_deep(canvas: Canvas) -> list[str]:
    """Under water: light from above, rays, floating dust."""
    rng = canvas.rng
    water = varied(rng, DEEPS[rng.integers(len(DEEPS))], 0.12)
    canvas.fill(gradient(spread(water), np.clip(canvas.y * 0.95 + 0.1 * (canvas.noise(1.8, 1.0, 2.0) - 0.5), 0, 1)))
    x0 = canvas.aspect * float(rng.uniform(0.3, 0.7))
    rays = noise.ridge(rng, 512, 18, 0.6)
    angle = np.arctan2(canvas.x - x0, canvas.y + 0.5)
    beam = np.clip(rays[((angle + 1.6) / 3.2 * 511).astype(int) % 512], 0, 1) * np.clip(1 - canvas.y * 1.1, 0, 1)
    canvas.add(water[0], beam, 0.3)
    canvas.add(water[0], canvas.near(x0, -0.1, 0.3), 0.35)
    dust = canvas.shapes(lambda pen: [pen.disc(x, y, r, 120) for x, y, r in zip(rng.uniform(0, canvas.aspect, 130), rng.random(130), rng.gamma(2, 0.0007, 130), strict=True)] and None)
    canvas.add(water[0], dust, 0.35)
    return water


def shoal(rng: np.random.Generator) -> Scene:
    canvas = Canvas(rng, RATIOS)
    water = paint_deep(canvas)
    colours = varied(rng, one_of(rng, ("#f08a2c #ffd08a #fff4dc", "#e8d040 #fff0a0 #2a4a8a", "#5ab0e8 #d8f0ff #1a2a5a", "#e85a6a #ffc0b0 #fff0e8", "#9ad0c0 #e8fff4 #1a4a5a")).split(), 0.15)
    heading = int(rng.choice([-1, 1]))
    for depth, count in ((0.3, 26), (0.6, 15), (1.0, int(rng.integers(4, 9)))):
        size = 0.05 + 0.14 * depth**1.6
        mid = (canvas.aspect * rng.uniform(0.35, 0.65), rng.uniform(0.35, 0.65))
        for _ in range(count):
            x, y = rng.normal(mid[0], 0.28 * canvas.aspect), rng.normal(mid[1], 0.2)
            _fish(canvas, float(x), float(y), size * float(rng.uniform(0.75, 1.2)), heading, [mix(water[2], c, 0.25 + 0.75 * depth) for c in colours])
    thing = one_of(rng, ("The shoal", "Small fish", "Reef traffic", "Turning together", "Fish", "Passing through"))
    return Scene(canvas.develop(), f"{thing} {one_of(rng, ('in clear water', 'in the blue', 'at five metres', 'toward the light', 'off the reef'))}", ("animal", "fish", "underwater", "sea", "nature"))


def _fish(canvas: Canvas, x: float, y: float, size: float, heading: int, colours: list[str]) -> None:
    rng = canvas.rng
    x0, x1 = (int(np.clip((x + s * size) * canvas.height, 0, canvas.width)) for s in (-1, 1))
    y0, y1 = (int(np.clip((y + s * size * 0.7) * canvas.height, 0, canvas.height)) for s in (-1, 1))
    if x1 - x0 < 6 or y1 - y0 < 6:
        return
    bend = rng.normal(0, 0.08)
    u = (canvas.x[:, x0:x1] - x) / size * heading + 0 * canvas.y[y0:y1]
    v = (canvas.y[y0:y1] - y) / size - bend * np.cos(u * 2.5) + 0 * u
    body = 0.27 * np.sqrt(np.clip(1 - ((u - 0.12) / 0.62) ** 2, 0, 1)) * np.clip(1.15 - 0.4 * (0.5 - u) ** 2, 0, 1)
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
    glow = varied(rng, one_of(rng, ("#ff9ac0 #ffd8e8", "#8ad8ff #e0f8ff", "#c8a0ff #f0e0ff", "#ffc080 #fff0d0", "#9affd0 #e8fff4")).split(), 0.15)
    count = int(rng.integers(1, 6))
    for size in np.sort(rng.uniform(0.05, 0.17, count)) * (1.3 if count == 1 else 1):
        _jelly(canvas, canvas.aspect * float(rng.uniform(0.18, 0.82)), float(rng.uniform(0.2, 0.5)), float(size), glow)
    thing = "The jellyfish" if count == 1 else one_of(rng, ("Jellyfish", "Lanterns", "Drifters", "Moon jellies"))
    return Scene(canvas.develop(0.014), f"{thing} {one_of(rng, ('in the dark', 'adrift', 'going nowhere', 'in the current', 'below the pier'))}", ("animal", "jellyfish", "underwater", "sea", "night"))


def _jelly(canvas: Canvas, x: float, y: float, size: float, glow: list[str]) -> None:
    rng = canvas.rng
    lean = rng.normal(0, 0.25)
    threads = []
    for start in np.linspace(-0.8, 0.8, 15):
        along = np.linspace(0, 1, 30)
        wave = np.sin(along * rng.uniform(5, 9) + rng.uniform(0, 6)) * 0.13 * along
        long = rng.uniform(1.4, 3.4)
        threads.append(np.stack([x + size * (start * (1 - 0.35 * along) + wave - lean * along * long), y + size * (0.1 + along * long)], axis=1))
    fine = canvas.shapes(lambda pen: [pen.line(t, size * 0.014, 150) for t in threads] and None)
    thick = canvas.shapes(lambda pen: [pen.line(t[:18], size * 0.07, 120) for t in threads[5:10]] and None)
    canvas.add(glow[0], fine, 0.5)
    canvas.add(glow[1], canvas.blurred(thick, 0.004), 0.4)
    dx, dy = (canvas.x - x - lean * (y - canvas.y) * 0.6) / size, (canvas.y - y) / size
    rim = 0.16 + 0.05 * np.cos(dx * 19)
    far = np.sqrt(dx * dx + np.where(dy < 0, dy * 1.18, dy / rim * 0.9) ** 2)
    bell = np.clip((1 - far) * size * canvas.height * 0.5 + 0.5, 0, 1)
    canvas.add(glow[0], bell * (0.25 + 0.75 * np.clip(far, 0, 1) ** 4), 0.6)
    ribs = np.clip(np.cos(np.arctan2(dx, 1.2 + dy) * 26), 0, 1) ** 4
    canvas.add(glow[1], bell * (ribs * 0.2 + 0.45 * np.exp(-(((dx + 0.3) / 0.4) ** 2 + ((dy + 0.55) / 0.25) ** 2))), 0.7)
    canvas.add(glow[0], canvas.near(x, y, size * 1.1), 0.14)


def butterfly(rng: np.random.Generator) -> Scene:
    """Butterflies as in a cabinet, or one above the meadow."""
    canvas = Canvas(rng, (SQUARE, POSTER, WIDE, CLASSIC))
    ground = varied(rng, [one_of(rng, ("#f2ece0", "#e2e8e0", "#1f2a33", "#e8d6cc", "#2a2430", "#d8e0ea"))], 0.1)[0]
    canvas.fill(light(ground) * (0.94 + 0.12 * canvas.noise(0.15, 1.0, 1.0)) * (1.05 - 0.15 * canvas.y))
    rows, columns = ((1, 1), (2, 2), (2, 3), (3, 3))[int(rng.integers(4))]
    if canvas.aspect < 1:
        rows, columns = columns, rows
    cell = min(canvas.aspect / columns, 1 / rows)
    for row in range(rows):
        for column in range(columns):
            x, y = canvas.aspect * (column + 0.5) / columns, (row + 0.5) / rows
            _wings(canvas, x, y, cell * 0.43, varied(rng, WINGS[rng.integers(len(WINGS))], 0.25))
    thing = "A butterfly" if rows * columns == 1 else one_of(rng, ("Butterflies", "The cabinet", "Wings", "A collection"))
    return Scene(canvas.develop(0.014), f"{thing} {one_of(rng, ('on paper', 'from the meadow', 'in order', 'of July', 'at rest'))}", ("animal", "butterfly", "pattern", "nature"))


WINGS = (("#1a1208", "#e8781c", "#ffd080"), ("#0a1230", "#2a6ad8", "#a8e0ff"), ("#2a1030", "#a84ab0", "#ffc8e8"), ("#10200c", "#5aa03a", "#e8f0a0"), ("#1c1410", "#d8b048", "#fff4c8"), ("#200c10", "#c83238", "#ffb098"), ("#0c1c20", "#2aa098", "#d0fff0"))


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
    body = np.clip((0.045 * np.sqrt(np.clip(1 - ((dy - 0.08) / 0.42) ** 2, 0, 1)) - dx) * size * canvas.height + 0.5, 0, 1) * (np.abs(dy - 0.08) < 0.42)
    part += (light(shifted(colours[0], -0.03)) * (1.6 - dx * 12) - part) * body
    feelers = [[(x + s * size * 0.015, y - size * 0.3), (x + s * size * 0.1, y - size * 0.5), (x + s * size * 0.22, y - size * 0.62)] for s in (-1, 1)]
    canvas.over(colours[0], canvas.shapes(lambda pen: [(pen.line(f, size * 0.014), pen.disc(*f[2], size * 0.018)) for f in feelers] and None))


def silhouette(rng: np.random.Generator) -> Scene:
    """An animal against the evening."""
    canvas = Canvas(rng, RATIOS)
    kind = one_of(rng, ("deer", "fox", "cat", "birds", "deer", "cat"))
    now = hour(rng, "golden", "sunset", "ember", "rose", "dusk", "mint", "mist", "dawn")
    x, y, r = canvas.aspect * float(rng.uniform(0.4, 0.6)), float(rng.uniform(0.4, 0.52)), float(rng.uniform(0.16, 0.27))
    paint_sky(canvas, now, 0.8, None, float(rng.uniform(0, 0.4)))
    canvas.add(now.sun, canvas.near(x, y, r * 1.4), 0.3)
    disc = canvas.disc(x, y, r, 0.003)
    canvas.over(gradient([(0, mix(now.sun, "#ffffff", 0.3)), (1, mix(now.sun, now.sky[-2], 0.5))], np.clip((canvas.y - y) / r * 0.5 + 0.5, 0, 1)), disc, 0.95)
    for i in range(2):
        line = 0.66 + 0.08 * i - 0.05 * noise.ridge(rng, canvas.width, 2 * canvas.aspect, 1.4)
        canvas.over(mix(now.far, now.near, 0.3 + 0.3 * i), canvas.below(line))
    dark = mix(now.near, "#000000", 0.35)
    if kind == "birds":
        return _birds_on_wire(canvas, now.name, dark)
    ground = (0.8 - 0.05 * np.exp(-(((canvas.x[0] - x) / 0.4) ** 2)) + 0.008 * noise.ridge(rng, canvas.width, 5)).astype(np.float32)
    trees = canvas.shapes(lambda pen: [conifer(rng, pen, t, float(ground[int(np.clip(t * canvas.height, 0, canvas.width - 1))]) + 0.02, float(rng.uniform(0.2, 0.5))) for t in (canvas.aspect * rng.uniform(0, 0.16), canvas.aspect * rng.uniform(0.86, 1))] and None)
    blades = canvas.shapes(lambda pen: grass(rng, pen, canvas.aspect, 0.84, 0.06, int(130 * canvas.aspect)))
    body = smooth(ANIMALS[kind]) * ((1, 1) if rng.random() < 0.5 else (-1, 1)) * float(rng.uniform(0.3, 0.4) * (0.8 if kind != "deer" else 1.05)) + (x, float(ground[int(x * canvas.height)]) + 0.014)
    mask = canvas.shapes(lambda pen: pen.polygon(body))
    canvas.over(dark, np.maximum(np.maximum(mask, trees), np.maximum(blades, canvas.below(ground))))
    thing = {"deer": ("The stag", "A deer", "At the wood's edge"), "fox": ("The fox", "A fox", "Fox on the hill"), "cat": ("The cat", "A cat", "Waiting", "Cat on the hill")}[kind]
    return Scene(canvas.develop(0.014), f"{one_of(rng, thing)} {now.name}", ("animal", kind, "silhouette", now.keyword, "nature"))


def _birds_on_wire(canvas: Canvas, when: str, dark: str) -> Scene:
    rng = canvas.rng
    wires = [float(v) for v in np.sort(rng.uniform(0.2, 0.62, int(rng.integers(2, 5))))]
    sag = 0.06 * (1 - (2 * canvas.x[0] / canvas.aspect - 1) ** 2)

    def draw(pen: Pen) -> None:
        for wire in wires:
            line = wire + sag
            pen.line(np.stack([canvas.x[0], line], axis=1)[::6], 0.0028)
            for x in np.sort(rng.uniform(0.03, canvas.aspect - 0.03, int(rng.integers(2, 9)))):
                y, s, side = float(line[int(x * canvas.height)]), float(rng.uniform(0.028, 0.036)), int(rng.choice([-1, 1]))
                perched = np.array([(-0.05, 0), (-0.42, -0.35), (-0.36, -0.85), (-0.1, -1.22), (0.22, -1.3), (0.4, -1.16), (0.66, -1.06), (0.4, -1.0), (0.36, -0.6), (0.2, -0.1), (-0.3, 0.75), (-0.42, 0.7)])
                pen.polygon(smooth(perched) * (side * s, s) + (x, y))
        flock(rng, pen, canvas.aspect * rng.uniform(0.2, 0.8), 0.14, 6, 0.12, 0.035)

    canvas.over(dark, canvas.shapes(draw))
    return Scene(canvas.develop(0.014), f"{one_of(rng, ('Birds on the wire', 'Sparrows', 'Evening meeting', 'The choir'))} {when}", ("animal", "bird", "silhouette", "sky"))


def owl(rng: np.random.Generator) -> Scene:
    """An owl in flat colours."""
    canvas = Canvas(rng, (SQUARE, POSTER, TALL))
    back, moon = varied(rng, one_of(rng, ("#1f2f4a #f2d8a0", "#2a4a3f #f0e2b8", "#3a2a44 #f6c8a8", "#d8b88a #f8ecd0", "#54707a #e8ead8")).split(), 0.15)
    canvas.fill(light(back) * (0.9 + 0.2 * canvas.noise(0.8, 1.0, 1.6)))
    x, y, s = canvas.aspect / 2, 0.54, min(0.34, canvas.aspect * 0.36)
    canvas.over(moon, canvas.disc(x + s * 0.3, y - s * 0.35, s * 1.15))
    coat = varied(rng, one_of(rng, ("#5a3a28 #a8744a #e8cfa0", "#4a4a52 #8a8a92 #dcdce0", "#6a3a1c #c87a34 #f4d8a0", "#3a4438 #7a8a68 #dfe4c4", "#d8d0c4 #f0ece4 #ffffff")).split(), 0.1)
    outline = [(x + s * a, y + s * b) for a, b in smooth(np.array([(0, -0.98), (0.3, -0.92), (0.55, -1.08), (0.6, -0.7), (0.66, -0.3), (0.7, 0.2), (0.55, 0.75), (0.2, 1.02), (-0.2, 1.02), (-0.55, 0.75), (-0.7, 0.2), (-0.66, -0.3), (-0.6, -0.7), (-0.55, -1.08), (-0.3, -0.92)]))]
    body = canvas.shapes(lambda pen: pen.polygon(outline))
    canvas.over(coat[0], body)
    dx, dy = (canvas.x - x) / s, (canvas.y - y) / s
    belly = np.clip((1 - np.sqrt((dx / 0.46) ** 2 + ((dy - 0.42) / 0.62) ** 2)) * 60, 0, 1)
    canvas.over(coat[2], belly * body)
    row = np.floor((dy + 0.3) / 0.11)
    scale = np.sqrt((((dx / 0.15 + 0.5 * (row % 2)) % 1 - 0.5) * 1.6) ** 2 + (((dy + 0.3) / 0.11) % 1 - 0.05) ** 2)
    canvas.over(coat[1], (noise.smoothstep(0.8, 0.74, scale) * noise.smoothstep(0.52, 0.58, scale)).astype(np.float32) * belly, 0.9)
    for k in (-1, 1):
        wing = [(x + k * s * a, y + s * b) for a, b in smooth(np.array([(0.62, -0.32), (0.78, 0.1), (0.72, 0.6), (0.4, 0.95), (0.42, 0.5), (0.46, 0.0)]))]
        canvas.over(coat[1], canvas.shapes(lambda pen, w=wing: pen.polygon(w)))
    turn = np.arctan2(dy + 0.42, np.abs(dx) - 0.27)
    for size, tint in ((0.33, coat[2]), (0.235, coat[1]), (0.2, one_of(rng, ("#f6b21c", "#ffd84a", "#f08a1c"))), (0.125, "#14100c")):
        far = np.sqrt((np.abs(dx) - 0.27) ** 2 + (dy + 0.42) ** 2) + 0.012 * np.cos(turn * 16) * (size > 0.3)
        canvas.over(tint, (np.clip((size - far) * s * canvas.height + 0.5, 0, 1)).astype(np.float32))
    canvas.over("#ffffff", (np.clip((0.035 - np.sqrt((np.abs(dx) - 0.22) ** 2 + (dy + 0.47) ** 2)) * s * canvas.height + 0.5, 0, 1)).astype(np.float32))
    canvas.over("#e89a2c", canvas.shapes(lambda pen: pen.polygon([(x - s * 0.09, y - s * 0.36), (x + s * 0.09, y - s * 0.36), (x, y - s * 0.16)])))
    bough = shifted(back, -0.14 if sum(light(back).ravel()) > 0.3 else 0.12)
    canvas.over(bough, canvas.shapes(lambda pen: pen.line([(-0.1, y + s * 1.1), (x, y + s * 1.02), (canvas.aspect + 0.1, y + s * 0.9)], s * 0.13)))
    canvas.over("#e89a2c", canvas.shapes(lambda pen: [pen.ellipse(x + k * s, y + s * 1.0, s * 0.055, s * 0.09) for k in (-0.28, -0.18, 0.18, 0.28)] and None))
    return Scene(canvas.develop(0.02), f"{one_of(rng, ('The owl', 'Night watch', 'Little owl', 'Wide awake', 'Who is there'))} {one_of(rng, ('by moonlight', 'on its bough', 'at ten', 'in the old oak', 'on duty'))}", ("animal", "owl", "bird", "night", "moon"))


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
    body = gradient([(0, mix(hide, water[1], 0.55)), (0.45, hide), (0.8, mix(hide, water[1], 0.35)), (1, mix(hide, water[0], 0.5))], top + 0 * canvas.x)
    caustics = noise.smoothstep(0.55, 0.7, canvas.noise(0.5, 1.4, 1.6)) * (1 - top)
    canvas.over(body + light(water[0]) * caustics * 0.22, mask)
    grooves = mask * np.clip((top - 0.62) * 6, 0, 1) * np.clip(np.sin((canvas.y - y) / size * 190) * 2 - 0.6, 0, 1)
    canvas.over(hide, grooves.astype(np.float32), 0.4)
    eye = np.array([(0.62 * side * size, 0.03 * size)]) @ spin + (x, y)
    canvas.over("#05070c", canvas.disc(float(eye[0, 0]), float(eye[0, 1]), size * 0.012))
    for _ in range(int(rng.integers(0, 16))):
        _fish(canvas, canvas.aspect * float(rng.random()), float(rng.uniform(0.1, 0.95)), float(rng.uniform(0.012, 0.03)), side, [mix(water[1], water[0], 0.4)] * 3)
    return Scene(canvas.develop(), f"{one_of(rng, ('The whale', 'A slow giant', 'Passing whale', 'Deep song'))} {one_of(rng, ('in the blue', 'under the boat', 'going north', 'at noon', 'alone'))}", ("animal", "whale", "underwater", "sea", "nature"))


PAINTERS = (shoal, jellyfish, butterfly, silhouette, silhouette, owl, whale)
