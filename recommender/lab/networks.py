"""Shared code of the network protocols: metadata, timed training, and metrics of yes-or-no predictions."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.engine.neural.metadata import MetadataTable
from recommender.engine.neural.network import FittedNetwork, Network
from recommender.engine.neural.settings import Adam, Epoch
from recommender.engine.types import Floats, Interactions

from .datasets import Dataset
from .errors import DataError

PRECISE = 0.85  # the precision at which recalls are compared
TIMED_SHARE = 0.05  # of the pairs, in an epoch of the original Adam
FLOOR = 1e-6  # the lowest probability in a cross-entropy
Watch = Callable[[FittedNetwork], dict[str, float]]


def metadata_of(dataset: Dataset) -> MetadataTable:
    """The users' measures, or their ages, genders and occupations; raises DataError without either."""
    if dataset.measures.size:
        return MetadataTable.of(dataset.measures)
    people = dataset.people
    if people is None:
        raise DataError(
            f"The data set {dataset.name} knows nothing about its users, which this protocol needs."
        )
    said = [people.genders] + ([] if people.occupations is None else [people.occupations])
    return MetadataTable.of(people.ages[:, None], np.column_stack(said))


def has_metadata(dataset: Dataset) -> bool:
    """Whether the data has metadata for `metadata_of`."""
    return bool(dataset.measures.size) or dataset.people is not None


def liked_of(dataset: Dataset) -> Floats:
    """(n,): 1 for ratings from three quarters of the scale on (4 of 5), else 0."""
    return (dataset.values >= dataset.scale.low + 0.75 * dataset.scale.span).astype(np.float64)


@dataclass
class TrainingLog:
    """The epochs of one training with their seconds, without the time of `watch`."""

    clock: Callable[[], float]
    watch: Watch | None = None
    epochs: list[dict[str, Any]] = field(default_factory=list)
    since: float = 0.0

    def __call__(self, epoch: Epoch, reached: FittedNetwork) -> None:
        seconds = self.clock() - self.since
        seen = self.watch(reached) if self.watch else {}
        row = {"epoch": epoch.number, "loss": epoch.loss, "held_out": epoch.held_out, "seconds": seconds}
        self.epochs.append(row | seen)
        self.since = self.clock()

    @property
    def seconds_per_epoch(self) -> float:
        """The median time of an epoch, without the first epoch, which includes compilation."""
        return float(np.median([row["seconds"] for row in self.epochs[1:] or self.epochs]))


def train_timed(
    network: Network,
    ratings: Interactions,
    table: MetadataTable | None,
    rng: np.random.Generator,
    clock: Callable[[], float],
    watch: Watch | None = None,
) -> tuple[FittedNetwork, TrainingLog]:
    """The fitted network and the log of its epochs."""
    log = TrainingLog(clock, watch, since=clock())
    return network.fit(ratings, rng, table, log), log


def seconds_of_original_epoch(
    network: Network, ratings: Interactions, rng: np.random.Generator, clock: Callable[[], float]
) -> float:
    """Seconds of an epoch with the original Adam, from a second epoch on TIMED_SHARE of the pairs."""
    some = rng.random(len(ratings.values)) < TIMED_SHARE
    few = Interactions.from_triples(
        ratings.users[some],
        ratings.indices[some],
        ratings.values[some],
        n_users=ratings.n_users,
        n_items=ratings.n_items,
        scale=ratings.scale,
    )
    training = replace(network.training, epochs=2, held_out=0.0, adam=Adam.ALL)
    _, log = train_timed(replace(network, training=training), few, None, rng, clock)
    return log.seconds_per_epoch * len(ratings.values) / len(few.values)


def yes_no(chance: Floats, liked: NDArray[np.bool_]) -> dict[str, float]:
    """Loss, precision, recall and accuracy with yes from 0.5 on; the recall at PRECISE (000, eq. 4-6)."""
    yes = chance >= 0.5
    hits = int(np.count_nonzero(yes & liked))
    return {
        "loss": float(cross_entropy(chance, liked).mean()),
        "precision": hits / yes.sum() if yes.any() else np.nan,
        "recall": hits / liked.sum() if liked.any() else np.nan,
        "recall_at_85": recall_at(chance, liked, PRECISE),
        "accuracy": float((yes == liked).mean()),
    }


def cross_entropy(chance: Floats, liked: NDArray[np.bool_]) -> Floats:
    """(n,): -log of the probability that was predicted for the true answer."""
    right: Floats = np.clip(np.where(liked, chance, 1.0 - chance), FLOOR, 1.0)
    return -np.log(right)


def recall_at(chance: Floats, liked: NDArray[np.bool_], precision: float) -> float:
    """The highest recall of all thresholds with at least this precision; 0 without one."""
    order = np.argsort(-chance, kind="stable")
    hits = np.cumsum(liked[order])
    last = np.append(np.diff(chance[order]) != 0, True)  # a threshold cannot separate equal values
    good = last & (hits >= precision * np.arange(1, len(order) + 1))
    return float(hits[good].max() / hits[-1]) if good.any() and hits[-1] else 0.0
