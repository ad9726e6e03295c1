"""The collaborative side as the settings have it, the same for the night and after a rating."""

from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings

from recommender.data.about import people_of
from recommender.data.artifacts import RatingsModel
from recommender.engine.demographics import AgeGenderWeight, Groups, People
from recommender.engine.ids import IdMap
from recommender.engine.knn import Centring, FittedUserKnn, UserKnn
from recommender.engine.neighbours import top_neighbours, updated
from recommender.engine.registry import make_measure
from recommender.engine.similarity import Measure, SimilarityIndex, WeightedPearson
from recommender.engine.types import Floats, Interactions, Neighbours


def named() -> dict[str, Any]:
    """The settings that neighbours depend on: those of a night under others are of no use."""
    return {name: settings.RECOMMENDER[name] for name in ("similarity", "significance", "reach")}


def fit(ratings: RatingsModel, now: datetime) -> FittedUserKnn:
    """What people said about themselves counts as it stands now."""
    chosen, weight = settings.RECOMMENDER, demographics()
    model = UserKnn(
        measure(ratings.item_weights),
        chosen["significance"],
        chosen["neighbours"],
        Centring(chosen["centring"]),
        weight,
        chosen["reach"],
        chosen["shrinkage"],
    )
    return model.fit(ratings.interactions, people_of(ratings.users.ids.tolist(), now) if weight else None)


def demographics() -> AgeGenderWeight | None:
    """How a neighbour's age counts; None where it does not."""
    groups = settings.RECOMMENDER["age_groups"]
    return None if groups == "off" else AgeGenderWeight(Groups(groups))


def told_by(user_id: int, now: datetime) -> People | None:
    """What one person says now, for neighbours weighed by age; None where they are not."""
    return None if demographics() is None else people_of([user_id], now)


def measure(item_weights: Floats) -> Measure:
    """`item_weights` are the time weights of the images, which weighted_pearson alone looks at."""
    name = settings.RECOMMENDER["similarity"]
    return WeightedPearson(tuple(item_weights.tolist())) if name == "weighted_pearson" else make_measure(name)


def neighbours(ratings: RatingsModel, previous: RatingsModel | None) -> Neighbours:
    """Everybody within reach of everybody, exactly, and a tenth more, which nights may lose; from the night before
    where that has been kept."""
    chosen = settings.RECOMMENDER
    reach = chosen["reach"]
    index = SimilarityIndex(ratings.interactions, measure(ratings.item_weights), chosen["significance"])
    if previous is None or previous.neighbours is None or previous.named != named():
        return top_neighbours(index, reach + reach // 10)
    before = previous.users.find(ratings.users.ids)
    return updated(index, previous.neighbours, before, _changed(ratings, previous, before), reach)


def warm_up(now: datetime) -> None:
    """Loads the compiled kernels, or compiles them where nobody has yet: somebody's first rating need not wait."""
    few = Interactions.from_triples([0, 0, 1], [0, 1, 0], [5, 1, 4], n_users=2, n_items=2)
    images = np.arange(2)
    model = RatingsModel(IdMap.of(images), images, few, np.ones(2), {}, None)
    fit(model, now).predict_user([0, 1], [5, 1])


def _changed(ratings: RatingsModel, previous: RatingsModel, before: Any) -> Any:
    """(people,): whose ratings are not what they were that night; columns are compared as images."""
    now, then = ratings.interactions, previous.interactions
    known = np.flatnonzero(before >= 0)
    same_number = known[now.user_counts[known] == then.user_counts[before[known]]]
    ours, theirs = now.take(same_number), then.take(before[same_number])
    differs = ratings.images[ours.indices] != previous.images[theirs.indices]
    differs |= ours.values != theirs.values
    if not np.array_equal(ratings.item_weights, np.ones(now.n_items)):
        differs |= ratings.item_weights[ours.indices] != previous.item_weights[theirs.indices]
    changed = np.ones(now.n_users, dtype=bool)
    changed[same_number] = np.bincount(ours.users[differs], minlength=len(same_number)) > 0
    return changed
