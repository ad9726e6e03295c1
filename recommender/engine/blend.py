"""From the sources' predictions to one score, and from a distribution to the answer that is shown."""

import math
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from .errors import InvalidInput
from .types import Floats

PARTS = 20  # of which a share of `best_fixed` is a number
Weights = tuple[float, ...]  # one a source, each in [0, 1]


def _table(predictions: tuple[ArrayLike | None, ...]) -> Floats:
    """(sources, ...): arrays of one shape; None is a source that is missing everywhere."""
    given = [np.asarray(np.nan if one is None else one, dtype=np.float64) for one in predictions]
    return np.stack(np.broadcast_arrays(*given))


def shares(weights: Weights, *predictions: ArrayLike | None) -> tuple[Floats, ...]:
    """How much of the score each source decides: w / sum of w over those that predicted; alike when all of these are 0.

    A missing source (None, or NaN in an array) has the share 0; with all missing every share is 0. Raises InvalidInput
    for a negative or non-finite weight, and for another number of predictions than of weights.
    """
    return tuple(_shares(weights, _table(predictions)))


def _shares(weights: Weights, table: Floats) -> Floats:
    if len(weights) != len(table):
        raise InvalidInput(f"There are {len(weights)} weights and {len(table)} predictions.")
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise InvalidInput(f"Weights must be finite and not negative; got {', '.join(map(str, weights))}.")
    there = ~np.isnan(table)
    counted = there * np.reshape(np.asarray(weights, dtype=np.float64), (-1,) + (1,) * (there.ndim - 1))
    counted = np.where(counted.any(axis=0), counted, there)
    reached = np.cumsum(counted, axis=0)
    reached = np.divide(reached, reached[-1], out=np.zeros(reached.shape), where=reached[-1] > 0)
    decided: Floats = np.diff(reached, axis=0, prepend=0.0)  # the rest for the last: they add up to 1 to the last bit
    return decided


def blend(weights: Weights, *predictions: ArrayLike | None) -> Floats:
    """sum w p / sum w over the sources that predicted, cell by cell; of two, (w_cf p_cf + w_cb p_cb) / (w_cf + w_cb)
    (algorithms.md 6).

    Weights that are all 0 count as equal; a missing source (None or NaN) drops out; with all missing the score is NaN.
    """
    table = _table(predictions)
    missing = np.isnan(table)
    parts = _shares(weights, table) * np.where(missing, 0.0, table)
    score: Floats = np.where(missing.all(axis=0), np.nan, parts.sum(axis=0))
    return score


def best_fixed(given: ArrayLike, *predictions: ArrayLike) -> Weights:
    """The weights for everybody, shares in steps of 1/20, under which the blend of these predictions would have erred
    least on what was `given`: known only afterwards, so a mark to compare with and no rule.

    All are (n,). A source that predicted nothing has the weight 0; of the equally good, the lowest of the first source.
    """
    table, rated = _table(predictions), np.asarray(given, dtype=np.float64)
    there = ~np.isnan(table)
    spoke = there.any(axis=1)
    if table.ndim != 2 or table.shape[1:] != rated.shape or not spoke.any():
        raise InvalidInput("Weights are picked on one rating and a row of predictions a case.")
    said, there = np.where(there, table, 0.0)[spoke], there[spoke].astype(np.float64)
    equal, some = said.sum(axis=0) / np.maximum(there.sum(axis=0), 1.0), there.any(axis=0)
    best, least = np.zeros(0), np.inf
    for parts in product(range(PARTS + 1), repeat=len(said) - 1):
        if sum(parts) > PARTS:
            continue
        weights = np.array([*parts, PARTS - sum(parts)]) / PARTS
        total = weights @ there
        blended = np.divide(weights @ said, total, out=equal.copy(), where=total > 0)
        error = float(np.abs(blended - rated)[some].mean())
        if error < least:
            best, least = weights, error
    found = np.zeros(len(table))
    found[spoke] = best
    return tuple(found.tolist())


def ordinal_median(probabilities: ArrayLike, levels: ArrayLike) -> Floats:
    """The lowest level at which the cumulative probability reaches 1/2: the answer that minimises MAE.

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
