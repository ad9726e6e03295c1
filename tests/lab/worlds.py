"""Small data sets: as files that the readers know, and as arrays whose right answers are known."""

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np

from recommender.engine.types import Ints, Scale
from recommender.lab.datasets import Dataset

DAY = 86_400.0


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """The folder of a file with this text; .gz is compressed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = text.encode(encoding)
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path.parent


def tastes(n_users: int = 40, n_items: int = 30, seed: int = 0) -> Dataset:
    """Two halves of users with opposite tastes in two genres; half of all cells rated,
    a second of its own each."""
    rng = np.random.default_rng(seed)
    users, items = np.divmod(rng.permutation(n_users * n_items)[: n_users * n_items // 2], n_items)
    likes = (users % 2) == (items % 2)
    values = np.where(likes, rng.integers(4, 6, len(users)), rng.integers(1, 3, len(users))).astype(float)
    return dataset(users, items, values, n_users, n_items)


def dataset(users: Ints, items: Ints, values: object, n_users: int, n_items: int) -> Dataset:
    """Ratings in the order of time, a day apart; even items are of one genre, odd ones of the other."""
    even = np.arange(n_items) % 2
    return Dataset(
        name="generated",
        scale=Scale(1, 5),
        users=np.asarray(users, dtype=np.int64),
        items=np.asarray(items, dtype=np.int64),
        values=np.asarray(values, dtype=np.float64),
        n_users=n_users,
        n_items=n_items,
        times=np.arange(len(users)) * DAY,
        titles=[f"{'sea' if side else 'mountain'} {n}" for n, side in enumerate(even)],
        genres=np.stack([even == 0, even == 1], axis=1).astype(float),
        genre_names=["mountain", "sea"],
    )


def shuffled(whole: Dataset, seed: int = 0) -> Dataset:
    """The same cells with their ratings dealt anew: nothing is left to learn."""
    return replace(whole, values=np.random.default_rng(seed).permutation(whole.values))


def ml_100k(folder: Path) -> Path:
    """Four ratings in GroupLens' old format, with everything around them and one fold."""
    rows = ["1\t10\t5\t880000000", "1\t20\t3\t880000001", "2\t10\t4\t880000002", "2\t20\t1\t880000003"]
    write(folder / "u.data", "\n".join(rows) + "\n")
    write(folder / "u1.base", "\n".join(rows[:3]) + "\n")
    write(folder / "u1.test", rows[3] + "\n")
    flags = "|".join(["0"] * 18)
    write(
        folder / "u.item",
        f"10|Caf\xe9 (1995)|01-Jan-1995||http|1|{flags}\n20|unknown||||0|{flags}\n",
        "latin-1",
    )
    write(folder / "u.genre", "\n".join(f"g{n}|{n}" for n in range(19)) + "\n\n")
    return write(folder / "u.user", "1|24|M|technician|85711\n2|53|F|other|94043\n")
