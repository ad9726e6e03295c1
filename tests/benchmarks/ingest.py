"""A folder of photographs into the gallery, against Pillow alone making the same renditions.

    python -m tests.benchmarks ingest

Ours is `manage.py import_images` from its start to its end, in a new installation each turn: bytes read and
hashed, each file decoded in a limited process, renditions, perceptual hash, thumbhash, placeholder, palette
and descriptor, originals and renditions on the disk and synced, rows with keywords and search index. Pillow
opens a file, makes a thumbnail and saves it, one rendition after another in one process,
with the same sizes, formats and settings.

The photographs are those beside the repository in shared/data/photos; where they are not there,
as many are made.
"""

import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import numpy as np
import psutil
from PIL import Image

from gallery.ingest.renditions import CAREFUL, LADDER, sizes
from tests.benchmarks.contest import RUNS
from tests.installation import ROOT, Installation

PHOTOS = ROOT.parent / "shared" / "data" / "photos"
MADE = ((300, 200, 550), (384, 256, 550), (640, 480, 200), (800, 600, 309))  # width, height, how many
SAMPLE_EVERY = 0.5  # seconds between two looks at the memory


def one_by_one(folder: Path, out: Path) -> None:
    """The contender: what a script with Pillow does."""
    for path in sorted(folder.rglob("*.jpg")):
        with Image.open(path, formats=("JPEG",)) as opened:
            steps = sizes(*opened.size)
        for size in steps:
            with Image.open(path, formats=("JPEG",)) as picture:
                picture.thumbnail(size)
                picture = picture.convert("RGB")
            name = out / f"{path.parent.name}-{path.stem}-{picture.width}"
            picture.save(f"{name}.webp", quality=CAREFUL.webp_quality, method=CAREFUL.webp_method)
            progressive = CAREFUL.jpeg_progressive and max(picture.size) > LADDER[1]
            picture.save(f"{name}.jpg", quality=CAREFUL.jpeg_quality, optimize=True, progressive=progressive)


def photographs(folder: Path) -> Path:
    """The photographs at hand, or as many pictures with structure of every size,
    which encoders find as hard."""
    if PHOTOS.is_dir():
        return PHOTOS
    rng = np.random.default_rng(1)
    (folder / "made").mkdir()
    for width, height, count in MADE:
        for number in range(count):
            pixels = np.zeros((height, width, 3))
            for step in (2, 4, 8, 16, 32, 64):
                coarse = rng.integers(0, 256, (height // step + 1, width // step + 1, 3), dtype=np.uint8)
                pixels += np.asarray(Image.fromarray(coarse).resize((width, height)), float) * step
            Image.fromarray((pixels / 126).astype(np.uint8)).save(
                folder / "made" / f"{width}-{number}.jpg", quality=82
            )
    return folder


def timed(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, float]:
    """Seconds of a command, and the most megabytes that it and its children had at one look,
    shared pages once."""
    most, ended = 0.0, threading.Event()

    def watch(root: psutil.Process) -> None:
        nonlocal most
        while not ended.wait(SAMPLE_EVERY):
            with suppress(psutil.NoSuchProcess):
                most = max(most, sum(megabytes(one) for one in (root, *root.children(recursive=True))))

    with TemporaryFile() as said:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
        watcher = threading.Thread(target=watch, args=[psutil.Process(process.pid)])
        watcher.start()
        status = process.wait()
        seconds = time.perf_counter() - begun
        ended.set()
        watcher.join()
        said.seek(0)
        if status:
            raise AssertionError(f"{' '.join(command)}\n{said.read().decode()[-4000:]}")
    return seconds, most


def megabytes(process: psutil.Process) -> float:
    """Of one process, what it shares with n others counted at an n-th (PSS)."""
    with suppress(psutil.NoSuchProcess):
        share: int = process.memory_full_info().pss
        return share / 2**20
    return 0.0


def ours(photos: Path, folder: Path) -> tuple[float, float]:
    site = Installation(folder / "site")
    table = photos / "metadata.csv"
    said = ["--metadata", str(table)] if table.exists() else []
    return timed([sys.executable, "manage.py", "import_images", str(photos), *said], site.env)


def theirs(photos: Path, folder: Path) -> tuple[float, float]:
    return timed([sys.executable, "-m", "tests.benchmarks.ingest", str(photos), str(folder)])


def rows() -> list[dict[str, Any]]:
    """One row: seconds of each for all photographs, and the median ratio of three turns."""
    with TemporaryDirectory() as made:
        photos, turns = photographs(Path(made)), []
        for _ in range(RUNS):
            with TemporaryDirectory() as one, TemporaryDirectory() as other:
                turns.append((ours(photos, Path(one)), theirs(photos, Path(other))))
        count = sum(1 for _ in photos.rglob("*.jpg"))
    seconds, memory = ([median(turn[side][what] for turn in turns) for side in (0, 1)] for what in (0, 1))
    origin = "" if photos == PHOTOS else "made by the benchmark; "
    return [
        {
            "name": f"ingest, {count:,} photographs",
            "ours": seconds[0],
            "other": seconds[1],
            "against": "Pillow, one by one",
            "ratio": median(their[0] / our[0] for our, their in turns),
            "note": (
                f"{origin}ours with hashes, descriptor, originals, rows and search index, synced to disk; "
                f"at most {memory[0]:.0f} MB in all processes against {memory[1]:.0f} MB"
            ),
        }
    ]


if __name__ == "__main__":
    one_by_one(Path(sys.argv[1]), Path(sys.argv[2]))
