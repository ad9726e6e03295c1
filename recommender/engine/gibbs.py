"""The compiled inner loops of `factorisation.py`: a Gibbs sampler for ordered probit over two sides.

A case n is a rating. `own[n]` is its row on the side that is being sampled, `other[n]` its row on the other
side. `f` is the prediction of the model, `e` the latent utility minus `f`. All arrays are contiguous and are
changed in place.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .types import Floats, Ints

_CENTRAL = 0.02425  # beyond it the tails have their own formula
_ROOT_HALF = math.sqrt(0.5)
_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
_TINY = 1e-12


@njit(cache=True, nogil=True, fastmath=True)
def normal_cdf(x: float) -> float:
    """Phi(x)."""
    return 0.5 * math.erfc(-x * _ROOT_HALF)


@njit(cache=True, nogil=True, fastmath=True)
def _tail_quantile(p: float) -> float:
    q = math.sqrt(-2.0 * math.log(p))
    above = -7.784894002430293e-03 * q - 3.223964580411365e-01
    above = ((above * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968
    below = (7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996
    return (above * q + 2.938163982698783) / ((below * q + 3.754408661907416) * q + 1.0)


@njit(cache=True, nogil=True, fastmath=True)
def normal_quantile(p: float) -> float:
    """Phi^-1(p) for p in (0, 1), to nine digits (Acklam's rational approximation)."""
    if p < _CENTRAL:
        return _tail_quantile(p)
    if p > 1.0 - _CENTRAL:
        return -_tail_quantile(1.0 - p)
    q = p - 0.5
    r = q * q
    above = (-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02
    above = ((above * r + 1.383577518672690e02) * r - 3.066479806614716e01) * r + 2.506628277459239
    below = (-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02
    below = (below * r + 6.680131188771972e01) * r - 1.328068155288572e01
    return above * q / (below * r + 1.0)


@njit(cache=True, nogil=True, fastmath=True)
def draw_latents(e: Floats, f: Floats, level: Ints, cuts: Floats, rng: np.random.Generator) -> None:
    """z ~ N(f, 1) between the two cuts of the case's level (Albert and Chib 1993); e = z - f."""
    for n in range(len(e)):
        low = normal_cdf(cuts[level[n]] - f[n])
        high = normal_cdf(cuts[level[n] + 1] - f[n])
        p = low + (high - low) * rng.random()
        e[n] = normal_quantile(min(max(p, _TINY), 1.0 - _TINY))


@njit(cache=True, nogil=True, fastmath=True)
def draw_side(
    own: Ints,
    other: Ints,
    mine: Floats,
    theirs: Floats,
    e: Floats,
    f: Floats,
    indptr: Ints,
    rows: Ints,
    weights: Floats,
    effects: Floats,
    means: Floats,
    precisions: Floats,
    rng: np.random.Generator,
) -> None:
    """Samples one factor of one side: the effect of each column from its conditional normal.

    It also updates `mine`, the factor of the rows. Let x be the column's entries, A(u) = sum_n theirs^2 and
    B(u) = sum_n theirs e over u's cases, and l, m, v the column's prior precision, prior mean and old effect.
    Then
    precision = l + sum_u x^2 A(u), mean = (l m + sum_u x (B(u) + x A(u) v)) / precision.
    """
    a, b, before = np.zeros(len(mine)), np.zeros(len(mine)), mine.copy()
    for n in range(len(e)):
        q = theirs[other[n]]
        a[own[n]] += q * q
        b[own[n]] += q * e[n]
    for j in range(len(effects)):
        squares, products = 0.0, 0.0
        for c in range(indptr[j], indptr[j + 1]):
            x, u = weights[c], rows[c]
            squares += x * x * a[u]
            products += x * b[u]
        precision = precisions[j] + squares
        mean = (products + squares * effects[j] + precisions[j] * means[j]) / precision
        drawn = mean + rng.standard_normal() / math.sqrt(precision)
        step = drawn - effects[j]
        effects[j] = drawn
        for c in range(indptr[j], indptr[j + 1]):
            x, u = weights[c], rows[c]
            b[u] -= x * a[u] * step
            mine[u] += x * step
    for n in range(len(e)):
        change = (mine[own[n]] - before[own[n]]) * theirs[other[n]]
        e[n] -= change
        f[n] += change


@njit(cache=True, nogil=True, fastmath=True)
def move_cuts(f: Floats, level: Ints, cuts: Floats) -> None:
    """One Newton step of each inner cut on the likelihood prod_n [Phi(c(k+1) - f) - Phi(c(k) - f)], in order.

    The ratings determine a cut so well that sampling it would only slow the mixing down.
    """
    slope, bend = np.zeros(len(cuts)), np.zeros(len(cuts))
    last = len(cuts) - 1
    for n in range(len(f)):
        k = level[n]
        low, high = cuts[k] - f[n], cuts[k + 1] - f[n]
        p = max(normal_cdf(high) - normal_cdf(low), _TINY)
        if k + 1 < last:
            ratio = _DENSITY * math.exp(-0.5 * high * high) / p
            slope[k + 1] += ratio
            bend[k + 1] -= high * ratio + ratio * ratio
        if k > 0:
            ratio = _DENSITY * math.exp(-0.5 * low * low) / p
            slope[k] -= ratio
            bend[k] += low * ratio - ratio * ratio
    for k in range(1, last):
        step = slope[k] / min(bend[k], -1.0)
        room = 0.5 * (cuts[k] - cuts[k - 1]) if step > 0 else 0.5 * (cuts[k + 1] - cuts[k])
        cuts[k] -= max(-room, min(room, step))


@njit(cache=True, nogil=True, fastmath=True)
def level_probabilities(
    users: Ints, items: Ints, own: NDArray[np.float32], other: NDArray[np.float32], cuts: Floats
) -> Floats:
    """(n, L): the mean over the draws of Phi(c(k+1) - f) - Phi(c(k) - f); factors are (draws, rows, rank)."""
    draws, levels = len(cuts), cuts.shape[1] - 1
    out = np.zeros((len(users), levels))
    for n in range(len(users)):
        for s in range(draws):
            f = 0.0
            for r in range(own.shape[2]):
                f += own[s, users[n], r] * other[s, items[n], r]
            before = 0.0
            for k in range(levels):
                upto = normal_cdf(cuts[s, k + 1] - f) if k + 1 < levels else 1.0
                out[n, k] += upto - before
                before = upto
    return out / draws
