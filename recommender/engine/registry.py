"""The similarities and the engine's models, by the names that settings, the lab and the vectors use.

`lab.models` adds the models that only the lab uses.
"""

from collections.abc import Mapping
from dataclasses import replace
from inspect import signature
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InvalidInput
from .factorisation import OrdinalFactors
from .knn import Centring, UserKnn
from .neural.metadata import MetadataTable
from .neural.metadata_ncf import MetadataNcf
from .neural.network import Network
from .pairwise import Fuzzy, Msdf, Singularity
from .similarity import (
    AdjustedCosine,
    ConstrainedPearson,
    Cosine,
    Msd,
    Pearson,
    PearsonBaseline,
    Similarity,
    WeightedPearson,
)
from .types import Floats, Interactions

SIMILARITY_CLASSES: dict[str, type[Similarity]] = {
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


class PredictionResult(Protocol):
    """Predictions, and the rule that gave each: a value of the model's own `Reason`, normally 0."""

    @property
    def values(self) -> Floats: ...

    @property
    def reasons(self) -> NDArray[np.uint8]: ...


class Fitted(Protocol):
    """A model that was fitted to a matrix of ratings."""

    def predict(self, users: ArrayLike, items: ArrayLike) -> PredictionResult:
        """(n,): predictions of n pairs of a user row and an item."""

    def recommend(
        self, users: ArrayLike, n: int, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int32], Floats]:
        """(len(users), n) both: the best items that the user has not rated and `mask` allows; their values.

        Missing items are -1, their values NaN.
        """

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The model as plain arrays, for an artifact."""


class ModelSettings(Protocol):
    """Frozen settings of a model; `fit_model` fits it."""

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> Fitted:
        """The fitted model with these settings from the arrays of `to_arrays`."""


MODELS: dict[str, ModelSettings] = {
    "knn_cosine": UserKnn(),
    "knn_pearson": UserKnn(Pearson(), significance=50, centring=Centring.MEAN),
    "knn_baseline": UserKnn(PearsonBaseline(), centring=Centring.BASELINE),
    "ordinal_factors": OrdinalFactors(),
    "metadata_ncf": MetadataNcf(),
}


def fit_model(
    model: ModelSettings,
    ratings: Interactions,
    rng: np.random.Generator,
    metadata: MetadataTable | None = None,
) -> Fitted:
    """Fits any model of `MODELS` or of the lab; `metadata` is the users' metadata, for models that use it."""
    if isinstance(model, Network):
        return model.fit(ratings, rng, metadata if model.reads_metadata else None)
    if isinstance(model, OrdinalFactors):
        return replace(model, seed=int(rng.integers(2**31))).fit(ratings)
    if isinstance(model, UserKnn):
        return model.fit(ratings)
    raise InvalidInput(f"There is no way to teach {type(model).__name__}.")


def make_similarity(name: str, **params: Any) -> Similarity:
    """The similarity with this name; raises InvalidInput for an unknown name or parameter."""
    if name not in SIMILARITY_CLASSES:
        raise InvalidInput(
            f"There is no similarity named {name}; there are {', '.join(sorted(SIMILARITY_CLASSES))}."
        )
    try:
        return SIMILARITY_CLASSES[name](**params)
    except TypeError as error:
        takes = ", ".join(signature(SIMILARITY_CLASSES[name]).parameters) or "no parameters"
        raise InvalidInput(
            f"The similarity {name} takes {takes}; got {', '.join(sorted(params)) or 'none'}."
        ) from error
