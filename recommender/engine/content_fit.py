"""Fitting of the content features of images, and of the calibration of interests. The night runs this."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.isotonic import IsotonicRegression

from .content import Calibration, Features
from .errors import InvalidInput
from .types import Floats

Documents = Sequence[Sequence[str]]  # the words of each image: keywords and title


def words(text: str) -> list[str]:
    """The words of a title, casefolded; letters and digits of any script."""
    return re.findall(r"\w+", text.casefold())


def _unit_rows(table: NDArray[Any]) -> Floats:
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    unit: Floats = np.divide(table, lengths, out=np.zeros(table.shape), where=lengths > 1e-12)
    return unit


@dataclass(frozen=True, eq=False)
class ContentSpace:
    """The fitted feature space; it also transforms images that are newer than the night."""

    vocabulary: NDArray[np.str_]  # ascending
    idf: Floats
    visual_mean: Floats
    visual_spread: Floats
    weights: Floats  # (3,): text, genre, visual
    components: Floats  # (d, words + genres + visual)

    def transform(self, documents: Documents, item_genres: ArrayLike, visual: ArrayLike) -> Features:
        """(n, d) float32 unit rows; unknown words are ignored, an image without any data is a row of 0."""
        blocks = self._blocks(documents, np.asarray(item_genres, np.float64), np.asarray(visual, np.float64))
        return _unit_rows(blocks @ self.components.T).astype(np.float32)

    def _blocks(self, documents: Documents, genres: Floats, visual: Floats) -> Any:
        """Each block with unit rows, times the root of its weight: the cosine is a weighted mean."""
        if not len(documents) == len(genres) == len(visual):
            raise InvalidInput("Every image needs its words, its genres and its descriptor.")
        counts = _word_counts(documents, self.vocabulary)
        looks = (visual - self.visual_mean) / self.visual_spread
        looks[~visual.any(axis=1)] = 0.0  # no descriptor
        parts = [_unit_sparse(counts * self.idf), _unit_rows(genres), _unit_rows(looks)]
        return sparse.hstack(
            [sparse.csr_array(part) * root for part, root in zip(parts, np.sqrt(self.weights), strict=True)]
        ).tocsr()

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays, for an artifact."""
        return dict(vars(self))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The space that `to_arrays` gave."""
        return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})


def _word_counts(documents: Documents, vocabulary: NDArray[np.str_]) -> Any:
    column = {word: index for index, word in enumerate(vocabulary.tolist())}
    cells = [
        (row, column[word]) for row, document in enumerate(documents) for word in document if word in column
    ]
    rows, columns = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    shape = (len(documents), len(vocabulary))
    return sparse.coo_array((np.ones(len(cells)), (rows, columns)), shape=shape).tocsr()


def _unit_sparse(table: Any) -> Any:
    lengths = np.sqrt(np.asarray((table * table).sum(axis=1)).ravel())
    return sparse.diags_array(np.divide(1.0, lengths, out=np.zeros(len(lengths)), where=lengths > 0)) @ table


def fit_features(
    documents: Documents,
    item_genres: ArrayLike,
    visual: ArrayLike,
    rng: np.random.Generator,
    *,
    weights: tuple[float, float, float] = (1.0, 1.0, 1.0),
    dimensions: int = 64,
) -> ContentSpace:
    """The space of [TF-IDF of words | genres | visual descriptor], weighted blocks, reduced by truncated SVD.

    `item_genres` is 0/1 (n, G). `visual` (n, v) is standardised column by column; a row of zeros means "no
    descriptor". `weights` are those of text, genre and visual. Without more columns than `dimensions` there
    is no reduction. The same input and generator give the same space.
    """
    genres, looks = np.asarray(item_genres, dtype=np.float64), np.asarray(visual, dtype=np.float64)
    if not all(np.isfinite(part).all() for part in (genres, looks, np.asarray(weights))) or min(weights) < 0:
        raise InvalidInput("Genres, descriptors and weights must be finite, and no weight negative.")
    vocabulary = np.array(sorted({word for document in documents for word in document}), dtype=np.str_)
    present = looks[looks.any(axis=1)] if looks.size else looks
    columns = looks.shape[1]
    mean = present.mean(axis=0) if len(present) else np.zeros(columns)
    spread = present.std(axis=0) if len(present) else np.ones(columns)
    width = len(vocabulary) + genres.shape[1] + columns
    raw = ContentSpace(
        vocabulary,
        _idf(_word_counts(documents, vocabulary)),
        mean,
        np.where(spread > 1e-12, spread, 1.0),
        np.asarray(weights, dtype=np.float64),
        np.eye(width) if width <= dimensions else np.zeros((0, width)),
    )
    if width <= dimensions or not len(documents):
        return raw
    reduction = TruncatedSVD(dimensions, n_iter=7, random_state=int(rng.integers(2**31)))
    with np.errstate(invalid="ignore"):  # without any variance it divides by 0 for its report
        reduction.fit(raw._blocks(documents, genres, looks))
    return ContentSpace(**{**vars(raw), "components": reduction.components_})


def _idf(counts: Any) -> Floats:
    if 0 in counts.shape:
        return np.zeros(counts.shape[1])
    idf: Floats = TfidfTransformer().fit(counts).idf_
    return idf


def fit_calibration(
    interests: ArrayLike, residuals: ArrayLike, *, shrinkage: float = 20.0, prior: Calibration | None = None
) -> Calibration:
    """g: isotonic regression of r(u,i) - mean(u) on lambda(u,i) over rated pairs, shrunk to `prior`.

    Without a prior, g is shrunk to 0. A level e of the isotonic fit that is based on n pairs becomes (n e +
    shrinkage g0) / (n + shrinkage), where g0 is the prior at the mean interest of its pairs. A second
    isotonic fit, weighted by n, restores the monotonic order.
    """
    start = prior or Calibration.flat()
    given, away = np.asarray(interests, dtype=np.float64), np.asarray(residuals, dtype=np.float64)
    if given.shape != away.shape or not (np.isfinite(given).all() and np.isfinite(away).all()):
        raise InvalidInput("A calibration needs as many finite interests as finite residuals.")
    if not len(given):
        return start
    given = np.round(given, 9)  # the regression divides by the distance of adjacent values
    levels = IsotonicRegression().fit_transform(given, away)
    effects, level, counts = np.unique(levels, return_inverse=True, return_counts=True)
    middles = np.bincount(level, weights=given) / counts
    shrunk = (effects * counts + shrinkage * start.predict(middles)) / (counts + shrinkage)
    monotonic = IsotonicRegression().fit_transform(middles, shrunk, sample_weight=counts)
    lowest, highest = np.full(len(counts), np.inf), np.full(len(counts), -np.inf)
    np.minimum.at(lowest, level, given)
    np.maximum.at(highest, level, given)
    knots = np.stack([lowest, highest], axis=1).ravel()
    kept = np.append(True, np.diff(knots) > 0)
    return Calibration(knots[kept], np.repeat(monotonic, 2)[kept])
