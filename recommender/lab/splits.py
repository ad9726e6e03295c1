"""Splits into training and test part: by folds, at random, by time; positions of ratings, never copies."""

import numpy as np

from recommender.engine.types import Ints

from .datasets import Dataset, Fold
from .errors import DataError


def kfold(dataset: Dataset, folds: int, rng: np.random.Generator) -> tuple[Fold, ...]:
    """Random folds; each rating is in the test part of exactly one fold."""
    if not 2 <= folds <= len(dataset):
        raise DataError(f"{len(dataset)} ratings cannot be cut into {folds} folds.")
    part = rng.permutation(np.arange(len(dataset)) % folds)
    return tuple(
        Fold(f"fold {number + 1} of {folds}", np.flatnonzero(part != number), np.flatnonzero(part == number))
        for number in range(folds)
    )


def given_or_kfold(dataset: Dataset, folds: int, rng: np.random.Generator) -> tuple[Fold, ...]:
    """The folds that belong to the data, or this number of random folds."""
    return dataset.folds or kfold(dataset, folds, rng)


def holdout(dataset: Dataset, share: float, rng: np.random.Generator) -> Fold:
    """A random share of all ratings is the test part."""
    order = rng.permutation(len(dataset))
    test = max(1, round(len(dataset) * share))
    return Fold(f"{share:.0%} by chance", np.sort(order[test:]), np.sort(order[:test]))


def temporal(dataset: Dataset, share: float) -> Fold:
    """The newest `share` of all ratings is the test part, with all ratings of the second of the cut."""
    times = dataset.clock()
    cut = np.sort(times)[min(int(len(times) * (1 - share)), len(times) - 1)]
    if not (times < cut).any():
        raise DataError(
            f"The ratings of {dataset.name} have one and the same time; they cannot be cut by time."
        )
    return Fold(f"the newest {share:.0%}", np.flatnonzero(times < cut), np.flatnonzero(times >= cut))


def leave_last(dataset: Dataset) -> Fold:
    """The newest rating of every user with at least two is the test part."""
    rows = [cells for cells in by_user_time(dataset) if len(cells) > 1]
    test = np.sort(np.array([cells[-1] for cells in rows], dtype=np.int64))
    return Fold("each user's last", np.setdiff1d(np.arange(len(dataset)), test), test)


def leave_last_liked(dataset: Dataset, threshold: float) -> Fold:
    """Every user's newest rating >= threshold is the test part; later ratings are in neither part."""
    test, train = [], []
    for cells in by_user_time(dataset):
        liked = np.flatnonzero(dataset.values[cells] >= threshold)
        last = int(liked[-1]) if len(liked) and liked[-1] > 0 else len(cells)
        train.append(cells[:last])
        test.append(cells[last : last + 1])
    return Fold("each user's last liked", np.sort(np.concatenate(train)), np.sort(np.concatenate(test)))


def by_user_time(dataset: Dataset) -> list[Ints]:
    """The positions of each user's ratings, oldest first; within one second in the order of items."""
    order = np.lexsort((dataset.items, dataset.clock(), dataset.users))
    ends = np.cumsum(np.bincount(dataset.users, minlength=dataset.n_users))
    return np.split(order, ends[:-1])
