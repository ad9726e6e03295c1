"""The neighbours source: user-based collaborative filtering (paper 003), with cosine similarity unless a
setting names another one, and factors of all ratings beside it (`factors.py`).

The compiled kernels are imported inside the functions that use them. Web processes need only the texts of
this file, not the 200 MB of the kernels.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from numpy.typing import NDArray

from gallery.models.disclosure import may_disclose
from recommender.data.artifacts import Content, RatingsModel
from recommender.data.demographics import people_of
from recommender.data.slates import Prediction
from recommender.engine.artifact import Arrays
from recommender.engine.demographics import AgeGenderWeight, Groups
from recommender.engine.types import Floats, Interactions, Neighbours
from recommender.sources import factors, standing
from recommender.sources.base import Evidence, ImageContext, Known, PartText, Source, Text, UserSignals
from recommender.sources.standing import STANDING

if TYPE_CHECKING:
    from recommender.engine.fold_in import ItemFactors
    from recommender.engine.knn import FittedUserKnn, UserKnn
    from recommender.engine.similarity import Similarity

TOO_FEW = gettext_lazy(
    "People with your taste count most here; too few of them have rated it to tell what they gave."
)


@dataclass(frozen=True)
class LoadedNeighbours:
    """The neighbourhood model of a version. `found` are the neighbours of all users from the night, None if
    the night did not search for them. `factors` is None if the night had too few users for them."""

    knn: "FittedUserKnn"
    images: NDArray[np.int64]
    interactions: Interactions
    found: Neighbours | None
    factors: "ItemFactors | None"


class NeighboursSource(Source):
    name = "neighbours"
    label = gettext_lazy("People with your taste")
    short = gettext_lazy("collaborative")
    tone = "first"
    parts = {
        STANDING: standing.TEXT,
        "factors": PartText(
            gettext_lazy("What your ratings have in common with others"),
            "first",
            gettext_lazy("People whose ratings are like yours tend to like it."),
            gettext_lazy("People whose ratings are like yours tend to like it less than other pictures."),
        ),
        "neighbours": PartText(label, "first", TOO_FEW, TOO_FEW),
    }

    def fit(self, night: Evidence) -> Arrays:
        """The exact neighbours of all users. Each list is a tenth longer than the reach, so that later nights
        can lose some. If the previous night has neighbours under the same settings, they are updated instead
        of searched again."""
        from recommender.engine.neighbours import top_neighbours, updated
        from recommender.engine.similarity import SimilarityIndex

        common = factors.fit(night)
        if night.replay:
            return common
        ratings, before = night.ratings, night.before
        reach = settings.RECOMMENDER["reach"]
        index = SimilarityIndex(ratings.interactions, measure(ratings.item_weights), _setting("significance"))
        stored = before.sources.get(self.name, {}) if before is not None else {}
        if before is not None and "settings" in stored and stored["settings"].item() == _settings():
            row_before = before.users.find(ratings.users.ids)
            changed = _changed(ratings, before, row_before)
            found = updated(index, Neighbours.from_arrays(stored), row_before, changed, reach)
        else:
            found = top_neighbours(index, reach + reach // 10)
        return found.to_arrays() | {"settings": np.array(_settings())} | common

    def load(self, content: Content, ratings: RatingsModel, known: Known) -> LoadedNeighbours:
        """The model with the current demographics of all users, if their ages count."""
        weight = _age_weight()
        people = None
        if weight is not None:
            answers = known()
            people = people_of([answers.get(user) for user in ratings.users.ids.tolist()])
        stored = ratings.sources.get(self.name, {})
        found = Neighbours.from_arrays(stored) if "rows" in stored else None
        knn = _model(ratings.item_weights, weight).fit(ratings.interactions, people)
        return LoadedNeighbours(knn, ratings.images, ratings.interactions, found, factors.load(stored))

    def predict(self, loaded: LoadedNeighbours, user: UserSignals) -> Prediction | None:
        """The factors and the neighbours, by how much the user rated. None for a user without similar users
        if the site has too few users for factors: a prediction to which no other user contributes is not one.
        The agents would learn to trust it, and the feed would lose its order (decision 0033)."""
        nearest = self._nearest(loaded, user)
        own = user.signals
        row = loaded.interactions.person(own.rated, own.ratings)
        found = loaded.knn.predict_from(nearest, row)[0]
        without = loaded.knn.without_neighbours(row)[0]
        values, parts, details_at = found.values, {STANDING: without - user.base}, None
        if loaded.factors is not None and len(own.rated):
            folded = factors.predict(loaded.factors, loaded.images, own)
            share = folded.user.share
            parts["factors"] = share * (folded.expected - without)
            values = (1.0 - share) * values + share * folded.expected
            details_at = folded.details_at
        elif not found.neighbours.any():
            return None
        details = {
            "neighbours": found.neighbours.astype("<u2"),
            "neighbour_mean": found.neighbours_mean.astype("<f4"),  # NaN where no neighbour rated the image
        } | standing.details_of(loaded.interactions)
        return Prediction(values, parts, details, {"people": int(nearest.counts[0])}, details_at)

    def _nearest(self, loaded: LoadedNeighbours, user: UserSignals) -> Neighbours:
        """The nearest users within reach. If the ratings are unchanged and age and gender do not count, those
        of the night."""
        knn, own = loaded.knn, user.signals
        demographics = None if knn.settings.demographics is None else people_of([user.demographics])
        ageless = demographics is None or bool(np.isnan(demographics.ages[0]))
        if user.unchanged and ageless and user.row is not None and loaded.found is not None:
            found, reach = loaded.found.take(np.array([user.row])), knn.settings.reach
            return Neighbours(found.rows[:, :reach], found.similarities[:, :reach])
        return knn.nearest_to(own.rated, own.ratings, user.row, demographics)

    def reason(self, part: str, details: Mapping[str, float]) -> int:
        return int(details.get("reason", 0)) if part == "factors" else 0

    def fact(self, part: str, value: float, details: Mapping[str, float], context: ImageContext) -> str:
        if part == STANDING:
            return standing.fact(details)
        people = int(details["neighbours"])
        if part != "neighbours" or not may_disclose(people) or np.isnan(details["neighbour_mean"]):
            return ""
        sentence = ngettext(
            "%(n)s of your nearest neighbours gave it %(mean)s.",
            "%(n)s of your nearest neighbours gave it %(mean)s.",
            people,
        )
        return sentence % {"n": people, "mean": floatformat(details["neighbour_mean"], 1)}

    def figures(self, prediction: Prediction | None) -> Sequence[tuple[Text, str]]:
        people = int(prediction.figures["people"]) if prediction is not None else 0
        shown = str(people) if may_disclose(people) else _("fewer than 3")
        return [(gettext_lazy("Neighbours with your taste"), shown)]


NEIGHBOURS = NeighboursSource()


def _setting(name: str) -> Any:
    return settings.RECOMMENDER[name]


def _settings() -> str:
    """The settings on which neighbours depend. Neighbours of a night under other settings cannot be used."""
    return json.dumps([_setting(name) for name in ("similarity", "significance", "reach")])


def _age_weight() -> AgeGenderWeight | None:
    """How the age of a neighbour counts; None if it does not."""
    groups = _setting("age_groups")
    return None if groups == "off" else AgeGenderWeight(Groups(groups))


def measure(item_weights: Floats) -> "Similarity":
    """The similarity of the settings. `item_weights` are the time weights of the images; only
    weighted_pearson uses them."""
    from recommender.engine.registry import make_similarity
    from recommender.engine.similarity import WeightedPearson

    name = _setting("similarity")
    return (
        WeightedPearson(tuple(item_weights.tolist())) if name == "weighted_pearson" else make_similarity(name)
    )


def _model(item_weights: Floats, age_weight: AgeGenderWeight | None) -> "UserKnn":
    from recommender.engine.knn import Centring, UserKnn

    return UserKnn(
        measure(item_weights),
        _setting("significance"),
        _setting("neighbours"),
        Centring(_setting("centring")),
        age_weight,
        _setting("reach"),
        _setting("shrinkage"),
    )


def compile_kernels() -> None:
    """Loads the compiled kernels, or compiles them if there are none, so that the first rating need not
    wait."""
    few = Interactions.from_triples([0, 0, 1], [0, 1, 0], [5, 1, 4], n_users=2, n_items=2)
    _model(np.ones(2), None).fit(few).predict_user([0, 1], [5, 1])


def _changed(ratings: RatingsModel, before: RatingsModel, row_before: NDArray[Any]) -> NDArray[np.bool_]:
    """(people,): True for users whose ratings differ from those of that night. Columns are compared by image
    id."""
    now, then = ratings.interactions, before.interactions
    known = np.flatnonzero(row_before >= 0)
    same_number = known[now.user_counts[known] == then.user_counts[row_before[known]]]
    ours, theirs = now.take(same_number), then.take(row_before[same_number])
    differs = ratings.images[ours.indices] != before.images[theirs.indices]
    differs |= ours.values != theirs.values
    if not np.array_equal(ratings.item_weights, np.ones(now.n_items)):
        differs |= ratings.item_weights[ours.indices] != before.item_weights[theirs.indices]
    changed = np.ones(now.n_users, dtype=bool)
    changed[same_number] = np.bincount(ours.users[differs], minlength=len(same_number)) > 0
    return changed
