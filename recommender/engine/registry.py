"""The lists of what there is, by the names that settings, the lab and the vectors use."""

from typing import Any

from .errors import InvalidInput
from .knn import Centring, UserKnn
from .pairwise import Fuzzy, Msdf, Singularity
from .similarity import (
    AdjustedCosine,
    ConstrainedPearson,
    Cosine,
    Measure,
    Msd,
    Pearson,
    PearsonBaseline,
    WeightedPearson,
)

MEASURES: dict[str, type[Measure]] = {
    "cosine": Cosine,
    "pearson": Pearson,
    "weighted_pearson": WeightedPearson,
    "adjusted_cosine": AdjustedCosine,
    "constrained_pearson": ConstrainedPearson,
    "pearson_baseline": PearsonBaseline,
    "msd": Msd,
    "msdf": Msdf,
    "fuzzy": Fuzzy,
    "singularity": Singularity,
}

MODELS: dict[str, UserKnn] = {
    "knn_cosine": UserKnn(),
    "knn_pearson": UserKnn(Pearson(), significance=50, centring=Centring.MEAN),
    "knn_baseline": UserKnn(PearsonBaseline(), centring=Centring.BASELINE),
}


def make_measure(name: str, **params: Any) -> Measure:
    """The measure of this name; raises InvalidInput for a name or a parameter that does not exist."""
    if name not in MEASURES:
        raise InvalidInput(f"There is no similarity named {name}; there are {', '.join(sorted(MEASURES))}.")
    try:
        return MEASURES[name](**params)
    except TypeError as error:
        raise InvalidInput(f"The similarity {name} does not take {', '.join(sorted(params)) or 'nothing'}.") from error
