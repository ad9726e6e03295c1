"""Variants of method 1 of paper 001 that were tried to make its error smaller than that of plain filtering.

Only the variant "judged …" uses ratings of the test part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.engine.demographics import AgeGenderWeight, People
from recommender.engine.knn import Centring, UserKnn
from recommender.engine.recency import trimmed
from recommender.engine.similarity import WeightedPearson
from recommender.engine.types import Floats, Interactions, Ints, Scale

Mask = NDArray[np.bool_]
TENTH = 0.1


@dataclass(frozen=True, eq=False)
class Filtering:
    """Weighted Pearson, centred on the mean (001, eq. 1 and 2), with or without groups and item weights."""

    train: Interactions
    people: People
    weights: Floats  # of items, by their date of publication

    def predict(
        self,
        pairs: tuple[Ints, Ints],
        groups: AgeGenderWeight | None = None,
        timed: bool = False,
        kept: Mask | None = None,
        neighbours: int = 40,
    ) -> Floats:
        """(n,): predictions of the pairs, learnt from the ratings where `kept` is true."""
        measure = WeightedPearson(tuple(self.weights if timed else np.ones(len(self.weights))))
        model = UserKnn(measure, neighbours=neighbours, centring=Centring.MEAN, demographics=groups)
        learnt = self.train if kept is None else only_cells(self.train, kept)
        return model.fit(learnt, self.people).predict(*pairs).values


def only_cells(ratings: Interactions, kept: Mask) -> Interactions:
    """The matrix with only these cells."""
    rows, columns = ratings.users[kept], ratings.indices[kept]
    shape = {"n_users": ratings.n_users, "n_items": ratings.n_items}
    return Interactions.from_triples(rows, columns, ratings.values[kept], **shape, scale=ratings.scale)


@dataclass(frozen=True)
class Variant:
    """One variant of method 1, the plain method for comparison, and the mean excess of both predictions."""

    reading: str
    ours: Floats
    plain: Floats
    counted: Mask | None = None  # which of the pairs are evaluated; None means all


def variants(
    filtering: Filtering, pairs: tuple[Ints, Ints], groups: AgeGenderWeight, lowest: Mask
) -> list[Variant]:
    """All variants on one fold; `lowest` marks pairs in the lowest tenth of all ratings of their item."""
    train, everybody = filtering.train, max(filtering.train.n_users // 2, 1)
    low = trimmed(train)

    def method1(kept: Mask = low, neighbours: int = 40) -> Floats:
        return filtering.predict(pairs, groups, True, kept, neighbours)

    plain = filtering.predict(pairs)
    whole = method1()
    shift = float(train.values[low].mean() - train.global_mean)
    old = filtering.weights[train.indices] == 0
    readings: Sequence[tuple[str, Callable[[], Floats]]] = (
        ("as it stands, 40 neighbours", lambda: whole),
        ("less what trim adds to the mean of all ratings", lambda: train.scale.clip(whole - shift)),
        ("trimmed at both ends", lambda: method1(low & trimmed(_mirrored(train)))),
        (
            "films of the lowest tenth by their mean left out, in place of trim",
            lambda: method1(_not_worst(train)),
        ),
        ("films of ten years left out of everything", lambda: method1(low & ~old)),
    )
    found = [Variant(name, answer(), plain) for name, answer in readings]
    for name, k in (
        ("20 neighbours", 20),
        ("80 neighbours", 80),
        ("half of all users as neighbours", everybody),
    ):
        found.append(Variant(name, method1(neighbours=k), filtering.predict(pairs, neighbours=k)))
    return [*found, Variant("judged without each item's lowest tenth, too", whole, plain, ~lowest)]


def lowest_tenth(ratings: Interactions, pairs: tuple[Ints, Ints]) -> Mask:
    """(n,): the pairs that a trim of all `ratings`, including these pairs' own, leaves out."""
    dropped = ratings.users * ratings.n_items + ratings.indices
    return np.isin(pairs[0] * ratings.n_items + pairs[1], dropped[~trimmed(ratings)])


def _mirrored(ratings: Interactions) -> Interactions:
    """The matrix with all ratings mirrored on the scale, so that the best becomes the worst."""
    scale: Scale = ratings.scale
    return Interactions.from_triples(
        ratings.users,
        ratings.indices,
        scale.low + scale.high - ratings.values,
        n_users=ratings.n_users,
        n_items=ratings.n_items,
        scale=scale,
    )


def _not_worst(ratings: Interactions) -> Mask:
    means = ratings.item_means
    worst = np.quantile(means[ratings.item_counts > 0], TENTH)
    return np.asarray(means[ratings.indices] > worst)
