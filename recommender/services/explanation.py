"""Why an image is recommended: the parts that add up to its score, with facts; or, without a score, what else
placed the image."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db.models import Count
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from gallery.models import Genre, Image, Rating, View
from gallery.models.disclosure import MIN_PEOPLE, may_disclose
from recommender import sources
from recommender.data.agents import agent_weights
from recommender.data.slates import Candidates, current_slate
from recommender.data.snapshot import picked_ids
from recommender.data.steering import STEERING_SHARES, STEERING_STARS, wishes_of
from recommender.engine.explain import BlendParts, blend_parts, rounded_to_sum
from recommender.models import FirstPicks, Impression
from recommender.services.newcomers import NewcomerRanking, newcomer_ranking
from recommender.sources.base import ImageContext, PartText, Source, parts_at

SMALLEST_PART = 0.005  # a smaller part is shown as 0.00
MEAN_KIND, USUAL_KIND = "mean", "usual"
USUAL = PartText(gettext_lazy("As your ratings usually turn out"), "limit")
LIFTED = 0.2  # stars; what gains so much in the order by popularity or first picks is said to do so


@dataclass(frozen=True)
class ScorePart:
    """One part of a score. `text` are the texts of its source, None for the user's mean. `fact` is a sentence
    with a fact about the part, "" if there is none or it may not be disclosed. `image` is the id of the image
    that the source gives as the reason, or 0."""

    kind: str
    value: float
    text: PartText | None = None
    fact: str = ""
    image: int = 0


@dataclass(frozen=True)
class SourcePrediction:
    """The prediction of one source for an image: its parts (None without a prediction) and their details."""

    source: Source
    parts: dict[str, float] | None
    details: dict[str, float]
    context: ImageContext


class Aside(StrEnum):
    """Why an image is in the feed although no source places it."""

    RATED = "rated"  # the user has rated it, so there is nothing to predict
    CHOSEN = "chosen"  # the user picked it on the welcome page, so it comes after new images
    OPENED = "opened"  # the user opened it before, so it comes after new images
    FORMER = "former"  # it fitted the ratings of that time
    REST = "rest"  # all images that fit were shown already
    UNKNOWN = "unknown"  # nothing is known about the user, and the image is not popular


@dataclass(frozen=True)
class Explanation:
    """The explanation of one image for one user.

    `parts` add up to `score` (1 to 5), the mean of how the rating is expected to turn out: first the user's
    mean, then the parts by size, last those that never explain an image. `guess` is the median, a number of
    stars; None if a night has not learnt it. The image comes sooner if it is `popular` (several users liked
    it lately), `chosen` (it fits the first picks) or `pinned` (the user pinned the genre). `weights` are
    those of the agents whose sources predicted. `reason` is the image that explains this one, from the part
    `reason_of`. Without ratings (`rung` is not hybrid) there is no score; then `rung` names what placed the
    image: with `by_genre` its genre, else `reason` or demographics. An `explored` image was drawn at random,
    and nothing else placed it.
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
    guess: float | None = None
    popular: bool = False
    chosen: bool = False
    by_genre: bool = False
    aside: Aside | None = None
    pin_leads: bool = False  # the pin changed the score more than any part

    def shown(self) -> tuple[list[Decimal], Decimal]:
        """The parts and the score, rounded so that the rounded parts add up to the rounded score."""
        return rounded_to_sum([part.value for part in self.parts])

    def leading(self) -> ScorePart | None:
        """The largest part with sentences; None if all of them are shown as 0.00."""
        rounded = zip(self.parts, self.shown()[0], strict=True)
        sizes = [
            (abs(value), abs(part.value), part)
            for part, value in rounded
            if value and part.text and part.text.raises
        ]
        return max(sizes, key=lambda size: size[:2])[2] if sizes else None


def explain(user: User, image: Image, now: datetime) -> Explanation | None:
    """None if nothing was learnt about this image for this user, and no feed of the user has shown it."""
    shown = _last_shown(user, image)
    slate = current_slate(user.pk)
    if slate is None:
        return _for_newcomer(user, image, now, shown)
    index = np.flatnonzero(slate.images == image.pk)
    if len(index):
        return _hybrid(user, image, now, slate, int(index[0]), explored=bool(shown and shown.explored))
    return _outside_the_slate(user, image, shown)


def _last_shown(user: User, image: Image) -> Impression | None:
    shown = Impression.objects.filter(feed__user=user, image=image).select_related("feed")
    return shown.order_by("-at", "-pk").first()


def _hybrid(
    user: User, image: Image, now: datetime, slate: Candidates, index: int, *, explored: bool
) -> Explanation:
    weights, picks = agent_weights(user.pk), picked_ids(user.pk)
    share = _genre_share(user, image.genre, now)
    predictions: list[SourcePrediction] = []
    for source in sources.SOURCES[: len(weights)]:
        found = slate.predictions.get(source.name)
        predicted = parts_at(source, found, index, slate.base) if found is not None else None
        details = (
            {name: float(values[index]) for name, values in found.details.items()}
            if found is not None
            else {}
        )
        chosen = image.genre_id in picks.genres or details.get("reason") in picks.images
        predictions.append(
            SourcePrediction(source, predicted, details, ImageContext(str(image.genre), share, chosen))
        )
    blend = blend_parts(weights, slate.base, *(one.parts for one in predictions))
    parts, rest = _in_order(predictions, blend)
    because = max((part for part in parts if part.image), key=lambda part: part.value, default=None)
    pinned = image.genre_id in wishes_of(user.pk).pinned
    guess = _at(slate.median, index, None)
    score = blend.score if guess is None else _at(slate.expected, index, blend.score)
    usual = [] if guess is None else [ScorePart(USUAL_KIND, score - blend.score, USUAL)]
    return Explanation(
        score=score,
        parts=[ScorePart(MEAN_KIND, blend.base), *parts, *usual, *rest],
        guess=guess,
        popular=_at(slate.popular, index, 0.0) >= LIFTED and _known_to_several(image),
        chosen=_at(slate.chosen, index, 0.0) >= LIFTED,
        reason=_reason(user, because.image) if because else None,
        genre=image.genre,
        pinned=pinned,
        rung=Impression.Rung.HYBRID,
        explored=explored,
        weights=[
            (one.source, weight)
            for one, weight in zip(predictions, weights, strict=True)
            if one.parts is not None
        ],
        reason_of=because.kind if because else "",
        pin_leads=pinned and abs(parts[0].value) < STEERING_STARS[1],
    )


def _at(values: NDArray[Any] | None, index: int, without: Any) -> Any:
    """The value of an image; `without` if there is none."""
    return without if values is None or np.isnan(values[index]) else float(values[index])


def _in_order(
    predictions: list[SourcePrediction], blend: BlendParts
) -> tuple[list[ScorePart], list[ScorePart]]:
    """(parts, rest): the parts with sentences, the largest first, and the other parts."""
    parts: list[ScorePart] = []
    rest: list[ScorePart] = []
    for one in predictions:
        for kind in one.parts or {}:
            if any(part.kind == kind for part in (*parts, *rest)):
                continue  # a part that several sources have
            value, text = blend.parts[kind], one.source.parts[kind]
            fact = one.source.fact(kind, value, one.details, one.context)
            image = one.source.reason(kind, one.details) if text.raises else 0
            (parts if text.raises else rest).append(ScorePart(kind, value, text, fact, image))
    return sorted(parts, key=lambda part: -abs(part.value)), rest


def _outside_the_slate(user: User, image: Image, shown: Impression | None) -> Explanation | None:
    """The explanation of an image that is not in the slate: what placed it when a feed showed it."""
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
    """The explanation of an image that was shown because it is popular: in a feed of popular images, or after
    all images that fit."""
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
    """Whether several users rated or viewed the image. The rating and the views of one user do not make it
    popular, and must not be disclosed."""
    if may_disclose(image.rating_count):
        return True
    viewers = View.objects.filter(image=image).order_by().values("user").distinct()
    return may_disclose(viewers[:MIN_PEOPLE].count())


def _for_newcomer(user: User, image: Image, now: datetime, shown: Impression | None) -> Explanation | None:
    """The explanation for a user without a slate: from the ranking at the time when a feed showed the image,
    because the user may have opened it since; if no feed showed it, from the ranking now."""
    if shown is not None and shown.rung == Impression.Rung.HYBRID:
        shown = None  # it came from ratings that the user has removed
    if shown is not None and shown.explored:
        return _without_score(image, shown.rung, explored=True)
    if shown is not None and shown.rung == Impression.Rung.TRENDING:
        return _filled(user, image, shown)
    if shown is None and FirstPicks.objects.filter(user=user, images=image).exists():
        return _without_score(image, Impression.Rung.FIRST_PICKS, aside=Aside.CHOSEN)
    ranking = newcomer_ranking(user, shown.at if shown else now, without=image.pk)
    index = np.flatnonzero(ranking.images == image.pk)
    if len(index):
        return _main_reason(user, image, ranking, int(index[0]))
    return _without_score(image, shown.rung) if shown else None


def _main_reason(user: User, image: Image, ranking: NewcomerRanking, index: int) -> Explanation:
    """The explanation by the largest addend of the score: similarity to an image, the genre, or
    demographics."""
    pinned = image.genre_id in wishes_of(user.pk).pinned
    if ranking.rung == Impression.Rung.TRENDING:
        return _popular(image, pinned=pinned)
    by_picture, by_genre, by_demographics = ranking.parts[:, index].tolist()
    largest = max(by_picture, by_genre, by_demographics)
    if largest < SMALLEST_PART:
        return _without_score(image, ranking.rung, aside=Aside.REST)
    how: dict[str, Any] = {"pinned": pinned, "pin_leads": pinned and largest < STEERING_SHARES[1]}
    if by_demographics == largest:
        return _without_score(image, Impression.Rung.DEMOGRAPHICS, **how)
    others = Image.objects.filter(first_picks__user=user).exclude(pk=image.pk)
    if by_genre > by_picture:
        chosen = Genre.objects.filter(first_picks__user=user, pk=image.genre_id).exists()
        chosen = chosen or others.filter(genre=image.genre_id).exists()
        return _without_score(image, _picked_or_viewed(chosen), by_genre=True, **how)
    reason = int(ranking.reasons[index])
    chosen = others.filter(pk=reason).exists()
    return _without_score(image, _picked_or_viewed(chosen), reason=_reason(user, reason), **how)


def _picked_or_viewed(chosen: bool) -> Impression.Rung:
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
