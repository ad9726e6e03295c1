"""An epoch of metadata NCF against one of NCF, on the same 1.2 M pairs of 100,000 people, batches of 128.

    python -m tests.benchmarks.metadata_ncf [pairs]

`ncf` is taught with Adam as it is defined, which moves everybody's embeddings in each step; `ncf_lazy` with
one that moves only those of the batch. The trainings of one epoch run in turn, in one process; a first round,
which also compiles, is not counted.
"""

import json
import sys
from dataclasses import replace
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from recommender.engine.neural.metadata import MetadataTable
from recommender.engine.neural.metadata_ncf import MetadataNcf
from recommender.engine.neural.network import Network
from recommender.engine.neural.settings import Adam, TrainingSettings
from recommender.engine.types import Interactions
from recommender.lab.generated import generate
from recommender.lab.models.ncf import Ncf

PAIRS, RUNS = 1_200_000, 3
ONCE = TrainingSettings(epochs=1, batch=128)
NETWORKS: dict[str, Network] = {
    "metadata_ncf": MetadataNcf(training=ONCE, liked_from=0.5),
    "ncf": Ncf(training=ONCE, liked_from=0.5),
    "ncf_lazy": Ncf(training=replace(ONCE, adam=Adam.USED), liked_from=0.5),
}


def seconds(network: Network, ratings: Interactions, table: MetadataTable) -> float:
    """Of a training of one epoch, beginning included."""
    start = perf_counter()
    network.fit(ratings, np.random.default_rng(0), table)
    return perf_counter() - start


def rows(pairs: int = PAIRS, runs: int = RUNS) -> list[dict[str, Any]]:
    """One row an opponent: seconds an epoch of ours and of it, the median ratio of `runs`,
    seconds a million pairs."""
    dataset = generate(0)
    cells = np.sort(np.random.default_rng(1).permutation(len(dataset))[:pairs])
    ratings, table = dataset.interactions(cells), MetadataTable.of(dataset.measures)
    rounds = [{name: seconds(one, ratings, table) for name, one in NETWORKS.items()} for _ in range(1 + runs)]
    taken = rounds[1:]
    ours = median(run["metadata_ncf"] for run in taken)
    found = []
    for name, against in (("ncf", "NCF"), ("ncf_lazy", "NCF, lazy Adam")):
        other = median(run[name] for run in taken)
        found.append(
            {
                "name": f"metadata-ncf epoch, {pairs / 1e6:g} M pairs of 100,000 people",
                "against": against,
                "ours": ours,
                "other": other,
                "ratio": median(run[name] / run["metadata_ncf"] for run in taken),
                "pairs": pairs,
                "seconds_per_million": ours / pairs * 1e6,
                "other_seconds_per_million": other / pairs * 1e6,
                "note": f"a million pairs: {ours / pairs * 1e6:.2f} s against {other / pairs * 1e6:.2f} s",
            }
        )
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(rows(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS), indent=1) + "\n")
