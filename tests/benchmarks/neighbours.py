"""Exact top-50 cosine neighbours of every user, against implicit and sparse_dot_topn, each with two threads.

    python -m tests.benchmarks neighbours

Each gets the ratings as the matrix that it takes and gives the similarities of the 50 nearest; they must
agree to five decimals. implicit and sparse_dot_topn count a user as their own neighbour,
so they are asked for 51.
"""

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from tests.benchmarks.contest import RUNS, Contender, Ratings, found_by, one, planted, ratio, run

K, THREADS = 50, 2
SIZES = {  # users, images, ratings, exponent of the images' popularity
    "50,000 users, 20,000 images, 2.8 M ratings": (50_000, 20_000, 2_800_000, 1.0),
    "6,040 users, 3,706 images, 765 k ratings": (6_040, 3_706, 765_000, 0.8),
}


def ours(given: Ratings) -> Any:
    from recommender.engine import neighbours
    from recommender.engine.similarity import SimilarityIndex
    from recommender.engine.types import Interactions

    shape = {"n_users": int(given["shape"][0]), "n_items": int(given["shape"][1])}
    ratings = Interactions.from_triples(given["users"], given["items"], given["values"], **shape)
    return lambda: neighbours.top_neighbours(SimilarityIndex(ratings), K).similarities


def implicit(given: Ratings) -> Any:
    from implicit.nearest_neighbours import CosineRecommender
    from scipy import sparse

    shape = (int(given["shape"][1]), int(given["shape"][0]))
    by_item = sparse.csr_matrix((given["values"], (given["items"], given["users"])), shape=shape)

    def work() -> Any:
        model = CosineRecommender(K=K + 1, num_threads=THREADS)
        model.fit(by_item, show_progress=False)
        return _without_self(model.similarity)

    return work


def sparse_dot_topn(given: Ratings) -> Any:
    from scipy import sparse
    from sparse_dot_topn import sp_matmul_topn

    ratings = sparse.csr_matrix(
        (given["values"], (given["users"], given["items"])), shape=tuple(given["shape"])
    )

    def work() -> Any:
        norms = np.sqrt(np.asarray(ratings.multiply(ratings).sum(axis=1)).ravel())
        unit = sparse.csr_matrix(ratings.multiply(1 / np.maximum(norms, 1e-12)[:, None]))
        turned = sparse.csr_matrix(unit.T)
        return _without_self(sp_matmul_topn(unit, turned, top_n=K + 1, n_threads=THREADS, sort=True))

    return work


def _without_self(similarities: Any) -> Any:
    """(n, K) similarities to others, nearest first, from a sparse matrix that holds everybody's own 1 too."""
    table = similarities.tocoo()
    others = table.row != table.col
    rows, values = table.row[others], table.data[others]
    order = np.lexsort((-values, rows))
    rows, values = rows[order], values[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    found = np.zeros((similarities.shape[0], K))
    found[rows[place < K], place[place < K]] = values[place < K]
    return found


CONTENDERS: dict[str, Contender] = {"ours": ours, "implicit": implicit, "sparse_dot_topn": sparse_dot_topn}


def a_day_later() -> list[dict[str, Any]]:
    """A row for each size: 2 % of the users changed a tenth of their ratings; from yesterday,
    or from scratch."""
    from recommender.engine.neighbours import top_neighbours, updated
    from recommender.engine.similarity import SimilarityIndex
    from recommender.engine.types import Interactions

    found = []
    for name, size in SIZES.items():
        given, rng = planted(*size), np.random.default_rng(2)
        shape = {"n_users": size[0], "n_items": size[1]}
        changed = rng.random(size[0]) < 0.02
        moved = changed[given["users"]] & (rng.random(size[2]) < 0.1)
        later = np.where(moved, rng.integers(1, 6, size[2]), given["values"])
        days = [
            Interactions.from_triples(given["users"], given["items"], v, **shape)
            for v in (given["values"], later)
        ]
        before, index = (SimilarityIndex(day) for day in days)
        previous, same = top_neighbours(before, K + K // 10), np.arange(size[0])
        ways = (
            partial(updated, index, previous, same, changed, K),
            partial(top_neighbours, index, K + K // 10),
        )
        ways[0]()  # compiles
        turns = [tuple(_seconds(way) for way in ways) for _ in range(RUNS)]
        ours, other = (median(turn[side] for turn in turns) for side in (0, 1))
        rate = median(scratch / taken for taken, scratch in turns)
        found.append(
            {
                "name": f"neighbours a day later, {name}",
                "ours": ours,
                "other": other,
                "against": "from scratch",
                "ratio": rate,
                "note": "2 % of the users changed a tenth of their ratings",
            }
        )
    return found


def _seconds(work: Callable[[], Any]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def rows() -> list[dict[str, Any]]:
    """A row for each size and opponent."""
    found = []
    for name, size in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "ratings.npz"
            np.savez(data, **planted(*size))
            taken = run("tests.benchmarks.neighbours", data, tuple(CONTENDERS))
            alike = {other: _alike(found_by("ours", data), found_by(other, data)) for other in CONTENDERS}
        for other in ("implicit", "sparse_dot_topn"):
            memory = (
                f"{taken['ours']['megabytes']:.0f} MB more memory against {taken[other]['megabytes']:.0f} MB"
            )
            found.append(
                {
                    "name": f"neighbours, {name}",
                    "ours": taken["ours"]["median"],
                    "other": taken[other]["median"],
                    "against": other,
                    "ratio": ratio(taken, other),
                    "taken": taken,
                    "alike": alike[other],
                    "note": f"{memory}; {alike[other]:.4%} of the similarities agree; our start-up, apart, "
                    f"{taken['ours']['start_up']:.1f} s",
                }
            )
    return found + a_day_later()


def _alike(ours: Any, theirs: Any) -> float:
    """The share of the places where the similarities agree to five decimals: rows may differ in ties."""
    return float((np.abs(ours - theirs) < 1e-5).mean())


if __name__ == "__main__":
    sys.exit(one(CONTENDERS, planted(60, 40, 600)))
