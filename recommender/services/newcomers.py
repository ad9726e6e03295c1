"""The ranking for users without ratings, from the first source that they have: first picks, views of the last
24 hours, demographics, popular images."""

from collections.abc import Sequence
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
from recommender.sources.demographics import log_odds, to_ranks

LIMIT = 500
# weights relative to a picked image; GENRE is for the genre of a picked or viewed image
PICK, VIEWED, GENRE = 1.0, 0.8, 0.5
DEMOGRAPHICS_SHARE = 0.2  # the share of demographics in a score, next to picks and views


@dataclass(frozen=True)
class NewcomerRanking:
    """`images`, best first, with `scores` in [0, 1]. `reasons` has for each image the id of the most similar
    picked or viewed image, or 0. `parts` (3, images) are the addends of each score: similarity to that image,
    the genre, and demographics."""

    rung: Impression.Rung
    images: NDArray[np.int64]
    scores: NDArray[np.float64]
    reasons: NDArray[np.int64]
    parts: NDArray[np.float64]


def _popular() -> NewcomerRanking:
    ids = np.fromiter(Image.objects.public().trending().values_list("pk", flat=True)[:LIMIT], dtype=np.int64)
    scores = np.linspace(1.0, 0.0, len(ids)) if len(ids) else np.zeros(0)
    return NewcomerRanking(
        Impression.Rung.TRENDING, ids, scores, np.zeros(len(ids), dtype=np.int64), np.zeros((3, len(ids)))
    )


def newcomer_ranking(user: User, now: datetime, without: int = 0) -> NewcomerRanking:
    """The images for a user without ratings. A score is half the similarity to picked and viewed images and
    half their genres. Unlike alpha * beta it is not zero for a user who picked only genres or only images.
    `without` is the id of an image that is ranked as if the user had not picked or viewed it."""
    first_picks = FirstPicks.objects.filter(user=user).first()
    picks = list(first_picks.images.values_list("pk", flat=True)) if first_picks else []
    genres = list(first_picks.genres.values_list("pk", flat=True)) if first_picks else []
    genres += wishes_of(user.pk).pinned - set(genres)
    picks, viewed = ([pk for pk in ids if pk != without] for ids in (picks, recently_viewed(user.pk, now)))
    model = artifacts.current_content()
    if model is None:
        return _popular()
    odds = _demographic_log_odds(user, model, now)
    if not (picks or genres or viewed):
        return (
            _popular()
            if odds is None
            else _best(Impression.Rung.DEMOGRAPHICS, model, _relative_to_best(odds))
        )
    return ranking_of(model, picks, genres, viewed, odds)


def ranking_of(
    model: artifacts.Content,
    picks: Sequence[int],
    genres: Sequence[int],
    viewed: Sequence[int] = (),
    odds: NDArray[np.float64] | None = None,
) -> NewcomerRanking:
    """The ranking by picked and viewed images and by picked genres, all ids; `odds` are the log-odds of the
    demographics, (images,)."""
    weight_by_image = dict.fromkeys(viewed, VIEWED) | dict.fromkeys(picks, PICK)
    rows, known = model.rows_of(np.array(list(weight_by_image), dtype=np.int64))
    weights = np.array(list(weight_by_image.values()))[known]
    similarity, reasons = np.zeros(len(model.images)), np.zeros(len(model.images), dtype=np.int64)
    if len(rows):
        contributions = np.maximum(model.features @ model.features[rows].T, 0.0) * weights
        best = contributions.argmax(axis=1)
        similarity, reasons = contributions.max(axis=1), model.images[rows][best]
        reasons[similarity <= 0] = 0
    interest = _genre_interest(model.genre_of, model.genre_of[rows], weights, genres)
    parts = np.stack([0.5 * similarity, 0.5 * interest, np.zeros(len(interest))])
    score = parts.sum(axis=0)
    if odds is not None:
        ranks = to_ranks(odds)
        in_the_middle = np.nan_to_num(ranks, nan=0.5)  # of an image that the network does not know
        score = np.where(
            score > 0, (1.0 - DEMOGRAPHICS_SHARE) * score + DEMOGRAPHICS_SHARE * in_the_middle, 0.0
        )
        parts = np.stack([*(1.0 - DEMOGRAPHICS_SHARE) * parts[:2], DEMOGRAPHICS_SHARE * np.nan_to_num(ranks)])
    score[rows] = 0.0  # the user knows these images; they come after all others
    rung = Impression.Rung.FIRST_PICKS if picks or genres else Impression.Rung.VIEWS
    return _best(rung, model, score, reasons, parts)


def _demographic_log_odds(user: User, model: artifacts.Content, now: datetime) -> NDArray[np.float64] | None:
    """(images,): the log-odds that a user with the same demographics likes each image. None without
    demographics or without a network."""
    demographics = demographics_of(user.pk, now)
    network = artifacts.current_network() if demographics is not None else None
    return None if demographics is None or network is None else log_odds(network, demographics, model.images)


def _relative_to_best(demographic_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The odds relative to the best odds, in [0, 1]; 0 for an image that the network does not know. These are
    not ranks: re-ranking for variety must not treat the thirtieth image as almost as good as the first."""
    odds = np.nan_to_num(np.exp(demographic_odds))
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
    reasons = np.zeros(len(score), dtype=np.int64) if reasons is None else reasons
    parts = np.stack([0.0 * score, 0.0 * score, score]) if parts is None else parts
    return NewcomerRanking(rung, model.images[order], score[order], reasons[order], parts[:, order])


def _genre_interest(
    genre_of: NDArray[np.int64], seen: NDArray[np.int64], weights: NDArray[Any], picked: Sequence[int]
) -> NDArray[np.float64]:
    """(images,) in [0, 1]: the interest in the genre of each image, from the weights of the picked and viewed
    images of that genre. A picked genre counts as 1."""
    share: dict[int, float] = {}
    for genre, weight in zip(seen.tolist(), weights.tolist(), strict=True):
        share[genre] = share.get(genre, 0.0) + weight
    top = max(share.values(), default=1.0)
    interest = {genre: GENRE * value / top for genre, value in share.items()} | dict.fromkeys(picked, 1.0)
    return np.array([interest.get(genre, 0.0) for genre in genre_of.tolist()])
