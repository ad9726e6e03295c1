"""How ratings turn out: from the blend of the agents to the probabilities of 1 to 5 stars.

A night fits a few numbers (`engine.cumulative_logit`) on what was predicted and what was then given. The mean
of the distribution orders the feed, and its median is shown as the expected rating (decision 0038).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender import sources
from recommender.data.agents import LoggedPredictions
from recommender.engine.artifact import Arrays
from recommender.engine.types import Floats

if TYPE_CHECKING:  # scipy: not for web processes
    from recommender.engine.cumulative_logit import CumulativeLogit

MOST_STEPS = 20_000  # of the log, the newest: the sources change, and with them what their numbers mean
FEWEST_STEPS = 300  # with fewer, a dozen numbers are not known well
NAMES = "sources"


@dataclass(frozen=True)
class Outcomes:
    """For some images: the mean of the rating's distribution, and its median, NaN if none was learnt."""

    expected: Floats
    median: Floats


def fit(logged: LoggedPredictions) -> Arrays:
    """The arrays of the model; {} if the log is too short, or if all its ratings are equal."""
    if len(logged.given) < FEWEST_STEPS or len(np.unique(logged.given)) < 2:
        return {}
    from recommender.engine.cumulative_logit import CumulativeLogit, outcome_features

    names = [source.name for source in sources.SOURCES]
    features = outcome_features(logged.blend, [logged.of(name) for name in names], logged.known)
    model = CumulativeLogit.fit(features, logged.given)
    return model.to_arrays() | {NAMES: np.array(names)}


def load(stored: Arrays) -> "CumulativeLogit | None":
    """The model from its arrays; None without one, and if other sources predict now."""
    names = [source.name for source in sources.SOURCES]
    if not stored or stored[NAMES].tolist() != names:
        return None
    from recommender.engine.cumulative_logit import CumulativeLogit

    return CumulativeLogit.from_arrays(stored)


def outcomes(
    model: "CumulativeLogit | None", blend: Floats, predicted: Mapping[str, Floats], known: int
) -> Outcomes:
    """For a blend (images,), the predictions of the sources that predict for the user, and the number of
    images that the user has rated. Without a model, the blend itself. NaN where the blend is NaN."""
    nothing = np.full(len(blend), np.nan)
    if model is None:
        return Outcomes(blend, nothing)
    from recommender.engine.cumulative_logit import outcome_features

    found = np.flatnonzero(~np.isnan(blend))
    own = [predicted.get(source.name, nothing)[found] for source in sources.SOURCES]
    features = outcome_features(blend[found], own, np.full(len(found), known))
    expected, median = nothing.copy(), nothing.copy()
    expected[found], median[found] = model.expected(features), model.median(features)
    return Outcomes(expected, median)
