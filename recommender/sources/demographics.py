"""People of one's age, gender and region: a network of metadata (source 004),
for those who answered a question.

The network is trained by a job of its own (`services.train`);
a night learns what a rank in its order is worth.
"""

from functools import lru_cache

import numpy as np
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from recommender.data import artifacts
from recommender.data.artifacts import Arrays, Content, DemographicsModel, RatingsModel
from recommender.data.demographics import UserDemographics, table_of
from recommender.data.slates import Prediction
from recommender.engine.content import Calibration, shrunk_mean
from recommender.engine.ids import IdMap
from recommender.engine.types import Scale
from recommender.sources.base import Evidence, Known, PartText, Source, UserSignals


class LoadedDemographics:
    """What a rank is worth, and the current network; it is asked anew for every person,
    since it may change by day."""

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
        """What a rank in the network's order is worth, by the ratings of those whom it answers for; nothing
        without any. A replay asks no network that was taught with what it is to predict."""
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
            of_all = ranks_of(network, night.demographics[user], night.content.ids)
            columns, values = night.content.ids.find(rated.images[start:end]), rated.values[start:end]
            rank = np.where(columns >= 0, of_all[columns], np.nan)
            known = ~np.isnan(rank)
            ranks.append(rank[known])
            residuals.append(values[known] - shrunk_mean(values, global_mean))
        pairs = np.concatenate(ranks), np.concatenate(residuals)
        return fit_calibration(*pairs).to_arrays() if len(pairs[0]) else {}

    def load(self, content: Content, ratings: RatingsModel, known: Known) -> LoadedDemographics:
        kept = ratings.sources.get(self.name)
        calibration = Calibration.from_arrays(kept) if kept else None
        return LoadedDemographics(content.ids, ratings.interactions.scale, calibration)

    def predict(self, loaded: LoadedDemographics, user: UserSignals) -> Prediction | None:
        """The person's mean and what the image's rank is worth;
        NaN for an image that the network does not know."""
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
    """(images,): that somebody of this age, gender and region likes each; NaN for an image that the network
    does not know."""
    columns = network.images.find(images)
    odds = network.log_odds(network.network.strangers(table_of([demographics])), 0)
    return np.where(columns >= 0, odds[columns], np.nan)


@lru_cache(maxsize=8)  # many people gave the same answers, and a worker asks for one person again and again
def ranks_of(
    network: DemographicsModel, demographics: UserDemographics, images: IdMap
) -> NDArray[np.float64]:
    """(images,) in [0, 1]: each image's rank in the order of the log-odds; NaN where they are."""
    ranks = in_ranks(log_odds(network, demographics, images.ids))
    ranks.setflags(write=False)
    return ranks


def in_ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 for the lowest, 1 for the highest, evenly between; NaN stays."""
    known = np.flatnonzero(~np.isnan(scores))
    rank = np.full(len(scores), np.nan)
    rank[known[np.argsort(scores[known], kind="stable")]] = np.linspace(0.0, 1.0, len(known))
    return rank
