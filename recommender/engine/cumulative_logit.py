"""The proportional-odds model (McCullagh 1980): P(level <= k | x) = sigma(c(k) - x . w).

A few numbers, learnt from predictions that were made before the rating, turn a blend into a distribution over
the levels. Its mean minimises RMSE and its median MAE.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit

from .errors import InvalidInput
from .ordinal import Levels
from .types import Floats

_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class CumulativeLogit:
    """The fitted model; features are standardised by `centre` and `spread` (both (d,))."""

    levels: Levels
    cuts: Floats  # (L - 1,) ascending
    weights: Floats  # (d,)
    centre: Floats
    spread: Floats

    @classmethod
    def fit(cls, features: ArrayLike, ratings: ArrayLike, penalty: float = 1.0) -> Self:
        """The penalised likelihood's maximum for `features` (n, d) and `ratings` (n,).

        `penalty` times the squared weights of standardised features is subtracted from the log-likelihood.
        """
        table, given = np.asarray(features, dtype=np.float64), np.asarray(ratings, dtype=np.float64)
        if table.ndim != 2 or len(table) != len(given) or not np.isfinite(table).all():
            raise InvalidInput("A cumulative logit needs one row of finite features for each rating.")
        levels = Levels.of(given)
        centre, spread = table.mean(axis=0), table.std(axis=0)
        spread[spread == 0] = 1.0
        z, level = (table - centre) / spread, levels.index(given)
        shares = np.cumsum(np.bincount(level, minlength=len(levels)))[:-1] / len(level)
        cuts = np.log(shares / (1 - shares))
        # cuts as the first cut and the logarithms of the gaps, so that they stay in order
        start = np.concatenate([cuts[:1], np.log(np.diff(cuts)), np.zeros(table.shape[1])])
        found = minimize(_loss, start, (z, level, len(cuts), penalty), method="L-BFGS-B", jac=True)
        return cls(levels, _cuts(found.x[: len(cuts)]), found.x[len(cuts) :], centre, spread)

    def probabilities(self, features: ArrayLike) -> Floats:
        """(n, L): the distribution over the levels for each row of features (n, d)."""
        utility = ((np.asarray(features, dtype=np.float64) - self.centre) / self.spread) @ self.weights
        upto = expit(self.cuts - utility[:, None])
        ends = np.zeros((len(utility), 1)), np.ones((len(utility), 1))
        table: Floats = np.diff(np.concatenate([ends[0], upto, ends[1]], axis=1), axis=1)
        return table

    def expected(self, features: ArrayLike) -> Floats:
        """(n,): the mean of each distribution; it minimises RMSE."""
        return self.levels.mean(self.probabilities(features))

    def median(self, features: ArrayLike) -> Floats:
        """(n,): the median level of each distribution; it minimises MAE."""
        return self.levels.median(self.probabilities(features))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, for an artifact."""
        own = {name: getattr(self, name) for name in ("cuts", "weights", "centre", "spread")}
        return own | {"levels": self.levels.values, "edges": self.levels.edges}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The model from the arrays of `to_arrays`."""
        own = (arrays[name] for name in ("cuts", "weights", "centre", "spread"))
        return cls(Levels(arrays["levels"], arrays["edges"]), *own)


def outcome_features(blend: Floats, predicted: Iterable[Floats], known: ArrayLike) -> Floats:
    """(n, sources + 2): the blend, how far each source's prediction is from it (0 without one), and the
    logarithm of the number of images rated (decision 38)."""
    apart = [np.nan_to_num(values - blend) for values in predicted]
    return np.column_stack([blend, *apart, np.log1p(known)])


def _cuts(coded: Floats) -> Floats:
    return np.cumsum(np.concatenate([coded[:1], np.exp(coded[1:])]))


def _loss(
    parameters: Floats, z: Floats, level: NDArray[np.int64], n_cuts: int, penalty: float
) -> tuple[float, Floats]:
    """The negative penalised log-likelihood and its gradient."""
    cuts, weights = _cuts(parameters[:n_cuts]), parameters[n_cuts:]
    utility = z @ weights
    padded = np.concatenate([[-np.inf], cuts, [np.inf]])
    high, low = expit(padded[level + 1] - utility), expit(padded[level] - utility)
    mass = np.maximum(high - low, _TINY)
    at_high, at_low = high * (1 - high) / mass, low * (1 - low) / mass
    loss = -np.log(mass).sum() + penalty * weights @ weights
    by_cut = np.bincount(level + 1, at_high, n_cuts + 2) - np.bincount(level, at_low, n_cuts + 2)
    of_cuts = -by_cut[1:-1]
    of_weights = z.T @ (at_high - at_low) + 2 * penalty * weights
    # d cut(k) / d coded(j) = exp(coded(j)) for 0 < j <= k
    tails = np.cumsum(of_cuts[::-1])[::-1]
    of_coded = tails * np.concatenate([[1.0], np.exp(parameters[1:n_cuts])])
    return float(loss), np.concatenate([of_coded, of_weights])
