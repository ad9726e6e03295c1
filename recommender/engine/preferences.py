"""Preferences for images and genres from a user's views of two weeks (003; docs/algorithms.md).

Week s is (now - 7 d, now], week s - 1 is (now - 14 d, now - 7 d]; the caller counts the views of each week.
"""

import numpy as np
from numpy.typing import ArrayLike

from .errors import InvalidInput
from .types import Floats, Scale


def _counts(name: str, given: ArrayLike) -> Floats:
    counts = np.asarray(given, dtype=np.float64)
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise InvalidInput(f"The {name} must be finite counts, none negative.")
    return counts


def _of_the_largest(counts: Floats) -> Floats:
    """F / max F along the last axis; 0 for a week without views."""
    largest = counts.max(axis=-1, keepdims=True, initial=0.0)
    return counts / np.where(largest > 0, largest, 1.0)


def item_preference(this_week: ArrayLike, last_week: ArrayLike) -> Floats:
    """alpha(u,i) = mean over both weeks of F(u,i) / max_i F(u,.), in [0, 1].

    The arguments are views of each image along the last axis, (..., n). Images without views may be left out;
    their alpha is 0.
    """
    now, before = _counts("views", this_week), _counts("views", last_week)
    if now.shape != before.shape:
        raise InvalidInput("Both weeks need the same images.")
    return (_of_the_largest(now) + _of_the_largest(before)) / 2


def _genres(given: ArrayLike, n_items: int) -> Floats:
    genres = np.asarray(given, dtype=np.float64)
    if genres.ndim != 2 or len(genres) != n_items:
        raise InvalidInput(f"Genres are a table of 0 and 1, one row for each of {n_items} images.")
    return genres


def genre_views(views: ArrayLike, item_genres: ArrayLike) -> Floats:
    """Views by genre (..., G) from views by image (..., n) and 0/1 genres (n, G).

    A view counts for each genre of the image.
    """
    counts = _counts("views", views)
    by_genre: Floats = counts @ _genres(item_genres, counts.shape[-1])
    return by_genre


def genre_preference(this_week: ArrayLike, last_week: ArrayLike, item_genres: ArrayLike) -> Floats:
    """beta(u,g), in [0, 1], (..., G): the formula of alpha over the views by genre."""
    return item_preference(genre_views(this_week, item_genres), genre_views(last_week, item_genres))


def image_genre_preference(beta: ArrayLike, item_genres: ArrayLike) -> Floats:
    """The mean beta of each image's genres, (..., n); 0 for an image without a genre."""
    genres = np.asarray(item_genres, dtype=np.float64)
    mean: Floats = np.asarray(beta, dtype=np.float64) @ genres.T / np.maximum(genres.sum(axis=1), 1.0)
    return mean


def interest(alpha: ArrayLike, beta: ArrayLike, item_genres: ArrayLike) -> Floats:
    """The interest lambda(u,i) = alpha(u,i) * beta of the image's genres, in [0, 1] (paper 003)."""
    return np.asarray(alpha, dtype=np.float64) * image_genre_preference(beta, item_genres)


def linear_score(interests: ArrayLike, scale: Scale) -> Floats:
    """lo + (hi - lo) * lambda: lambda as a rating, as in paper 003."""
    return scale.low + scale.span * np.asarray(interests, dtype=np.float64)
