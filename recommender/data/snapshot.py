"""What the recommender learns from, read out of the database into plain arrays, in the order of ids."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, QuerySet
from numpy.typing import NDArray

from gallery.models import Genre, Hide, Image, Rating, View
from recommender.data.steering import learnable_ratings, learnable_views

WEEK = timedelta(days=7)
CHUNK = 20_000

Ids = NDArray[np.int64]


def _columns(rows: "QuerySet[Any, Any]", *kinds: str) -> list[NDArray[Any]]:
    """The columns of a values_list as arrays, without holding all rows as Python objects."""
    dtype = np.dtype([(f"c{n}", kind) for n, kind in enumerate(kinds)])
    table = np.fromiter(rows.iterator(chunk_size=CHUNK), dtype=dtype)
    return [np.ascontiguousarray(table[name]) for name in dtype.names or ()]


@dataclass(frozen=True)
class RatingTriples:
    """Ratings as three aligned columns: person id, image id, value 1-5."""

    users: Ids
    images: Ids
    values: NDArray[np.float64]


@dataclass(frozen=True)
class ViewCounts:
    """How often each person opened each image in the week up to `now` and in the week before, aligned columns."""

    users: Ids
    images: Ids
    this_week: NDArray[np.int64]
    last_week: NDArray[np.int64]


def read_ratings(user_id: int | None = None) -> RatingTriples:
    rows = learnable_ratings(Rating.objects.order_by("user_id", "image_id"))
    if user_id is not None:
        rows = rows.filter(user_id=user_id)
    users, images, values = _columns(rows.values_list("user_id", "image_id", "value"), "i8", "i8", "f8")
    return RatingTriples(users, images, values)


def read_view_counts(now: datetime, user_id: int | None = None) -> ViewCounts:
    """Views of (now - 14 d, now], as `docs/algorithms.md` lays the weeks."""
    rows = learnable_views(View.objects.filter(at__gt=now - 2 * WEEK, at__lte=now), now - 2 * WEEK)
    if user_id is not None:
        rows = rows.filter(user_id=user_id)

    def counted(part: "QuerySet[View]") -> dict[tuple[int, int], int]:
        pairs = part.order_by().values_list("user_id", "image_id").annotate(n=Count("pk"))
        return {(user, image): n for user, image, n in pairs.iterator(chunk_size=CHUNK)}

    recent, before = counted(rows.filter(at__gt=now - WEEK)), counted(rows.filter(at__lte=now - WEEK))
    pairs = sorted(recent.keys() | before.keys())
    return ViewCounts(
        np.array([user for user, _ in pairs], dtype=np.int64),
        np.array([image for _, image in pairs], dtype=np.int64),
        np.array([recent.get(pair, 0) for pair in pairs], dtype=np.int64),
        np.array([before.get(pair, 0) for pair in pairs], dtype=np.int64),
    )


@dataclass(frozen=True)
class Catalogue:
    """Every image that at least one person may see, by ascending id, with what content similarity is made of."""

    images: Ids
    genre_ids: Ids  # the columns of `genres`
    genres: NDArray[np.float64]  # images x genres, 0 or 1
    titles: list[str]
    keywords: list[list[str]]
    descriptors: NDArray[np.float32]  # images x dims; a row of zeros where there is none
    genre_of: Ids  # the genre id of each image
    published: NDArray[np.float64]  # Unix seconds


def read_catalogue() -> Catalogue:
    rows = Image.objects.exclude(visibility=Image.Visibility.HIDDEN).order_by("pk")
    keywords: dict[int, list[str]] = {}
    titles: list[str] = []
    genre_of: list[int] = []
    published: list[float] = []
    raw: list[bytes] = []
    columns = rows.values_list("pk", "title", "genre_id", "published_at", "descriptor")
    for pk, title, genre, moment, descriptor in columns.iterator(CHUNK):
        keywords[pk] = []
        titles.append(title)
        genre_of.append(genre)
        published.append(moment.timestamp())
        raw.append(bytes(descriptor))
    tagged = Image.keywords.through.objects.filter(image_id__in=rows.order_by().values("pk"))
    for image, keyword in (
        tagged.values_list("image_id", "keyword__name").order_by("image_id", "keyword_id").iterator(CHUNK)
    ):
        if image in keywords:
            keywords[image].append(keyword)
    genre_ids = np.array(sorted(Genre.objects.values_list("pk", flat=True)), dtype=np.int64)
    genres = np.zeros((len(titles), len(genre_ids)))
    genres[np.arange(len(titles)), np.searchsorted(genre_ids, genre_of)] = 1.0
    return Catalogue(
        images=np.array(list(keywords), dtype=np.int64),
        genre_ids=genre_ids,
        genres=genres,
        titles=titles,
        keywords=list(keywords.values()),
        descriptors=_descriptors(raw),
        genre_of=np.array(genre_of, dtype=np.int64),
        published=np.array(published),
    )


def _descriptors(raw: list[bytes]) -> NDArray[np.float32]:
    """The stored float16 rows; images of another descriptor version than most count as having none."""
    sizes = [len(row) for row in raw if row]
    size = max(set(sizes), key=sizes.count) if sizes else 0
    out = np.zeros((len(raw), size // 2), dtype=np.float32)
    for place, row in enumerate(raw):
        if size and len(row) == size:
            out[place] = np.frombuffer(row, dtype=np.float16)
    return out


def image_ids(rows: "QuerySet[Any, Any]", column: str = "image_id") -> Ids:
    """One column of image ids, ascending and unique."""
    return np.unique(np.fromiter(rows.values_list(column, flat=True), dtype=np.int64))


def hidden_by(user_id: int) -> Ids:
    return image_ids(Hide.objects.filter(user_id=user_id))


def viewed_by(user_id: int) -> Ids:
    return image_ids(View.objects.filter(user_id=user_id))


def recently_viewed(user_id: int, now: datetime, limit: int = 30) -> list[int]:
    """The images that a person opened in the day before, the newest first."""
    rows = View.objects.filter(user_id=user_id, at__gt=now - timedelta(days=1), at__lte=now).order_by("-at", "-pk")
    rows = learnable_views(rows, now - timedelta(days=1))
    return list(dict.fromkeys(rows.values_list("image_id", flat=True)[:limit]))
