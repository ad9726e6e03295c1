"""One person's slate of the night at 240,000 images, in processor time of one thread: a user with 50
ratings and 30 views who wishes nothing, against the same with everything looked up and sorted, as for
a user who wishes for much.

    python -m tests.benchmarks slate

The two take turns in a process of their own; that they make the same slate is checked.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from statistics import median
from time import process_time
from typing import Any
from unittest.mock import patch

import numpy as np

N_ITEMS, N_USERS, EACH, VIEWS, DIMENSIONS, GENRES = 240_000, 2_000, 50, 30, 64, 12
RUNS = 15


def world() -> tuple[Any, Any, Any]:
    """(model, person, weights): ratings of 2,000 people as the other benchmarks plant them."""
    from recommender.data.artifacts import Content, RatingsModel
    from recommender.data.snapshot import RatingTriples, ViewCounts
    from recommender.engine.content import Calibration
    from recommender.engine.ids import IdMap
    from recommender.engine.neighbours import top_neighbours
    from recommender.engine.similarity import SimilarityIndex
    from recommender.engine.types import Interactions
    from recommender.services.model import assemble
    from tests.benchmarks.contest import planted

    rng = np.random.default_rng(8)
    features = rng.normal(size=(N_ITEMS, DIMENSIONS)).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    genre_of = rng.integers(0, GENRES, N_ITEMS)
    ids = IdMap.of(np.arange(1, N_ITEMS + 1))
    published = np.zeros(N_ITEMS)
    content = Content(
        ids, features, np.arange(1, GENRES + 1), np.eye(GENRES)[genre_of], genre_of + 1, published
    )
    given = planted(N_USERS, N_ITEMS, EACH * N_USERS)
    cells = given["users"], given["items"]
    interactions = Interactions.from_triples(*cells, given["values"], n_users=N_USERS, n_items=N_ITEMS)
    calibration = Calibration(np.array([0.0, 1.0]), np.array([0.0, 0.5])).to_arrays()
    neighbours = top_neighbours(SimilarityIndex(interactions), 550).to_arrays()
    people = IdMap.of(np.arange(1, N_USERS + 1))
    kept = {"content": calibration, "neighbours": neighbours}
    ratings = RatingsModel(people, ids.ids, interactions, np.ones(N_ITEMS), None, kept)
    model = assemble(content, ratings, datetime(2026, 6, 1, tzinfo=UTC))
    own = given["users"] == 0
    rated = RatingTriples(
        given["users"][own] + 1, given["items"][own] + 1, given["values"][own].astype(float)
    )
    seen = np.sort(rng.choice(N_ITEMS, VIEWS, replace=False)) + 1
    views = ViewCounts(np.ones(VIEWS, dtype=np.int64), seen, *rng.integers(0, 3, (2, VIEWS)))
    return model, (1, rated, views), (0.5, 0.5)


def one() -> dict[str, Any]:
    """Seconds of processor of each side's slate, and whether both are the same."""
    from recommender.data.steering import Wishes
    from recommender.engine.rank import apply_steering
    from recommender.services import model as services

    model, who, weights = world()

    class AllLookedUp(Wishes):
        def steer(self, scores: Any, images: Any, hidden: Any, content: Any, unit: Any = (1.0, 1.0)) -> Any:
            genres, away = content.genres_of(images), content.features_of(hidden)
            found = apply_steering(scores, content.features_of(images), away, np.isin(genres, []))
            found[np.isin(genres, [])] = -np.inf
            return found

    def taken(wishes: Wishes) -> tuple[float, Any]:
        start = process_time()
        made = model.slate(model.user_signals(*who, unchanged=True), weights, wishes)
        return process_time() - start, made

    def all_sorted(scores: Any, n: int) -> Any:
        return np.argsort(-scores, kind="stable")[:n]

    ours, other, same = [], [], True
    for _ in range(RUNS):
        seconds, made = taken(Wishes())
        ours.append(seconds)
        with patch.object(services, "highest", all_sorted):
            seconds, long_way = taken(AllLookedUp())
        other.append(seconds)
        same &= made.pack() == long_way.pack()
    return {"ours": median(ours), "other": median(other), "same": same}


def rows() -> list[dict[str, Any]]:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "tests.benchmarks.slate"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | threads)
    taken = json.loads(done.stdout)
    if not taken["same"]:
        raise AssertionError("The two slates differ.")
    return [
        {
            "name": f"slate of one person who wishes nothing, {N_ITEMS:,} images",
            "ours": taken["ours"],
            "other": taken["other"],
            "against": "everything looked up and sorted",
            "ratio": taken["other"] / taken["ours"],
            "note": f"processor time; {EACH} ratings, {VIEWS} views",
        }
    ]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)  # no user has demographics, which the model reads
    sys.stdout.write(json.dumps(one()) + "\n")
