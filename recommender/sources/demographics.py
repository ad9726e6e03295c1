"""The demographics source: the demographics network (paper 004), for users who gave their demographics.

A job of its own trains the network (`services.demographics_training`). A night calibrates the ranks of its
order in stars.
"""

from functools import lru_cache

import numpy as np
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from recommender.data import artifacts
from recommender.data.artifacts import Content, DemographicsModel, RatingsModel
from recommender.data.demographics import UserDemographics, table_of
from recommender.data.slates import Prediction
from recommender.engine.artifact import Arrays
from recommender.engine.content import Calibration, shrunk_mean
from recommender.engine.ids import IdMap
from recommender.engine.types import Scale
from recommender.sources.base import Evidence, Known, PartText, Source, UserSignals


class LoadedDemographics:
    """The calibration of a rank in stars, None without one. The network is not stored here: it can change
    between two nights, so each prediction asks for the current one."""

    def __init__(self, images: IdMap, scale: Scale, calibration: Calibration | None) -> None:
        self.images, self.scale, self.calibration = images, scale, calibration


class DemographicsSource(Source):
    name = "demographics"
    label = gettext_lazy("People of your age, gender or region")
    short = gettext_lazy("network")
    tone = "third"
    parts = {
        "demographics": PartText(
            label,
            "third",
            gettext_lazy("People of your age, gender or region like it."),
            gettext_lazy("People of your age, gender or region like it less than other pictures."),
        )
    }

    def fit(self, night: Evidence) -> Arrays:
        """The calibration of a rank in the network's order, fitted on the ratings of users with demographics;
        no arrays without such ratings. A replay uses only a network that was trained before the ratings to
        predict."""
        from recommender.engine.content_fit import fit_calibration  # scikit-learn: not for web processes

        if not night.demographics:
            return {}
        network = artifacts.current_network(before=night.now if night.replay else None)
        if network is None:
            return {}
        ranks, residuals = [np.zeros(0)], [np.zeros(0)]
        rated, global_mean = night.rated, night.ratings.interactions.global_mean
        people, starts = np.unique(rated.users, return_index=True)
        ends = np.append(starts[1:], len(rated.users))
        for user, start, end in zip(people.tolist(), starts.tolist(), ends.tolist(), strict=True):
            if user not in night.demographics:
                continue
            all_ranks = ranks_of(network, night.demographics[user], night.content.ids)
            columns, values = night.content.ids.find(rated.images[start:end]), rated.values[start:end]
            rank = np.where(columns >= 0, all_ranks[columns], np.nan)
            known = ~np.isnan(rank)
            ranks.append(rank[known])
            residuals.append(values[known] - shrunk_mean(values, global_mean))
        pairs = np.concatenate(ranks), np.concatenate(residuals)
        return fit_calibration(*pairs).to_arrays() if len(pairs[0]) else {}

    def load(self, content: Content, ratings: RatingsModel, known: Known) -> LoadedDemographics:
        stored = ratings.sources.get(self.name)
        calibration = Calibration.from_arrays(stored) if stored else None
        return LoadedDemographics(content.ids, ratings.interactions.scale, calibration)

    def predict(self, loaded: LoadedDemographics, user: UserSignals) -> Prediction | None:
        """The user's mean plus the calibrated value of the image's rank; NaN for an image that the network
        does not know."""
        if loaded.calibration is None or user.demographics is None:
            return None
        network = artifacts.current_network()
        if network is None:
            return None
        ranks = ranks_of(network, user.demographics, loaded.images)
        return Prediction(loaded.scale.clip(user.base + loaded.calibration.predict(ranks)))


DEMOGRAPHICS = DemographicsSource()


def log_odds(
    network: DemographicsModel, demographics: UserDemographics, images: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(images,): the log-odds that a user with these demographics likes each image; NaN for an image that the
    network does not know."""
    columns = network.images.find(images)
    odds = network.log_odds(network.network.for_unseen(table_of([demographics])), 0)
    return np.where(columns >= 0, odds[columns], np.nan)


@lru_cache(maxsize=8)  # many users have the same demographics, and a worker asks for the same user again
def ranks_of(
    network: DemographicsModel, demographics: UserDemographics, images: IdMap
) -> NDArray[np.float64]:
    """(images,) in [0, 1]: the rank of each image by log-odds; NaN for an image that the network does not
    know."""
    ranks = to_ranks(log_odds(network, demographics, images.ids))
    ranks.setflags(write=False)
    return ranks


def to_ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks in [0, 1]: 0 for the lowest score, 1 for the highest, evenly spaced; NaN stays NaN."""
    known = np.flatnonzero(~np.isnan(scores))
    rank = np.full(len(scores), np.nan)
    rank[known[np.argsort(scores[known], kind="stable")]] = np.linspace(0.0, 1.0, len(known))
    return rank
