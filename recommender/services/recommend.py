"""The personal feed: candidates of the right rung, without rated, hidden and private images; re-ranked for
variety, and logged as impressions."""

import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from django.contrib.auth.models import AnonymousUser, User
from numpy.typing import NDArray

from gallery.browse.cards import Picture, pictures_for
from gallery.models import Image, Listing
from recommender.data import artifacts
from recommender.data.artifacts import Content
from recommender.data.experiments import expose
from recommender.data.feed_input import FeedInput, feed_input_of, user_state_of
from recommender.data.impressions import (
    ImpressionRow,
    last_feed,
    page_from,
    showings_of,
    start_feed,
    write_impressions,
)
from recommender.data.snapshot import hidden_by, image_ids, viewed_by
from recommender.data.steering import Wishes, wishes_of
from recommender.models import Feed, Impression
from recommender.services.newcomers import newcomer_ranking
from recommender.services.ranking import (
    Ranking,
    choose,
    hybrid_ranking,
    newcomers_ranking,
    rested,
    steered,
)

PAGE_SIZE = 40
STEADY = timedelta(hours=1)  # for so long a feed stays as it is if nothing changes
DAYS = 4_000_000  # more than there are days: a user explores the same images for a day


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
class _Reading:
    """What a page of a feed is composed from: the features of the images, and the ranking after steering.
    `basis` is a checksum of the ranking. It differs as soon as the user has said something that counts."""

    content: Content | None
    ranking: Ranking
    basis: int


def feed_page(
    user: User,
    cursor: str | None,
    now: datetime,
    size: int = PAGE_SIZE,
    *,
    private: bool = False,
    only_unseen: bool = False,
) -> FeedPage:
    """The page at a cursor. None starts a new feed; if nothing has changed since the last one began, less
    than an hour ago, it is that one's first page again. `private`: the feed belongs to a private session.
    `only_unseen`: the feed leaves out images that the user has opened, and is always a new one. Raises
    UnknownCursor."""
    options = FeedOptions(wishes_of(user.pk), *user_state_of(user.pk), only_unseen)
    if cursor is not None:
        feed, offset = _open(user, cursor, private)
        if not (shown := page_from(feed, offset, size)):
            reading, showings = _read(user, options, now), showings_of(user.pk, now)
            composed = _compose(user, feed, offset, options, reading, showings, now, size)
            return _page(feed, offset, *composed, size)
        return _page(feed, offset, shown, _pictures(user, [row.image_id for row in shown], options), size)
    reading, last = _read(user, options, now), last_feed(user, now, private)
    if (
        last is not None
        and last.basis == reading.basis
        and not only_unseen
        and options.not_exposed is None
        and now - last.started_at < STEADY
    ):
        shown = page_from(last, 0, size)
        if len(shown) == size:
            return _page(last, 0, shown, _pictures(user, [row.image_id for row in shown], options), size)
    feed = start_feed(user, secrets.token_urlsafe(16), now, private, reading.basis)
    # without a feed lately nothing was shown often
    showings = {} if last is None else showings_of(user.pk, now)
    return _page(feed, 0, *_compose(user, feed, 0, options, reading, showings, now, size), size)


def _read(user: User, options: FeedOptions, now: datetime) -> _Reading:
    feed_input = feed_input_of(user.pk)
    ranking = steered(_ranking(user, feed_input, now), options.wishes, options.hidden, feed_input.content)
    said = f"{ranking.rung} {options.wishes.discovery} {len(options.rated)}".encode()
    basis = zlib.crc32(ranking.images.tobytes() + np.round(ranking.scores, 4).tobytes() + said)
    return _Reading(feed_input.content, ranking, basis)


def end_private(user: User) -> None:
    """Deletes the feeds of the user's private sessions."""
    Feed.objects.filter(user=user, private=True).delete()


def personal_order(user: User, now: datetime) -> list[int]:
    """The ids of the candidates, the image that the user would like most first."""
    options = FeedOptions(wishes_of(user.pk), *user_state_of(user.pk))
    return [int(pk) for pk in _read(user, options, now).ranking.images]


def _open(user: User, cursor: str, private: bool) -> tuple[Feed, int]:
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
    user: User,
    feed: Feed,
    offset: int,
    options: FeedOptions,
    reading: _Reading,
    showings: Mapping[int, float],
    now: datetime,
    size: int,
) -> tuple[list[ImpressionRow], dict[int, Picture]]:
    """Chooses the next images and writes their impressions. Returns the rows, and the images by id."""
    shown = image_ids(feed.impressions.all()) if offset else np.zeros(0, dtype=np.int64)
    excluded = np.concatenate([shown, options.rated, options.hidden])
    if options.only_unseen:
        excluded = np.concatenate([excluded, viewed_by(user.pk)])
    ranking = rested(reading.ranking, showings)
    ranking = ranking.only(~np.isin(ranking.images, excluded))
    seed = user.pk * DAYS + now.toordinal()
    chosen, explored = choose(ranking, size, options.wishes, reading.content, seed, offset)
    pictures = _pictures(user, ranking.images[chosen].tolist(), options)
    # rare: an image was deleted or hidden since the slate was written
    if len(pictures) < len(chosen):
        ranking = _visible(user, ranking)
        chosen, explored = choose(ranking, size, options.wishes, reading.content, seed, offset)
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


def _visible(user: User, ranking: Ranking) -> Ranking:
    allowed = (
        Listing.objects.visible(user).filter(pk__in=ranking.images.tolist()).values_list("pk", flat=True)
    )
    return ranking.only(np.isin(ranking.images, np.fromiter(allowed, dtype=np.int64)))


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
