"""The ladder for people who have rated nothing: what they picked first, what they opened today, what people
like them like, what is popular."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from numpy.typing import NDArray

from gallery.models import Image
from recommender.data import artifacts
from recommender.data.demographics import demographics_of
from recommender.data.snapshot import recently_viewed
from recommender.data.steering import wishes_of
from recommender.models import FirstPicks, Impression
from recommender.sources.demographics import in_ranks, log_odds

LIMIT = 500
PICK, VIEWED, GENRE = 1.0, 0.8, 0.5  # how loudly each speaks, relative to a picked image
DEMOGRAPHICS_SHARE = 0.2  # the share of a score that people alike decide, beside picks and views


@dataclass(frozen=True)
class NewcomerRanking:
    """`images` best first with `scores` in [0, 1]; `reasons` the picked or viewed image that speaks for each,
    or 0. `parts` (3, images) are what likeness to that image,
    the genre and people alike add to each score."""

    rung: Impression.Rung
    images: NDArray[np.int64]
    scores: NDArray[np.float64]
    reasons: NDArray[np.int64]
    parts: NDArray[np.float64]


def _popular() -> NewcomerRanking:
    ids = np.fromiter(Image.objects.public().trending().values_list("pk", flat=True)[:LIMIT], dtype=np.int64)
    falling = np.linspace(1.0, 0.0, len(ids)) if len(ids) else np.zeros(0)
    return NewcomerRanking(
        Impression.Rung.TRENDING, ids, falling, np.zeros(len(ids), dtype=np.int64), np.zeros((3, len(ids)))
    )


def newcomer_ranking(user: User, now: datetime, besides: int = 0) -> NewcomerRanking:
    """Half likeness to what was picked or opened, half the genres of it. Unlike alpha * beta this is not zero
    for a person who picked genres alone, or images alone. `besides`:
    as if the person did not know this image."""
    welcome = FirstPicks.objects.filter(user=user).first()
    picks = list(welcome.images.values_list("pk", flat=True)) if welcome else []
    genres = list(welcome.genres.values_list("pk", flat=True)) if welcome else []
    genres += wishes_of(user.pk).pinned - set(genres)
    picks, viewed = (
        [pk for pk in known if pk != besides] for known in (picks, recently_viewed(user.pk, now))
    )
    model = artifacts.current_content()
    if model is None:
        return _popular()
    log_odds_of_images = _liking(user, model, now)
    if not (picks or genres or viewed):
        return (
            _popular()
            if log_odds_of_images is None
            else _best(Impression.Rung.DEMOGRAPHICS, model, _beside_the_best(log_odds_of_images))
        )
    weight_of = dict.fromkeys(viewed, VIEWED) | dict.fromkeys(picks, PICK)
    rows, known = model.rows_of(np.array(list(weight_of), dtype=np.int64))
    weights = np.array(list(weight_of.values()))[known]
    likeness, reasons = np.zeros(len(model.images)), np.zeros(len(model.images), dtype=np.int64)
    if len(rows):
        contributions = np.maximum(model.features @ model.features[rows].T, 0.0) * weights
        best = contributions.argmax(axis=1)
        likeness, reasons = contributions.max(axis=1), model.images[rows][best]
        reasons[likeness <= 0] = 0
    interest = _genre_interest(model.genre_of, model.genre_of[rows], weights, genres)
    parts = np.stack([0.5 * likeness, 0.5 * interest, np.zeros(len(interest))])
    score = parts.sum(axis=0)
    if log_odds_of_images is not None:
        places = in_ranks(log_odds_of_images)
        alike = np.nan_to_num(places, nan=0.5)  # what the network does not know lies in the middle
        score = np.where(score > 0, (1.0 - DEMOGRAPHICS_SHARE) * score + DEMOGRAPHICS_SHARE * alike, 0.0)
        parts = np.stack(
            [*(1.0 - DEMOGRAPHICS_SHARE) * parts[:2], DEMOGRAPHICS_SHARE * np.nan_to_num(places)]
        )
    score[rows] = 0.0  # known to the person: they speak for others, and come when there are no others left
    return _best(
        Impression.Rung.FIRST_PICKS if picks or genres else Impression.Rung.VIEWS,
        model,
        score,
        reasons,
        parts,
    )


def _liking(user: User, model: artifacts.Content, now: datetime) -> NDArray[np.float64] | None:
    """The log-odds that somebody of this person's age, gender and region likes each image;
    None without an answer."""
    told = demographics_of(user.pk, now)
    network = artifacts.current_network() if told is not None else None
    return None if told is None or network is None else log_odds(network, told, model.images)


def _beside_the_best(log_odds_of_images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Odds as a share of the best one's, 0 for what the network does not know. Not places: a page that is
    re-ranked for variety must not take the thirtieth for nearly as good as the first."""
    odds = np.nan_to_num(np.exp(log_odds_of_images))
    return np.asarray(odds / max(float(odds.max(initial=0.0)), 1e-300))


def _best(
    rung: Impression.Rung,
    model: artifacts.Content,
    score: NDArray[np.float64],
    reasons: NDArray[np.int64] | None = None,
    parts: NDArray[np.float64] | None = None,
) -> NewcomerRanking:
    order = np.argsort(-score, kind="stable")[:LIMIT]
    order = order[score[order] > 0]
    contributions = np.zeros(len(score), dtype=np.int64) if reasons is None else reasons
    said = np.stack([0.0 * score, 0.0 * score, score]) if parts is None else parts
    return NewcomerRanking(rung, model.images[order], score[order], contributions[order], said[:, order])


def _genre_interest(
    genre_of: NDArray[np.int64], seen: NDArray[np.int64], weights: NDArray[Any], picked: list[int]
) -> NDArray[np.float64]:
    """Each image's genre by how much of what was picked and opened is of it;
    a genre that was picked counts in full."""
    share: dict[int, float] = {}
    for genre, weight in zip(seen.tolist(), weights.tolist(), strict=True):
        share[genre] = share.get(genre, 0.0) + weight
    top = max(share.values(), default=1.0)
    interest = {genre: GENRE * value / top for genre, value in share.items()} | dict.fromkeys(picked, 1.0)
    return np.array([interest.get(genre, 0.0) for genre in genre_of.tolist()])
