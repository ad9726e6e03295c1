"""Scores of every image and the top 500 for every user of 6,040 x 3,706 x 765 k,
against Surprise's KNNWithMeans.

    python -m tests.benchmarks recommend-all

Both predict by the 40 most similar users who rated the image, cosine, mean-centred. Surprise works out its
similarities once (that is its fit) and is then timed over the first users only: a pass over everybody would
take most of an hour; its time is that of the fit plus that of a user times all users.
"""

import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from tests.benchmarks.contest import Contender, Ratings, found_by, one, planted, run

SIZE = (6_040, 3_706, 765_000)
TOP, K = 500, 40
SAMPLE = 30  # users that Surprise is timed over


def ours(given: Ratings) -> Any:
    from recommender.engine.knn import Centring, UserKnn
    from recommender.engine.types import Interactions

    shape = {"n_users": int(given["shape"][0]), "n_items": int(given["shape"][1])}
    ratings = Interactions.from_triples(given["users"], given["items"], given["values"], **shape)

    def work() -> Any:
        model = UserKnn(neighbours=K, centring=Centring.MEAN).fit(ratings)
        return model.recommend(np.arange(ratings.n_users), TOP)[0]

    return work


def surprise(given: Ratings) -> Any:
    """Seconds of the fit and seconds of one user."""
    from surprise import Dataset, KNNWithMeans, Reader

    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        np.savetxt(file, np.column_stack([given["users"], given["items"], given["values"]]), fmt="%d")
        file.flush()
        reader = Reader(line_format="user item rating", sep=" ", rating_scale=(1, 5))
        train = Dataset.load_from_file(file.name, reader).build_full_trainset()

    def work() -> Any:
        start = perf_counter()
        model = KNNWithMeans(k=K, sim_options={"name": "cosine"}, verbose=False).fit(train)
        fitted = perf_counter() - start
        start = perf_counter()
        for user in range(SAMPLE):
            rated = {item for item, _ in train.ur[user]}
            scores = [(model.estimate(user, item), item) for item in train.all_items() if item not in rated]
            sorted(((found[0], item) for found, item in scores), reverse=True)[:TOP]
        return np.array([fitted, (perf_counter() - start) / SAMPLE])

    return work


CONTENDERS: dict[str, Contender] = {"ours": ours, "surprise": surprise}


def rows() -> list[dict[str, Any]]:
    """One row."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "ratings.npz"
        np.savez(data, **planted(*SIZE, popularity=0.8))
        taken = run("tests.benchmarks.recommend_all", data, tuple(CONTENDERS))
        fitted, each = found_by("surprise", data).tolist()
    other = fitted + each * SIZE[0]
    mine = taken["ours"]
    return [
        {
            "name": "recommend-all, 6,040 users, 3,706 images, 765 k ratings",
            "ours": mine["median"],
            "other": other,
            "against": "Surprise",
            "ratio": other / mine["median"],
            "taken": taken,
            "note": (
                f"{mine['megabytes']:.0f} MB more memory against {taken['surprise']['megabytes']:.0f} MB; "
                f"Surprise timed over {SAMPLE} users: {fitted:.1f} s to fit, {each:.3f} s a user"
            ),
        }
    ]


if __name__ == "__main__":
    sys.exit(one(CONTENDERS, planted(60, 40, 600)))
