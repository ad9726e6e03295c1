"""The blend of the sources' predictions, and the median of a distribution over rating levels."""

import math
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from .errors import InvalidInput
from .types import Floats

WEIGHT_GRID = 20  # the fixed weights are multiples of 1 / WEIGHT_GRID
BlendWeights = tuple[float, ...]  # one for each source, in [0, 1]


def _table(predictions: tuple[ArrayLike | None, ...]) -> Floats:
    """(sources, ...): arrays of one shape; None stands for a source that is missing in every cell."""
    given = [
        np.asarray(np.nan if prediction is None else prediction, dtype=np.float64)
        for prediction in predictions
    ]
    return np.stack(np.broadcast_arrays(*given))


def shares(weights: BlendWeights, *predictions: ArrayLike | None) -> tuple[Floats, ...]:
    """Each source's share of the score: w / sum of w over the sources that predicted; equal if all w are 0.

    A missing source (None, or NaN in an array) has the share 0; if all are missing, every share is 0. Raises
    InvalidInput for a negative or non-finite weight, and if there are not as many predictions as weights.
    """
    return tuple(_shares(weights, _table(predictions)))


def _shares(weights: BlendWeights, table: Floats) -> Floats:
    if len(weights) != len(table):
        raise InvalidInput(f"There are {len(weights)} weights and {len(table)} predictions.")
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise InvalidInput(f"Weights must be finite and not negative; got {', '.join(map(str, weights))}.")
    present = ~np.isnan(table)
    counted = present * np.reshape(np.asarray(weights, dtype=np.float64), (-1,) + (1,) * (present.ndim - 1))
    counted = np.where(counted.any(axis=0), counted, present)
    cumulative = np.cumsum(counted, axis=0)
    cumulative = np.divide(
        cumulative, cumulative[-1], out=np.zeros(cumulative.shape), where=cumulative[-1] > 0
    )
    decided: Floats = np.diff(cumulative, axis=0, prepend=0.0)  # the last gets the rest: the sum is exactly 1
    return decided


def blend(weights: BlendWeights, *predictions: ArrayLike | None) -> Floats:
    """The weighted mean sum w p / sum w over the sources that predicted, cell by cell.

    For two sources this is (w_cf p_cf + w_cb p_cb) / (w_cf + w_cb). Weights that are all 0 count as equal. A
    missing source (None or NaN) is left out; if all are missing, the score is NaN.
    """
    table = _table(predictions)
    missing = np.isnan(table)
    parts = _shares(weights, table) * np.where(missing, 0.0, table)
    score: Floats = np.where(missing.all(axis=0), np.nan, parts.sum(axis=0))
    return score


def best_fixed(given: ArrayLike, *predictions: ArrayLike) -> BlendWeights:
    """The fixed weights, in steps of 1/20, with which the blend has the smallest mean absolute error on
    `given`.

    They are known only afterwards, so they serve for comparison and cannot be used in practice. `given` (the
    ratings) and each of the `predictions` are (n,). A source without predictions has the weight 0. Of equally
    good weights those with the lowest weight of the first source are returned.
    """
    table, rated = _table(predictions), np.asarray(given, dtype=np.float64)
    present = ~np.isnan(table)
    predicted = present.any(axis=1)
    if table.ndim != 2 or table.shape[1:] != rated.shape or not predicted.any():
        raise InvalidInput("Weights are picked on one rating and a row of predictions a case.")
    values, present = np.where(present, table, 0.0)[predicted], present[predicted].astype(np.float64)
    equal, counted = values.sum(axis=0) / np.maximum(present.sum(axis=0), 1.0), present.any(axis=0)
    best, lowest = np.zeros(0), np.inf
    for parts in product(range(WEIGHT_GRID + 1), repeat=len(values) - 1):
        if sum(parts) > WEIGHT_GRID:
            continue
        weights = np.array([*parts, WEIGHT_GRID - sum(parts)]) / WEIGHT_GRID
        total = weights @ present
        blended = np.divide(weights @ values, total, out=equal.copy(), where=total > 0)
        error = float(np.abs(blended - rated)[counted].mean())
        if error < lowest:
            best, lowest = weights, error
    fixed = np.zeros(len(table))
    fixed[predicted] = best
    return tuple(fixed.tolist())


def ordinal_median(probabilities: ArrayLike, levels: ArrayLike) -> Floats:
    """The lowest level at which the cumulative probability reaches 1/2; this prediction minimises MAE.

    `probabilities` is (n, L), each row a distribution over the ascending `levels` (L,); returns (n,).
    """
    table, steps = np.asarray(probabilities, dtype=np.float64), np.asarray(levels, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(steps) or not len(steps):
        raise InvalidInput("Give one row of probabilities a case and one column a level.")
    if not np.isfinite(table).all() or (table < 0).any() or (table.sum(axis=1) <= 0).any():
        raise InvalidInput("Probabilities must be finite, not negative and not all 0.")
    cumulative = np.cumsum(table, axis=1) / table.sum(axis=1, keepdims=True)
    median: Floats = steps[np.argmax(cumulative >= 0.5 - 1e-12, axis=1)]
    return median
