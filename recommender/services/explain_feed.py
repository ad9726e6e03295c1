"""Why an image is recommended: parts that add up to the score, and the facts behind them; or what else placed it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db.models import Count

from gallery.models import Genre, Image, Rating, View
from gallery.models.discretion import FEWEST, may_be_told
from recommender.data.agents import weights_of
from recommender.data.slates import Candidates, current_slate
from recommender.data.snapshot import picks_of
from recommender.data.steering import SHARES, STARS, wishes_of
from recommender.engine.explain import ContentParts, as_shown
from recommender.engine.explain import explain as taken_apart
from recommender.models import Impression, Welcome
from recommender.services.cold import ColdRanking, cold_ranking

LEAST = 0.005  # of a part: what is less is shown as 0.00
NO_REASON = {"mean", "limit"}  # parts that say nothing about the image


@dataclass(frozen=True)
class Part:
    """One part of a score. `kind`: mean, neighbours, alike (people of one's age, gender, region), viewed, rated_alike
    or limit (what the ends of the scale cut)."""

    kind: str
    value: float


class Aside(StrEnum):
    """Why an image is here for which nothing speaks."""

    RATED = "rated"  # by the person: there is nothing to guess
    CHOSEN = "chosen"  # by the person, at the start; it comes after what is new to them
    OPENED = "opened"  # before it was shown; it comes after what is new to them
    FORMER = "former"  # it fitted what the person had rated until then
    REST = "rest"  # everything that fits had come
    UNKNOWN = "unknown"  # nothing is known of the person, nor is the image popular


@dataclass(frozen=True)
class Explanation:
    """`parts` add up to `score` (1-5): the person's mean first, then the largest, the limit last. `genre_share` is the
    share of the person's views of 14 days in the image's genre, `pinned` whether they pinned it; `reason` the image
    that speaks for this one. Without ratings (`rung` is not hybrid) there is no score, and `rung` says what speaks for
    the image: with `by_genre` its genre, else `reason` or people. An `explored` image was drawn to learn from it; none
    of the rest placed it.
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
    by_genre: bool = False
    aside: Aside | None = None
    pin_leads: bool = False  # the pin moved the image further than any part
    chosen: bool = False  # its genre, or the image that speaks for it, was chosen at the start

    def shown(self) -> tuple[list[Decimal], Decimal]:
        """The parts and the score as they are read, which add up, too."""
        return as_shown([part.value for part in self.parts])

    def leading(self) -> Part | None:
        """The part that says most about the image; None where each is 0.00 as it is read."""
        told = zip(self.parts, self.shown()[0], strict=True)
        sizes = [(abs(said), abs(part.value), part) for part, said in told if said and part.kind not in NO_REASON]
        return max(sizes, key=lambda size: size[:2])[2] if sizes else None


def explain(user: User, image: Image, now: datetime) -> Explanation | None:
    """None where nothing was learnt about this image for this person, and no feed has shown it to them."""
    shown = _last_shown(user, image)
    slate = current_slate(user.pk)
    if slate is None:
        return _cold(user, image, now, shown)
    place = np.flatnonzero(slate.rows["image"] == image.pk)
    if len(place):
        return _hybrid(user, image, now, slate, int(place[0]), explored=bool(shown and shown.explored))
    return _beside_the_slate(user, image, shown)


def _last_shown(user: User, image: Image) -> Impression | None:
    shown = Impression.objects.filter(feed__user=user, image=image).select_related("feed")
    return shown.order_by("-at", "-pk").first()


def _hybrid(user: User, image: Image, now: datetime, slate: Candidates, place: int, *, explored: bool) -> Explanation:
    row = slate.rows[place]
    weights = weights_of(user.pk)
    p_cb, viewed, rated_alike = float(row["p_cb"]), float(row["viewed"]), float(row["rated_alike"])
    content = ContentParts(viewed, rated_alike, p_cb - slate.base - viewed - rated_alike)
    p_net = None if slate.p_net is None or np.isnan(slate.p_net[place]) else float(slate.p_net[place])
    p_cf = None if np.isnan(row["p_cf"]) else float(row["p_cf"])
    told = taken_apart(weights, slate.base, p_cf, content, p_net)
    # Where none of the neighbours rated it, their side falls back on the person's own mean.
    mean, neighbours = (told.base, told.neighbours) if row["neighbours"] else (told.base + told.neighbours, 0.0)
    about_it = [
        Part("neighbours", neighbours),
        *([] if told.alike is None else [Part("alike", told.alike)]),
        Part("viewed", told.views),
        Part("rated_alike", told.ratings),
    ]
    about_it.sort(key=lambda part: -abs(part.value))
    given = float(row["neighbour_mean"])
    pinned = image.genre_id in wishes_of(user.pk).pinned
    picks = picks_of(user.pk)
    return Explanation(
        score=told.score,
        parts=[Part("mean", mean), *about_it, Part("limit", told.limit)],
        cf_weight=weights[0],
        cb_weight=weights[1],
        neighbours=int(row["neighbours"]),
        neighbour_mean=None if np.isnan(given) else given,
        reason=_reason(user, int(row["reason"])),
        genre=image.genre,
        genre_share=_genre_share(user, image.genre, now),
        pinned=pinned,
        rung=Impression.Rung.HYBRID,
        explored=explored,
        net_weight=None if told.alike is None else weights[2],
        pin_leads=pinned and abs(about_it[0].value) < STARS[1],
        chosen=image.genre_id in picks.genres or int(row["reason"]) in picks.images,
    )


def _beside_the_slate(user: User, image: Image, shown: Impression | None) -> Explanation | None:
    """An image that the person's ratings say nothing about, by what placed it when it was shown."""
    if shown is not None and shown.explored:
        return _without_score(image, shown.rung, explored=True)
    if Rating.objects.filter(user=user, image=image).exists():
        return _without_score(image, Impression.Rung.HYBRID, aside=Aside.RATED)
    if shown is None:
        return None
    if shown.rung == Impression.Rung.TRENDING:
        return _filled(user, image, shown)
    aside = Aside.FORMER if shown.rung == Impression.Rung.HYBRID else None
    return _without_score(image, shown.rung, aside=aside)


def _filled(user: User, image: Image, shown: Impression) -> Explanation:
    """One that was shown for being popular: in a feed of such, or where what fits had come to its end."""
    if not shown.feed.impressions.exclude(rung=Impression.Rung.TRENDING).exists():
        return _popular(image)
    aside = Aside.REST
    if Welcome.objects.filter(user=user, images=image, at__lte=shown.at).exists():
        aside = Aside.CHOSEN
    elif View.objects.filter(user=user, image=image, at__lt=shown.at).exists():
        aside = Aside.OPENED
    return _without_score(image, shown.rung, aside=aside)


def _popular(image: Image, *, pinned: bool = False) -> Explanation:
    aside = None if image.trending > 0 and _known_to_several(image) else Aside.UNKNOWN
    return _without_score(image, Impression.Rung.TRENDING, aside=aside, pinned=pinned)


def _known_to_several(image: Image) -> bool:
    """One person's five and a few looks of theirs make nothing popular, and are not to be told."""
    if may_be_told(image.rating_count):
        return True
    return may_be_told(View.objects.filter(image=image).order_by().values("user").distinct()[:FEWEST].count())


def _cold(user: User, image: Image, now: datetime, shown: Impression | None) -> Explanation | None:
    """By the feed that showed it, as things stood then: it may have been opened since. By a feed as it would be now,
    where none has."""
    if shown is not None and shown.rung == Impression.Rung.HYBRID:
        shown = None  # by ratings that have been taken back
    if shown is not None and shown.explored:
        return _without_score(image, shown.rung, explored=True)
    if shown is not None and shown.rung == Impression.Rung.TRENDING:
        return _filled(user, image, shown)
    if shown is None and Welcome.objects.filter(user=user, images=image).exists():
        return _without_score(image, Impression.Rung.WELCOME, aside=Aside.CHOSEN)
    ranking = cold_ranking(user, shown.at if shown else now, besides=image.pk)
    place = np.flatnonzero(ranking.images == image.pk)
    if len(place):
        return _spoken_for(user, image, ranking, int(place[0]))
    return _without_score(image, shown.rung) if shown else None


def _spoken_for(user: User, image: Image, ranking: ColdRanking, place: int) -> Explanation:
    """By the largest of what the ranking is made of: likeness to an image, the genre, or people alike."""
    pinned = image.genre_id in wishes_of(user.pk).pinned
    if ranking.rung == Impression.Rung.TRENDING:
        return _popular(image, pinned=pinned)
    by_picture, by_genre, by_people = ranking.parts[:, place].tolist()
    largest = max(by_picture, by_genre, by_people)
    if largest < LEAST:
        return _without_score(image, ranking.rung, aside=Aside.REST)
    how: dict[str, Any] = {"pinned": pinned, "pin_leads": pinned and largest < SHARES[1]}
    if by_people == largest:
        return _without_score(image, Impression.Rung.ABOUT, **how)
    others = Image.objects.filter(welcome__user=user).exclude(pk=image.pk)
    if by_genre > by_picture:
        chosen = Genre.objects.filter(welcome__user=user, pk=image.genre_id).exists()
        chosen = chosen or others.filter(genre=image.genre_id).exists()
        return _without_score(image, _beginning(chosen), by_genre=True, **how)
    reason = int(ranking.reasons[place])
    chosen = others.filter(pk=reason).exists()
    return _without_score(image, _beginning(chosen), reason=_reason(user, reason), **how)


def _beginning(chosen: bool) -> Impression.Rung:
    return Impression.Rung.WELCOME if chosen else Impression.Rung.VISIT


def _without_score(image: Image, rung: str, **more: Any) -> Explanation:
    nothing: dict[str, Any] = {"reason": None, "pinned": False, "explored": False}
    return Explanation(
        score=None,
        parts=[],
        cf_weight=0.5,
        cb_weight=0.5,
        neighbours=0,
        neighbour_mean=None,
        genre=image.genre,
        genre_share=0.0,
        rung=rung,
        **(nothing | more),
    )


def _reason(user: User, image_id: int) -> Image | None:
    return Image.objects.visible(user).for_cards().filter(pk=image_id).first() if image_id else None


def _genre_share(user: User, genre: Genre, now: datetime) -> float:
    recent = View.objects.filter(user=user, at__gt=now - timedelta(days=14), at__lte=now)
    counts = dict(recent.order_by().values_list("image__genre").annotate(n=Count("pk")))
    return counts.get(genre.pk, 0) / sum(counts.values()) if counts else 0.0
