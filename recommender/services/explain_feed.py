"""Why an image is recommended: parts that add up to the score, and the facts behind them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.contrib.auth.models import User
from django.db.models import Count

from gallery.models import Genre, Image, View
from recommender.data.agents import weights_of
from recommender.data.slates import Candidates, current_slate
from recommender.data.steering import wishes_of
from recommender.engine.explain import ContentParts
from recommender.engine.explain import explain as taken_apart
from recommender.models import Impression
from recommender.services.cold import cold_ranking


@dataclass(frozen=True)
class Part:
    """One part of a score. `kind`: mean, neighbours, alike (people of one's age, gender, region), viewed, rated_alike
    or limit (what the ends of the scale cut)."""

    kind: str
    value: float


@dataclass(frozen=True)
class Explanation:
    """`parts` add up to `score` (1-5). `genre_share` is the share of the person's views of 14 days in the image's
    genre, `pinned` whether they
    pinned it; `reason` the image that speaks for this one. Without ratings (`rung` is not hybrid) there is no score.
    """

    score: float | None
    parts: list[Part]
    cf_weight: float
    cb_weight: float
    neighbours: int
    neighbour_mean: float | None
    reason: Image | None
    genre: Genre
    genre_share: float
    pinned: bool
    rung: str
    explored: bool
    net_weight: float | None = None  # of a third agent, where it had a say in this score


def explain(user: User, image: Image, now: datetime) -> Explanation | None:
    """None where nothing was learnt about this image for this person."""
    slate = current_slate(user.pk)
    if slate is None:
        return _cold(user, image, now)
    place = np.flatnonzero(slate.rows["image"] == image.pk)
    return _hybrid(user, image, now, slate, int(place[0])) if len(place) else None


def _hybrid(user: User, image: Image, now: datetime, slate: Candidates, place: int) -> Explanation:
    row = slate.rows[place]
    weights = weights_of(user.pk)
    p_cb, viewed, rated_alike = float(row["p_cb"]), float(row["viewed"]), float(row["rated_alike"])
    content = ContentParts(viewed, rated_alike, p_cb - slate.base - viewed - rated_alike)
    p_net = None if slate.p_net is None or np.isnan(slate.p_net[place]) else float(slate.p_net[place])
    p_cf = None if np.isnan(row["p_cf"]) else float(row["p_cf"])
    told = taken_apart(weights, slate.base, p_cf, content, p_net)
    parts = [
        Part("mean", told.base),
        Part("neighbours", told.neighbours),
        *([] if told.alike is None else [Part("alike", told.alike)]),
        Part("viewed", told.views),
        Part("rated_alike", told.ratings),
        Part("limit", told.limit),
    ]
    mean = float(row["neighbour_mean"])
    return Explanation(
        score=told.score,
        parts=parts,
        cf_weight=weights[0],
        cb_weight=weights[1],
        neighbours=int(row["neighbours"]),
        neighbour_mean=None if np.isnan(mean) else mean,
        reason=_reason(user, int(row["reason"])),
        genre=image.genre,
        genre_share=_genre_share(user, image.genre, now),
        pinned=image.genre_id in wishes_of(user.pk).pinned,
        rung=Impression.Rung.HYBRID,
        explored=_explored(user, image),
        net_weight=None if told.alike is None else weights[2],
    )


def _cold(user: User, image: Image, now: datetime) -> Explanation | None:
    ranking = cold_ranking(user, now)
    place = np.flatnonzero(ranking.images == image.pk)
    if not len(place):
        return None
    return Explanation(
        score=None,
        parts=[],
        cf_weight=0.5,
        cb_weight=0.5,
        neighbours=0,
        neighbour_mean=None,
        reason=_reason(user, int(ranking.reasons[place[0]])),
        genre=image.genre,
        genre_share=_genre_share(user, image.genre, now),
        pinned=image.genre_id in wishes_of(user.pk).pinned,
        rung=ranking.rung,
        explored=False,
    )


def _reason(user: User, image_id: int) -> Image | None:
    return Image.objects.visible(user).for_cards().filter(pk=image_id).first() if image_id else None


def _genre_share(user: User, genre: Genre, now: datetime) -> float:
    recent = View.objects.filter(user=user, at__gt=now - timedelta(days=14), at__lte=now)
    counts = dict(recent.order_by().values_list("image__genre").annotate(n=Count("pk")))
    return counts.get(genre.pk, 0) / sum(counts.values()) if counts else 0.0


def _explored(user: User, image: Image) -> bool:
    shown = Impression.objects.filter(feed__user=user, image=image)
    return bool(shown.order_by("-at").values_list("explored", flat=True).first())
