"""Reads what the recommender learns from out of the database into plain arrays, sorted by id."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count, Max, QuerySet
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from gallery.models import Genre, Hide, Image, Rating, RatingChange, View
from recommender.data import artifacts
from recommender.data.demographics import UserDemographics, demographics_of
from recommender.data.steering import learnable_ratings, learnable_views
from recommender.engine import artifact
from recommender.models import FirstPicks

WEEK = timedelta(days=7)
RECENTLY_ACTIVE = 4 * WEEK
ROWS_AT_A_TIME = 20_000
LIKED_FROM = 4  # stars

Ids = NDArray[np.int64]


def _columns(rows: "QuerySet[Any, Any]", *kinds: str) -> list[NDArray[Any]]:
    """The columns of a values_list as arrays. Only some rows at a time are Python objects."""
    dtype = np.dtype([(f"c{n}", kind) for n, kind in enumerate(kinds)])
    table = np.fromiter(rows.iterator(chunk_size=ROWS_AT_A_TIME), dtype=dtype)
    return [np.ascontiguousarray(table[name]) for name in dtype.names or ()]


@dataclass(frozen=True)
class RatingTriples:
    """Ratings as three aligned columns: user id, image id, value 1 to 5."""

    users: Ids
    images: Ids
    values: NDArray[np.float64]


@dataclass(frozen=True)
class ViewCounts:
    """How often each user opened each image, in the week up to `now` and in the week before; aligned
    columns."""

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


def read_ratings_before(moment: datetime) -> RatingTriples:
    """The ratings of all users just before `moment`, from the history."""
    rows = learnable_ratings(RatingChange.objects.filter(at__lt=moment).order_by("pk"), "at")
    changes = rows.values_list("user_id", "image_id", Coalesce("new", 0))  # 0: the rating was removed
    users, images, values = _columns(changes, "i8", "i8", "f8")
    order = np.lexsort((images, users))  # stable: the changes of one rating keep their order
    users, images, values = users[order], images[order], values[order]
    last = np.ones(len(users), dtype=bool)
    last[:-1] = (np.diff(users) != 0) | (np.diff(images) != 0)
    current = last & (values > 0)
    return RatingTriples(users[current], images[current], values[current])


def liked_between(begin: datetime, end: datetime) -> dict[int, list[int]]:
    """The images that each user rated 4 or 5 in this time, by user id."""
    rows = learnable_ratings(Rating.objects.filter(value__gte=LIKED_FROM, updated_at__range=(begin, end)))
    found: dict[int, list[int]] = defaultdict(list)
    for user, image in rows.order_by("user", "image").values_list("user", "image").iterator(chunk_size=5000):
        found[user].append(image)
    return dict(found)


def read_ratings_at(moment: datetime) -> RatingTriples:
    """The ratings of all users at `moment`: the current ones, and from the history those that changed
    later."""
    now, later = read_ratings(), RatingChange.objects.filter(at__gt=moment)
    changed = set(later.values_list("user_id", "image_id").distinct())
    if not changed:
        return now
    before = RatingChange.objects.filter(at__lte=moment, user__in=later.values("user")).order_by("pk")
    rows = learnable_ratings(before, "at").values_list("user_id", "image_id", "new")
    previous = {
        (user, image): new
        for user, image, new in rows.iterator(chunk_size=ROWS_AT_A_TIME)
        if (user, image) in changed
    }
    pairs = zip(now.users.tolist(), now.images.tolist(), strict=True)
    same = np.fromiter((pair not in changed for pair in pairs), dtype=bool, count=len(now.users))
    old = np.array(
        [(*pair, new) for pair, new in previous.items() if new is not None], dtype=np.int64
    ).reshape(-1, 3)
    users = np.concatenate([now.users[same], old[:, 0]])
    images = np.concatenate([now.images[same], old[:, 1]])
    values = np.concatenate([now.values[same], old[:, 2].astype(np.float64)])
    order = np.lexsort((images, users))
    return RatingTriples(users[order], images[order], values[order])


def save_evidence(night: str, rated: RatingTriples, views: ViewCounts) -> None:
    """Writes what a night has read into a file for its later steps. The step `cleanup` deletes the file."""
    arrays = {f"rated.{name}": column for name, column in vars(rated).items()}
    arrays |= {f"views.{name}": column for name, column in vars(views).items()}
    artifact.save(artifacts.path_of(night, "evidence"), "evidence", arrays)


def load_evidence(night: str) -> tuple[RatingTriples, ViewCounts]:
    """Raises engine.errors.DamagedArtifact."""
    arrays, _ = artifact.load(artifacts.path_of(night, "evidence"), "evidence")
    columns: dict[str, dict[str, Any]] = {"rated": {}, "views": {}}
    for name, column in arrays.items():
        table, _, part = name.partition(".")
        columns[table][part] = column
    return RatingTriples(**columns["rated"]), ViewCounts(**columns["views"])


def read_view_counts(
    now: datetime, user_id: int | None = None, people: Sequence[int] | None = None
) -> ViewCounts:
    """The views in (now - 14 d, now], by week (`docs/algorithms.md`): of one user, of some users, or of
    all."""
    rows = learnable_views(View.objects.filter(at__gt=now - 2 * WEEK, at__lte=now), now - 2 * WEEK)
    if user_id is not None:
        rows = rows.filter(user_id=user_id)
    if people is not None:
        rows = rows.filter(user_id__in=people)

    def counted(part: "QuerySet[View]") -> dict[tuple[int, int], int]:
        pairs = part.order_by().values_list("user_id", "image_id").annotate(n=Count("pk"))
        return {(user, image): n for user, image, n in pairs.iterator(chunk_size=ROWS_AT_A_TIME)}

    recent, before = counted(rows.filter(at__gt=now - WEEK)), counted(rows.filter(at__lte=now - WEEK))
    pairs = sorted(recent.keys() | before.keys())
    return ViewCounts(
        np.array([user for user, _ in pairs], dtype=np.int64),
        np.array([image for _, image in pairs], dtype=np.int64),
        np.array([recent.get(pair, 0) for pair in pairs], dtype=np.int64),
        np.array([before.get(pair, 0) for pair in pairs], dtype=np.int64),
    )


def last_active(now: datetime) -> dict[int, float]:
    """The time of each user's last view or rating, in Unix seconds; only of users active in the last four
    weeks."""
    last: dict[int, float] = {}
    views = (
        View.objects.filter(at__gt=now - RECENTLY_ACTIVE, at__lte=now)
        .values_list("user_id")
        .annotate(last=Max("at"))
    )
    ratings = Rating.objects.filter(updated_at__gt=now - RECENTLY_ACTIVE, updated_at__lte=now).values_list(
        "user_id"
    )
    for rows in (views, ratings.annotate(last=Max("updated_at"))):
        for user, at in rows.order_by().iterator(chunk_size=ROWS_AT_A_TIME):
            last[user] = max(at.timestamp(), last.get(user, 0.0))
    return last


@dataclass(frozen=True)
class PickedIds:
    """The ids of a user's first picks."""

    images: tuple[int, ...] = ()
    genres: tuple[int, ...] = ()


def picked_ids(user_id: int) -> PickedIds:
    return all_picked_ids(user_id).get(user_id, PickedIds())


def all_picked_ids(user_id: int | None = None) -> dict[int, PickedIds]:
    """By user id, of all users with picks; with `user_id`, only of this user."""
    picked: list[dict[int, tuple[int, ...]]] = []
    for table, column in ((FirstPicks.images.through, "image_id"), (FirstPicks.genres.through, "genre_id")):
        rows = table.objects.order_by("firstpicks__user_id", column)
        if user_id is not None:
            rows = rows.filter(firstpicks__user_id=user_id)
        by_user: dict[int, tuple[int, ...]] = {}
        for user, pk in rows.values_list("firstpicks__user_id", column).iterator(chunk_size=ROWS_AT_A_TIME):
            by_user[user] = (*by_user.get(user, ()), pk)
        picked.append(by_user)
    images, genres = picked
    return {
        user: PickedIds(images.get(user, ()), genres.get(user, ())) for user in images.keys() | genres.keys()
    }


@dataclass(frozen=True)
class UserViews:
    """The views of one user: image ids and times in Unix seconds, aligned columns."""

    user: int
    images: Ids
    times: NDArray[np.float64]

    def counts(self, now: datetime) -> ViewCounts:
        """The same as `read_view_counts` at the moment `now`."""
        ends = now.timestamp() - np.arange(3) * WEEK.total_seconds()
        recent, before = ((self.times > ends[n + 1]) & (self.times <= ends[n]) for n in range(2))
        images = np.unique(self.images[recent | before])
        this_week, last_week = (
            np.bincount(np.searchsorted(images, self.images[week]), minlength=len(images))
            for week in (recent, before)
        )
        return ViewCounts(np.full(len(images), self.user), images, this_week, last_week)


def read_user_views(user_id: int, since: datetime, until: datetime) -> UserViews:
    """The views of one user that count at some moment between `since` and `until`."""
    earliest = since - 2 * WEEK
    rows = learnable_views(View.objects.filter(user_id=user_id, at__gt=earliest, at__lte=until), earliest)
    pairs = [(image, at.timestamp()) for image, at in rows.values_list("image_id", "at")]
    return UserViews(
        user_id, np.array([i for i, _ in pairs], dtype=np.int64), np.array([at for _, at in pairs])
    )


@dataclass(frozen=True)
class UserData:
    """What is known about one user, read once for everything that is learnt from it."""

    rated: RatingTriples
    views: UserViews
    picks: PickedIds
    demographics: UserDemographics | None


def read_user(user_id: int, since: datetime, now: datetime) -> UserData:
    """The user at `now`, with all views that count at some moment from `since` on."""
    return UserData(
        read_ratings(user_id),
        read_user_views(user_id, since, now),
        picked_ids(user_id),
        demographics_of(user_id, now),
    )


@dataclass(frozen=True)
class Catalogue:
    """All images that at least one user may see, by ascending id, with the data for content similarity."""

    images: Ids
    genre_ids: Ids  # the columns of `genres`
    genres: NDArray[np.float64]  # images x genres, 0 or 1
    titles: list[str]
    keywords: list[list[str]]
    descriptors: NDArray[np.float32]  # images x dims; a row of zeros for an image without one
    genre_of: Ids  # the genre id of each image
    published: NDArray[np.float64]  # Unix seconds


def _catalogue() -> "QuerySet[Image]":
    """The images that a night learns about: all that are not hidden."""
    return Image.objects.exclude(visibility=Image.Visibility.HIDDEN)


def in_catalogue(images: Collection[int]) -> set[int]:
    """The ids among `images` that the next night will know."""
    return set(_catalogue().filter(pk__in=images).values_list("pk", flat=True)) if images else set()


def read_catalogue() -> Catalogue:
    rows = _catalogue().order_by("pk")
    keywords: dict[int, list[str]] = {}
    titles: list[str] = []
    genre_of: list[int] = []
    published: list[float] = []
    raw: list[bytes] = []
    columns = rows.values_list("pk", "title", "genre_id", "published_at", "descriptor")
    for pk, title, genre, moment, descriptor in columns.iterator(ROWS_AT_A_TIME):
        keywords[pk] = []
        titles.append(title)
        genre_of.append(genre)
        published.append(moment.timestamp())
        raw.append(bytes(descriptor))
    tagged = Image.keywords.through.objects.filter(image_id__in=rows.order_by().values("pk"))
    for image, keyword in (
        tagged.values_list("image_id", "keyword__name")
        .order_by("image_id", "keyword_id")
        .iterator(ROWS_AT_A_TIME)
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
    """The stored float16 rows. Images whose descriptor has another length than most count as images without
    one."""
    sizes = [len(row) for row in raw if row]
    size = max(set(sizes), key=sizes.count) if sizes else 0
    out = np.zeros((len(raw), size // 2), dtype=np.float32)
    for index, row in enumerate(raw):
        if size and len(row) == size:
            out[index] = np.frombuffer(row, dtype=np.float16)
    return out


def image_ids(rows: "QuerySet[Any, Any]", column: str = "image_id") -> Ids:
    """One column of image ids, ascending and unique."""
    return np.unique(np.fromiter(rows.values_list(column, flat=True), dtype=np.int64))


def hidden_by(user_id: int) -> Ids:
    return image_ids(Hide.objects.filter(user_id=user_id))


def viewed_by(user_id: int) -> Ids:
    return image_ids(View.objects.filter(user_id=user_id))


def recently_viewed(user_id: int, now: datetime, limit: int = 30) -> list[int]:
    """The images that the user opened in the last 24 hours, the last opened first."""
    rows = View.objects.filter(user_id=user_id, at__gt=now - timedelta(days=1), at__lte=now).order_by(
        "-at", "-pk"
    )
    rows = learnable_views(rows, now - timedelta(days=1))
    return list(dict.fromkeys(rows.values_list("image_id", flat=True)[:limit]))
