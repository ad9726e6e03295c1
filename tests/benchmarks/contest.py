"""Two ways of doing one thing, in turn, each in a process of its own,
so that time and memory are each one's alone."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

RUNS = 3
Ratings = dict[str, NDArray[Any]]  # users, items, values, shape
# takes the ratings as it likes them; what comes back is timed
Contender = Callable[[Ratings], Callable[[], Any]]


def planted(n_users: int, n_items: int, count: int, popularity: float = 1.0, seed: int = 1) -> Ratings:
    """Ratings 1-5 of `count` cells: items by Zipf's law with this exponent, users log-normal."""
    rng = np.random.default_rng(seed)
    active, often = rng.lognormal(size=n_users), 1 / np.arange(1, n_items + 1) ** popularity
    cells = np.zeros(0, dtype=np.int64)
    while len(cells) < count:
        users = rng.choice(n_users, count, p=active / active.sum())
        items = rng.choice(n_items, count, p=often / often.sum())
        cells = np.unique(np.concatenate([cells, users * n_items + items]))
    cells = np.sort(rng.permutation(cells)[:count])
    values = rng.integers(1, 6, count).astype(float)
    return {
        "users": cells // n_items,
        "items": cells % n_items,
        "values": values,
        "shape": np.array([n_users, n_items]),
    }


def run(module: str, data: Path, names: tuple[str, ...], runs: int = RUNS) -> dict[str, dict[str, Any]]:
    """Each contender's median seconds and megabytes over `runs` turns, and the file of what it found."""
    taken: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(runs):
        for name in names:
            command = [sys.executable, "-m", module, "--one", name, str(data)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            taken[name].append(json.loads(done.stdout.splitlines()[-1]))
    return {
        name: {
            "seconds": [turn["seconds"] for turn in turns],
            "median": median(turn["seconds"] for turn in turns),
            "megabytes": median(turn["megabytes"] for turn in turns),
            "start_up": turns[-1]["start_up"],
        }
        for name, turns in taken.items()
    }


def ratio(taken: dict[str, dict[str, Any]], other: str) -> float:
    """The median over the turns of how many times faster ours was."""
    turns = zip(taken["ours"]["seconds"], taken[other]["seconds"], strict=True)
    return median(theirs / ours for ours, theirs in turns)


def found_by(name: str, data: Path) -> NDArray[Any]:
    """What a contender found."""
    found: NDArray[Any] = np.load(data.with_suffix(f".{name}.npy"))
    return found


def _kilobytes(what: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(what)).split()[1])


def one(contenders: dict[str, Contender], small: Ratings) -> None:
    """The process of one turn: warms up on a few ratings,
    then times the work and says how much memory it added."""
    name, data = sys.argv[2], Path(sys.argv[3])
    start = perf_counter()
    contenders[name](small)()
    start_up = perf_counter() - start
    work = contenders[name](dict(np.load(data)))
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is that of reading the ratings
    before = _kilobytes("VmRSS")
    start = perf_counter()
    found = work()
    seconds = perf_counter() - start
    added = (_kilobytes("VmHWM") - before) / 1024
    np.save(data.with_suffix(f".{name}.npy"), found)
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": added, "start_up": start_up}) + "\n")
