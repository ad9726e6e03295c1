"""The personal feed: candidates of the right rung, without rated, hidden and private images; re-ranked for
variety, and logged as impressions."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np
from django.contrib.auth.models import AnonymousUser, User
from numpy.typing import NDArray

from gallery.browse.cards import Picture, pictures_for
from gallery.models import Image, Listing
from recommender import sources
from recommender.data import artifacts
from recommender.data.artifacts import Content
from recommender.data.experiments import expose
from recommender.data.feed_input import FeedInput, feed_input_of, standing_of
from recommender.data.impressions import ImpressionRow, page_from, start_feed, write_impressions
from recommender.data.slates import Candidates
from recommender.data.snapshot import hidden_by, image_ids, viewed_by
from recommender.data.steering import STEERING_SHARES, STEERING_STARS, Wishes, wishes_of
from recommender.engine.blend import BlendWeights
from recommender.engine.rank import explore, mmr, score_spread
from recommender.engine.types import Scale
from recommender.models import Feed, Impression
from recommender.services.model import blended
from recommender.services.newcomers import NewcomerRanking, newcomer_ranking

PAGE_SIZE = 40
FIRST_ROW = 6  # positions that never explore: the first row of a wide window, the first screen of a phone
# stars. If the user's own ratings of similar images subtract so much, the image is not explored.
DISLIKED = -0.25
POOL = 240  # so many of the best images are re-ranked for variety; exploration draws from the rest
ON_SCALE, UNIT = Scale(1.0, 5.0), Scale(0.0, 1.0)


class UnknownCursor(ValueError):
    """The cursor is not one of this user's feeds."""


class Recommended(NamedTuple):
    """One image of a feed and its position. `explored`: the image was drawn at random, to learn what the user
    likes."""

    image: Picture
    position: int
    explored: bool


@dataclass(frozen=True)
class FeedPage:
    """A page of a feed. `rung` is an Impression.Rung. The same cursor gives the same page again."""

    items: list[Recommended]
    cursor: str
    has_more: bool
    rung: str


@dataclass(frozen=True)
class FeedOptions:
    """What the feed leaves out or steers for the user: wishes, hidden and rated images, and with
    `only_unseen` all images that the user has opened. `not_exposed` is the id of the running experiment if
    the next page is the user's first in it."""

    wishes: Wishes
    hidden: NDArray[np.int64]
    rated: NDArray[np.int64]
    not_exposed: int | None = None
    only_unseen: bool = False


@dataclass(frozen=True)
class Ranking:
    """Candidates of one rung by falling score. `scores` include the wishes of the user (`Wishes.steer`).
    `blend` is the prediction of the blend, NaN without one. `predictions` are those of each source, by name.
    `own` is what the user's own ratings of similar images add."""

    rung: Impression.Rung
    images: NDArray[np.int64]
    scores: NDArray[np.float64]
    blend: NDArray[np.float64]
    own: NDArray[np.float64]
    predictions: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def only(self, keep: NDArray[np.bool_]) -> "Ranking":
        return self.at(np.flatnonzero(keep))

    def at(self, indices: NDArray[np.int64]) -> "Ranking":
        predictions = {name: values[indices] for name, values in self.predictions.items()}
        return Ranking(
            self.rung,
            self.images[indices],
            self.scores[indices],
            self.blend[indices],
            self.own[indices],
            predictions,
        )


def feed_page(
    user: User,
    cursor: str | None,
    now: datetime,
    size: int = PAGE_SIZE,
    *,
    private: bool = False,
    only_unseen: bool = False,
) -> FeedPage:
    """The page at a cursor; None starts a new feed. `private`: the feed belongs to a private session.
    `only_unseen`: the feed leaves out images that the user has opened. Raises UnknownCursor."""
    feed, offset = _open(user, cursor, now, private)
    options = FeedOptions(wishes_of(user.pk), *standing_of(user.pk), only_unseen)
    shown = page_from(feed, offset, size) if cursor else []
    if shown:
        return _page(feed, offset, shown, _pictures(user, [row.image_id for row in shown], options), size)
    return _page(feed, offset, *_compose(user, feed, offset, options, now, size), size)


def end_private(user: User) -> None:
    """Deletes the feeds of the user's private sessions."""
    Feed.objects.filter(user=user, private=True).delete()


def personal_order(user: User, now: datetime) -> list[int]:
    """The ids of the candidates, the image that the user would like most first."""
    options, feed_input = FeedOptions(wishes_of(user.pk), *standing_of(user.pk)), feed_input_of(user.pk)
    return [int(pk) for pk in _steered(_ranking(user, feed_input, now), options, feed_input.content).images]


def _open(user: User, cursor: str | None, now: datetime, private: bool) -> tuple[Feed, int]:
    if cursor is None:
        return start_feed(user, secrets.token_urlsafe(16), now, private), 0
    token, _, offset = cursor.rpartition(".")
    # a feed of a private session ends with it, and the reverse
    feed = Feed.objects.filter(user=user, token=token, private=private).first()
    if feed is None or not (offset.isascii() and offset.isdigit() and len(offset) <= 6):
        raise UnknownCursor("This page of the feed is not there any more; start again from the top.")
    return feed, int(offset)


def _pictures(user: User, ids: list[int], options: FeedOptions) -> dict[int, Picture]:
    """The images that the user may see, without hidden images and muted genres, by id."""
    hidden = set(options.hidden.tolist())
    found = pictures_for(user, [pk for pk in ids if pk not in hidden])
    return {pk: image for pk, image in found.items() if image.genre_id not in options.wishes.muted}


def _page(
    feed: Feed, offset: int, shown: list[ImpressionRow], pictures: dict[int, Picture], size: int
) -> FeedPage:
    visible = [row for row in shown if row.image_id in pictures]
    items = [Recommended(pictures[row.image_id], row.position, row.explored) for row in visible]
    end = shown[-1].position + 1 if shown else offset
    rung = shown[0].rung if shown else Impression.Rung.TRENDING
    return FeedPage(items, f"{feed.token}.{end}", len(shown) == size, rung)


def _compose(
    user: User, feed: Feed, offset: int, options: FeedOptions, now: datetime, size: int
) -> tuple[list[ImpressionRow], dict[int, Picture]]:
    """Chooses the next images and writes their impressions. Returns the rows, and the images by id."""
    shown = image_ids(feed.impressions.all()) if offset else np.zeros(0, dtype=np.int64)
    excluded = np.concatenate([shown, options.rated, options.hidden])
    if options.only_unseen:
        excluded = np.concatenate([excluded, viewed_by(user.pk)])
    feed_input = feed_input_of(user.pk)
    ranking = _steered(_ranking(user, feed_input, now), options, feed_input.content)
    ranking = ranking.only(~np.isin(ranking.images, excluded))
    chosen, explored = choose(ranking, size, options.wishes, feed_input.content, feed.token, offset)
    pictures = _pictures(user, ranking.images[chosen].tolist(), options)
    # rare: an image was deleted or hidden since the slate was written
    if len(pictures) < len(chosen):
        ranking = _visible(user, ranking)
        chosen, explored = choose(ranking, size, options.wishes, feed_input.content, feed.token, offset)
        pictures = _pictures(user, ranking.images[chosen].tolist(), options)
    rows = _rows(ranking.at(chosen), explored, offset)
    start, wanted = offset + len(rows), size - len(rows)
    rows += _fill(user, feed, start, wanted, ranking.images[chosen].tolist(), options)
    # what happens in a private session is forgotten at its end
    if rows and options.not_exposed is not None and not feed.private:
        expose(user.pk, options.not_exposed, now)
    rows = write_impressions(feed, rows, offset, size, now)
    missing = [row.image_id for row in rows if row.image_id not in pictures]
    return rows, pictures | (_pictures(user, missing, options) if missing else {})


def _rows(chosen: Ranking, explored: NDArray[np.bool_], offset: int) -> list[ImpressionRow]:
    names = list(chosen.predictions)
    columns = zip(*(_numbers(values) for values in chosen.predictions.values()), strict=True)
    predicted = [
        {name: value for name, value in zip(names, row, strict=True) if value is not None} for row in columns
    ] or [{}] * len(explored)
    rows = zip(chosen.images.tolist(), explored.tolist(), predicted, _numbers(chosen.blend), strict=True)
    return [
        ImpressionRow(image, offset + index, chosen.rung, *rest) for index, (image, *rest) in enumerate(rows)
    ]


def _ranking(user: User, feed_input: FeedInput, now: datetime) -> Ranking:
    if feed_input.slate is None:
        return newcomers_ranking(newcomer_ranking(user, now))
    return hybrid_ranking(feed_input.slate, feed_input.weights)


def newcomers_ranking(found: NewcomerRanking) -> Ranking:
    """The ranking of a user without ratings, without predictions."""
    nothing = np.full(len(found.images), np.nan)
    return Ranking(found.rung, found.images, found.scores, nothing, np.zeros(len(found.images)))


def hybrid_ranking(slate: Candidates, weights: BlendWeights) -> Ranking:
    """The ranking of a user with ratings: by how the ratings are expected to turn out, popularity,
    and the first picks."""
    blend, own = blended(weights, slate.predictions), np.zeros(len(slate.images))
    scores = blend if slate.expected is None else slate.expected.astype(np.float64)
    for gained in (slate.popular, slate.chosen):
        scores = scores if gained is None else scores + gained
    for source in sources.SOURCES:
        if source.own and source.name in slate.predictions:
            own = own + slate.predictions[source.name].parts[source.own]
    predictions = {name: one.values.astype(np.float64) for name, one in slate.predictions.items()}
    found = Ranking(Impression.Rung.HYBRID, slate.images, scores, blend, own, predictions)
    return found.at(np.argsort(-scores, kind="stable"))


def _steered(ranking: Ranking, options: FeedOptions, content: Content | None) -> Ranking:
    """The ranking after steering, without muted genres."""
    wishes, hidden = options.wishes, options.hidden
    if content is None or not (len(hidden) or wishes.muted or wishes.pinned):
        return ranking
    unit = STEERING_STARS if ranking.rung == Impression.Rung.HYBRID else STEERING_SHARES
    scores = wishes.steer(ranking.scores, ranking.images, hidden, content, unit)
    order = np.argsort(-scores, kind="stable")
    return replace(ranking, scores=scores).at(order[np.isfinite(scores[order])])


def _visible(user: User, ranking: Ranking) -> Ranking:
    allowed = (
        Listing.objects.visible(user).filter(pk__in=ranking.images.tolist()).values_list("pk", flat=True)
    )
    return ranking.only(np.isin(ranking.images, np.fromiter(allowed, dtype=np.int64)))


def choose(
    ranking: Ranking, size: int, wishes: Wishes, content: Content | None, token: str, offset: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(indices, explored): indices of the ranking in page order, and a mask of those that explore. Explored
    images come from below the pool and are not similar to images that the user rated low. Popular images are
    the same for all users, so there is nothing to explore."""
    pool = min(POOL, len(ranking.images))
    best = np.arange(min(size, pool))
    if content is not None:
        scale = ON_SCALE if ranking.rung == Impression.Rung.HYBRID else UNIT
        features = content.features_of(ranking.images[:pool])
        scores = ranking.scores[:pool]
        best = mmr(scores, features, size, score_spread(scores, scale), trade_off=wishes.relevance)
    rng = np.random.default_rng([int.from_bytes(token.encode()[:8]), offset])
    share = 0.0 if ranking.rung == Impression.Rung.TRENDING else wishes.exploration
    unknown = pool + np.flatnonzero(ranking.own[pool:] > DISLIKED)
    return explore(best, unknown, share, rng, max(FIRST_ROW - offset, 0))


def _fill(
    user: User, feed: Feed, position: int, wanted: int, chosen: list[int], options: FeedOptions
) -> list[ImpressionRow]:
    """Popular images after the last candidate, until no image is left."""
    if wanted <= 0:
        return []
    fresh = (
        Image.objects.visible(user)
        .not_hidden_by(user)
        .exclude(ratings__user=user)
        .exclude(impressions__feed=feed)
    )
    if options.only_unseen:
        fresh = fresh.exclude(views__user=user)
    rest = fresh.exclude(pk__in=chosen).exclude(genre__in=options.wishes.muted)
    popular = rest.trending().values_list("pk", flat=True)[:wanted]
    return [ImpressionRow(pk, position + index, Impression.Rung.TRENDING) for index, pk in enumerate(popular)]


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [None if value != value else value for value in np.round(values, 4).tolist()]


def similar_images(user: User | AnonymousUser, image: Image, n: int = 12) -> list[Image]:
    """The `n` visible images with the most similar content, the most similar first. If no model knows the
    image, popular images of its genre."""
    hidden = np.zeros(0, dtype=np.int64) if user.pk is None else hidden_by(user.pk)
    content = artifacts.current_content()
    near = content.nearest(image.pk, 4 * n + len(hidden)) if content else None
    visible = Image.objects.visible(user).for_cards().exclude(pk=image.pk)
    if near is None:
        return list(visible.filter(genre=image.genre_id).exclude(pk__in=hidden.tolist()).trending()[:n])
    wanted = near[~np.isin(near, hidden)].tolist()
    found = visible.in_bulk(wanted)
    return [found[pk] for pk in wanted if pk in found][:n]
