"""What a person looked at in the last two weeks, as preferences for images and genres (003; algorithms.md 5).

Week s is (now - 7 d, now], week s - 1 is (now - 14 d, now - 7 d]; the caller counts the views of each.
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
    """F / max F along the last axis; an empty week counts 0."""
    largest = counts.max(axis=-1, keepdims=True, initial=0.0)
    return counts / np.where(largest > 0, largest, 1.0)


def item_preference(this_week: ArrayLike, last_week: ArrayLike) -> Floats:
    """alpha(u,i) = mean over both weeks of F(u,i) / max_i F(u,.), in [0, 1].

    Views per image along the last axis, (..., n); images without a view may be left out, they would come to 0.
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
    """Views per genre (..., G) from views per image (..., n) and 0/1 genres (n, G): a view counts for each genre."""
    counts = _counts("views", views)
    found: Floats = counts @ _genres(item_genres, counts.shape[-1])
    return found


def genre_preference(this_week: ArrayLike, last_week: ArrayLike, item_genres: ArrayLike) -> Floats:
    """beta(u,g), in [0, 1]: alpha's formula over the views per genre, (..., G)."""
    return item_preference(genre_views(this_week, item_genres), genre_views(last_week, item_genres))


def image_genre_preference(beta: ArrayLike, item_genres: ArrayLike) -> Floats:
    """The mean beta of each image's genres, (..., n); 0 for an image without a genre."""
    genres = np.asarray(item_genres, dtype=np.float64)
    mean: Floats = np.asarray(beta, dtype=np.float64) @ genres.T / np.maximum(genres.sum(axis=1), 1.0)
    return mean


def interest(alpha: ArrayLike, beta: ArrayLike, item_genres: ArrayLike) -> Floats:
    """lambda(u,i) = alpha(u,i) * beta of the image's genres: the source's ranking, in [0, 1]."""
    return np.asarray(alpha, dtype=np.float64) * image_genre_preference(beta, item_genres)


def linear_score(interests: ArrayLike, scale: Scale) -> Floats:
    """lo + (hi - lo) * lambda: the source's reading of lambda as a rating."""
    return scale.low + scale.span * np.asarray(interests, dtype=np.float64)
