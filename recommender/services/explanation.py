"""Why an image is recommended: parts that add up to the score, and the facts behind them;
or what else placed it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db.models import Count

from gallery.models import Genre, Image, Rating, View
from gallery.models.discretion import FEWEST, may_be_told
from recommender import sources
from recommender.data.agents import agent_weights
from recommender.data.slates import Candidates, current_slate
from recommender.data.snapshot import picked_ids
from recommender.data.steering import STEERING_SHARES, STEERING_STARS, wishes_of
from recommender.engine.explain import BlendParts, blend_parts, rounded_to_sum
from recommender.models import FirstPicks, Impression
from recommender.services.newcomers import NewcomerRanking, newcomer_ranking
from recommender.sources.base import ImageContext, PartText, Source, parts_at

SMALLEST_PART = 0.005  # of a part: what is less is shown as 0.00
MEAN_KIND = "mean"


@dataclass(frozen=True)
class ScorePart:
    """One part of a score. `words` are its source's, None for the person's mean; `fact` is what is behind it,
    in a sentence, "" where nothing may be told; `image` the id of an image that its source gives as the
    reason, or 0."""

    kind: str
    value: float
    text: PartText | None = None
    fact: str = ""
    image: int = 0


@dataclass(frozen=True)
class Opinion:
    """What one source says of an image: its parts, None where it has no prediction,
    and what is behind them."""

    source: Source
    parts: dict[str, float] | None
    details: dict[str, float]
    about: ImageContext


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
    """`parts` add up to `score` (1-5): the person's mean first, then the largest, those that are no reason
    last. `weights` are those of the agents whose sources had a say; `pinned` says whether the person pinned
    the genre; `reason` is the image that speaks for this one, by the part `reason_of`. Without ratings
    (`rung` is not hybrid) there is no score, and `rung` says what speaks for the image: with `by_genre` its
    genre, else `reason` or people. An `explored` image was drawn to learn from it;
    none of the rest placed it.
    """

    score: float | None
    parts: list[ScorePart]
    reason: Image | None
    genre: Genre
    pinned: bool
    rung: str
    explored: bool
    weights: list[tuple[Source, float]] = field(default_factory=list)
    reason_of: str = ""
    by_genre: bool = False
    aside: Aside | None = None
    pin_leads: bool = False  # the pin moved the image further than any part

    def shown(self) -> tuple[list[Decimal], Decimal]:
        """The parts and the score as they are read, which add up, too."""
        return rounded_to_sum([part.value for part in self.parts])

    def leading(self) -> ScorePart | None:
        """The part that says most about the image; None where each is 0.00 as it is read."""
        told = zip(self.parts, self.shown()[0], strict=True)
        sizes = [
            (abs(said), abs(part.value), part)
            for part, said in told
            if said and part.text and part.text.raises
        ]
        return max(sizes, key=lambda size: size[:2])[2] if sizes else None


def explain(user: User, image: Image, now: datetime) -> Explanation | None:
    """None where nothing was learnt about this image for this person, and no feed has shown it to them."""
    shown = _last_shown(user, image)
    slate = current_slate(user.pk)
    if slate is None:
        return _cold(user, image, now, shown)
    place = np.flatnonzero(slate.images == image.pk)
    if len(place):
        return _hybrid(user, image, now, slate, int(place[0]), explored=bool(shown and shown.explored))
    return _beside_the_slate(user, image, shown)


def _last_shown(user: User, image: Image) -> Impression | None:
    shown = Impression.objects.filter(feed__user=user, image=image).select_related("feed")
    return shown.order_by("-at", "-pk").first()


def _hybrid(
    user: User, image: Image, now: datetime, slate: Candidates, place: int, *, explored: bool
) -> Explanation:
    weights, picks = agent_weights(user.pk), picked_ids(user.pk)
    share = _genre_share(user, image.genre, now)
    said: list[Opinion] = []
    for source in sources.SOURCES[: len(weights)]:
        found = slate.predictions.get(source.name)
        predicted = parts_at(source, found, place, slate.base) if found is not None else None
        details = (
            {name: float(values[place]) for name, values in found.details.items()}
            if found is not None
            else {}
        )
        chosen = image.genre_id in picks.genres or details.get("reason") in picks.images
        said.append(Opinion(source, predicted, details, ImageContext(str(image.genre), share, chosen)))
    told = blend_parts(weights, slate.base, *(one.parts for one in said))
    mean, parts, rest = _in_order(said, told)
    because = max((part for part in parts if part.image), key=lambda part: part.value, default=None)
    pinned = image.genre_id in wishes_of(user.pk).pinned
    return Explanation(
        score=told.score,
        parts=[ScorePart(MEAN_KIND, mean), *parts, *rest],
        reason=_reason(user, because.image) if because else None,
        genre=image.genre,
        pinned=pinned,
        rung=Impression.Rung.HYBRID,
        explored=explored,
        weights=[
            (one.source, weight) for one, weight in zip(said, weights, strict=True) if one.parts is not None
        ],
        reason_of=because.kind if because else "",
        pin_leads=pinned and abs(parts[0].value) < STEERING_STARS[1],
    )


def _in_order(said: list[Opinion], told: BlendParts) -> tuple[float, list[ScorePart], list[ScorePart]]:
    """The mean, with what only repeats it; the parts that say something, the largest first;
    and the others."""
    mean = told.base
    parts: list[ScorePart] = []
    rest: list[ScorePart] = []
    for one in said:
        for kind in one.parts or {}:
            value, text = told.parts[kind], one.source.parts[kind]
            if not one.source.counts(one.details):
                mean, value = mean + value, 0.0
            fact = one.source.fact(kind, value, one.details, one.about)
            image = int(one.details.get("reason", 0)) if text.raises else 0
            (parts if text.raises else rest).append(ScorePart(kind, value, text, fact, image))
    return mean, sorted(parts, key=lambda part: -abs(part.value)), rest


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
    if FirstPicks.objects.filter(user=user, images=image, at__lte=shown.at).exists():
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
    """By the feed that showed it, as things stood then: it may have been opened since. By a feed as it would
    be now, where none has."""
    if shown is not None and shown.rung == Impression.Rung.HYBRID:
        shown = None  # by ratings that have been taken back
    if shown is not None and shown.explored:
        return _without_score(image, shown.rung, explored=True)
    if shown is not None and shown.rung == Impression.Rung.TRENDING:
        return _filled(user, image, shown)
    if shown is None and FirstPicks.objects.filter(user=user, images=image).exists():
        return _without_score(image, Impression.Rung.FIRST_PICKS, aside=Aside.CHOSEN)
    ranking = newcomer_ranking(user, shown.at if shown else now, besides=image.pk)
    place = np.flatnonzero(ranking.images == image.pk)
    if len(place):
        return _spoken_for(user, image, ranking, int(place[0]))
    return _without_score(image, shown.rung) if shown else None


def _spoken_for(user: User, image: Image, ranking: NewcomerRanking, place: int) -> Explanation:
    """By the largest of what the ranking is made of: likeness to an image, the genre, or people alike."""
    pinned = image.genre_id in wishes_of(user.pk).pinned
    if ranking.rung == Impression.Rung.TRENDING:
        return _popular(image, pinned=pinned)
    by_picture, by_genre, by_people = ranking.parts[:, place].tolist()
    largest = max(by_picture, by_genre, by_people)
    if largest < SMALLEST_PART:
        return _without_score(image, ranking.rung, aside=Aside.REST)
    how: dict[str, Any] = {"pinned": pinned, "pin_leads": pinned and largest < STEERING_SHARES[1]}
    if by_people == largest:
        return _without_score(image, Impression.Rung.DEMOGRAPHICS, **how)
    others = Image.objects.filter(first_picks__user=user).exclude(pk=image.pk)
    if by_genre > by_picture:
        chosen = Genre.objects.filter(first_picks__user=user, pk=image.genre_id).exists()
        chosen = chosen or others.filter(genre=image.genre_id).exists()
        return _without_score(image, _beginning(chosen), by_genre=True, **how)
    reason = int(ranking.reasons[place])
    chosen = others.filter(pk=reason).exists()
    return _without_score(image, _beginning(chosen), reason=_reason(user, reason), **how)


def _beginning(chosen: bool) -> Impression.Rung:
    return Impression.Rung.FIRST_PICKS if chosen else Impression.Rung.VIEWS


def _without_score(image: Image, rung: str, **more: Any) -> Explanation:
    nothing: dict[str, Any] = {"reason": None, "pinned": False, "explored": False}
    return Explanation(
        score=None,
        parts=[],
        genre=image.genre,
        rung=rung,
        **(nothing | more),
    )


def _reason(user: User, image_id: int) -> Image | None:
    return Image.objects.visible(user).for_cards().filter(pk=image_id).first() if image_id else None


def _genre_share(user: User, genre: Genre, now: datetime) -> float:
    recent = View.objects.filter(user=user, at__gt=now - timedelta(days=14), at__lte=now)
    counts = dict(recent.order_by().values_list("image__genre").annotate(n=Count("pk")))
    return counts.get(genre.pk, 0) / sum(counts.values()) if counts else 0.0
