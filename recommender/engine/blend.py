"""From two predictions to one score, and from a distribution to the answer that is shown."""

import numpy as np
from numpy.typing import ArrayLike

from .errors import InvalidInput
from .types import Floats

Weights = tuple[float, float]  # (w_cf, w_cb), each in [0, 1]


def _sides(p_cf: ArrayLike | None, p_cb: ArrayLike | None) -> tuple[Floats, Floats]:
    """Both sides as arrays of one shape; None is a side that is missing everywhere."""
    cf = np.asarray(np.nan if p_cf is None else p_cf, dtype=np.float64)
    cb = np.asarray(np.nan if p_cb is None else p_cb, dtype=np.float64)
    return np.broadcast_arrays(cf, cb)  # type: ignore[return-value]


def shares(weights: Weights, p_cf: ArrayLike | None, p_cb: ArrayLike | None) -> tuple[Floats, Floats]:
    """How much of the score each side decides: w / (w_cf + w_cb), which is 1/2 each when both weights are 0.

    A missing side (None, or NaN in an array) has the share 0 and the other one 1; with both missing both are 0.
    Raises InvalidInput for a negative or non-finite weight.
    """
    w_cf, w_cb = weights
    if not (np.isfinite(w_cf) and np.isfinite(w_cb) and w_cf >= 0 and w_cb >= 0):
        raise InvalidInput(f"Weights must be finite and not negative; got {w_cf} and {w_cb}.")
    total = w_cf + w_cb
    share = w_cf / total if total > 0 else 0.5
    cf, cb = _sides(p_cf, p_cb)
    has_cf, has_cb = ~np.isnan(cf), ~np.isnan(cb)
    both = has_cf & has_cb
    return np.where(both, share, has_cf * 1.0), np.where(both, 1.0 - share, has_cb * 1.0)


def blend(weights: Weights, p_cf: ArrayLike | None, p_cb: ArrayLike | None) -> Floats:
    """(w_cf p_cf + w_cb p_cb) / (w_cf + w_cb), cell by cell (algorithms.md 6).

    Both weights 0 count as equal; a missing side (None or NaN) drops out; with both missing the score is NaN.
    """
    cf, cb = _sides(p_cf, p_cb)
    share_cf, share_cb = shares(weights, cf, cb)
    score = share_cf * np.nan_to_num(cf) + share_cb * np.nan_to_num(cb)
    return np.where(np.isnan(cf) & np.isnan(cb), np.nan, score)


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
