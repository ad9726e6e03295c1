"""`newcomer`: what happens to the first page of a newcomer who rates, on a site with these photographs.

In memory, by the code that serves: the ranking of the first picks, then slates, agents and pages.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from recommender import sources
from recommender.data.artifacts import Content
from recommender.data.snapshot import PickedIds, RatingTriples, ViewCounts
from recommender.data.steering import Wishes
from recommender.engine.agents import Memory
from recommender.engine.types import Ints
from recommender.lab.context import Context, Piece, PieceSettings, Protocol
from recommender.lab.report import Claim, ProtocolReport, Row, Table
from recommender.services.learn import HINDSIGHT
from recommender.services.model import SiteModel, site_model
from recommender.services.newcomers import ranking_of
from recommender.services.night.sources import fitted, ratings_model
from recommender.services.photographs import Photographs, read_photographs
from recommender.services.ranking import Ranking, choose, hybrid_ranking, newcomers_ranking
from recommender.services.recommend import PAGE_SIZE
from recommender.sources.base import Evidence

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EACH, QUICK_EACH, SEEDS = 30, 3, 3
OTHERS = (0, 5, 50, 200)
OTHERS_RATE = 25  # images each
AGREEING, OPPOSED = 10, 10  # fives on the taste, ones on another subject
JUDGED = (1, 2, 3, 6, 10)  # after so many fives a page is looked at
DISSENT = (3, 1, 2)  # stars for images of the taste, and as many high ones for others
DISSENT_ELSEWHERE = (4, 4, 5)
FEWEST = 15  # images of a genre, and of a taste with the ratings to come
ABOUT = (
    "A newcomer picks one genre, then gives five stars to ten images of one subject of it, one star to ten "
    "images of a subject of another genre, and at last six dissenting ratings: three low ones for the taste, "
    "three high ones elsewhere. `picked` is the number of images of the picked genre among the first 40 "
    "before the first rating; `kept` the smallest share of it that is left while ratings agree; `ten fives` "
    "and `ten ones` count after these; `rated one` counts images of the subject that was rated one star; "
    "`lost` is what the dissent takes away. Each is the mean over newcomers, and behind it the worst. Where "
    "few images of a genre are left, the share is of those that are left. Exploration takes its share of "
    "each page."
)
NOTES = (
    "Other people are made up: each has one favourite subject, rates 25 images, five of it with 4 or 5 "
    "stars, others with 1 to 4.",
    "In the rows with three nights the ratings of the newcomer are part of what the next night learns from.",
)


class Newcomer:
    """One newcomer on a site: the first page, and what was rated so far."""

    def __init__(self, model: SiteModel, genre: int, seed: int) -> None:
        self.model, self.genre, self.seed = model, genre, seed
        self.rated: dict[int, int] = {}
        self.memory: Memory = HINDSIGHT.start(model.ratings.prior)

    def first_page(self) -> Ints:
        """The ids of the images of a new feed."""
        ranking = self._ranking()
        ranking = ranking.only(~np.isin(ranking.images, list(self.rated)))
        chosen, _ = choose(ranking, PAGE_SIZE, Wishes(), self.model.content, self.seed, 0)
        return ranking.images[chosen]

    def rate(self, image: int, stars: int) -> None:
        """Opens an image and rates it; the agents learn from what was predicted before."""
        column = int(self.model.content.ids.find(np.array([image]))[0])
        found = self.model.predict(self._signals())
        values = [
            float(found[source.name].values[column]) if source.name in found else None
            for source in sources.SOURCES
        ]
        self.memory, _ = HINDSIGHT.step(self.memory, float(stars), *values)
        self.rated[image] = stars

    def triples(self) -> RatingTriples:
        images = np.array(sorted(self.rated), dtype=np.int64)
        values = np.array([self.rated[image] for image in images.tolist()], dtype=np.float64)
        return RatingTriples(np.ones(len(images), dtype=np.int64), images, values)

    def _signals(self) -> Any:
        own = self.triples()
        views = ViewCounts(own.users, own.images, np.ones(len(own.images), np.int64), 0 * own.images)
        return self.model.user_signals(1, own, views, PickedIds((), (self.genre,)))

    def _ranking(self) -> Ranking:
        if not self.rated:
            return newcomers_ranking(ranking_of(self.model.content, [], [self.genre]))
        return hybrid_ranking(
            self.model.slate(self._signals(), self.memory.weights, Wishes()), self.memory.weights
        )


def run(photographs: Photographs, context: Context) -> ProtocolReport:
    """Newcomers of each genre, with and without words, among other people, and over three nights."""
    sites: list[dict[str, Any]] = [
        {"people": people, "words": True, "nights": 1} for people in (OTHERS[:1] if context.quick else OTHERS)
    ]
    if not context.quick:
        sites += [
            {"people": 0, "words": False, "nights": 1},
            {"people": 50, "words": True, "nights": 3},
        ]
    seeds = range(1 if context.quick else SEEDS)
    settings = [site | {"seed": seed} for site in sites for seed in seeds]

    def compute(one: PieceSettings) -> Piece:
        return {"stories": list(_stories(photographs, one, context))}

    pieces = context.pieces("newcomer", settings, compute)
    rows: list[Row] = []
    for site in sites:
        told = [
            story
            for one, piece in zip(settings, pieces, strict=True)
            for story in piece["stories"]
            if {key: one[key] for key in site} == site
        ]
        genres = sorted({story["genre"] for story in told})
        for genre in ("all", *genres):
            rows.append(site | _row(genre, [one for one in told if genre in ("all", one["genre"])]))
    return ProtocolReport(
        protocol=PROTOCOL.name,
        dataset=photographs.name,
        title="A newcomer's first page",
        about=ABOUT,
        data=f"{len(photographs.genres)} photographs in {len(set(photographs.genres))} genres; "
        f"fingerprint {photographs.fingerprint}.",
        split="none: each newcomer begins without a rating",
        rows=rows,
        tables=[
            Table("All newcomers", [row for row in rows if row["genre"] == "all"]),
            Table("By genre", [row for row in rows if row["genre"] != "all"]),
        ],
        claims=_claims(rows),
        notes=NOTES,
    )


def _stories(photographs: Photographs, one: PieceSettings, context: Context) -> Iterator[dict[str, Any]]:
    rng = context.rng("newcomer", one["people"], one["seed"])
    content = photographs.content(by_words=one["words"])
    others = _others(photographs, one["people"], rng)
    model = _night(content, others)
    genres = np.array(photographs.genres)
    for number, genre in enumerate(sorted(set(photographs.genres)), start=1):
        if (genres == genre).sum() < FEWEST:
            continue
        for index in range(QUICK_EACH if context.quick else EACH):
            who = Newcomer(model, number, index)
            yield _story(photographs, others, who, genre, one["nights"], rng)


def _story(
    photographs: Photographs,
    others: RatingTriples,
    who: Newcomer,
    genre: str,
    nights: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """What one newcomer sees, as counts."""
    genres, subjects = np.array(photographs.genres), np.array(photographs.subjects)
    taste = _subject(genres == genre, subjects, rng)
    opposed = _subject(genres != genre, subjects, rng)
    liked = rng.permutation(np.flatnonzero((subjects == taste) & (genres == genre))) + 1
    disliked = rng.permutation(np.flatnonzero((subjects == opposed) & (genres != genre)))[:OPPOSED] + 1
    elsewhere = rng.permutation(np.flatnonzero((genres != genre) & (subjects != opposed))) + 1

    def of_genre() -> float:
        page = who.first_page()
        left = int((genres == genre).sum()) - sum(genres[image - 1] == genre for image in who.rated)
        return float((genres[page - 1] == genre).sum() / min(len(page), max(left, 1)))

    before = of_genre()
    kept = []
    for number, image in enumerate(liked[:AGREEING].tolist(), start=1):
        who.rate(image, 5)
        if number in JUDGED:
            kept.append(of_genre() / before)
    fives = of_genre()
    for image in disliked.tolist():
        who.rate(image, 1)
    for _ in range(nights - 1):
        who.model = _night(who.model.content, _joined(who.triples(), others))
    page = who.first_page()
    same = int(((subjects[page - 1] == opposed) & (genres[page - 1] != genre)).sum())
    ones = of_genre()
    for image, stars in zip(liked[AGREEING : AGREEING + len(DISSENT)].tolist(), DISSENT, strict=False):
        who.rate(image, stars)
    for image, stars in zip(elsewhere.tolist(), DISSENT_ELSEWHERE, strict=False):
        who.rate(image, stars)
    lost = ones - of_genre()
    return {
        "genre": genre,
        "picked": before,
        "kept": min(kept),
        "fives": fives,
        "ones": ones,
        "rated_one": same,
        "lost": lost * PAGE_SIZE,
    }


def _subject(mask: Any, subjects: Any, rng: np.random.Generator) -> str:
    """A subject by chance that has enough images, of those that the mask shows; else the largest."""
    names, counts = np.unique(subjects[mask], return_counts=True)
    enough = names[counts >= FEWEST]
    return str(rng.choice(enough) if len(enough) else names[counts.argmax()])


def _others(photographs: Photographs, people: int, rng: np.random.Generator) -> RatingTriples:
    """The ratings of other people, sorted by user and image. Their ids begin with 2; the newcomer's is 1."""
    subjects = np.array(photographs.subjects)
    rows = []
    for user in range(2, people + 2):
        favourite = rng.choice(subjects)
        images = rng.choice(len(subjects), min(OTHERS_RATE, len(subjects)), replace=False)
        own = rng.permutation(np.flatnonzero(subjects == favourite))[:5]
        for image in np.unique(np.concatenate([images, own])).tolist():
            stars = rng.integers(4, 6) if subjects[image] == favourite else rng.integers(1, 5)
            rows.append((user, image + 1, int(stars)))
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return RatingTriples(table[:, 0], table[:, 1], table[:, 2].astype(np.float64))


def _joined(own: RatingTriples, others: RatingTriples) -> RatingTriples:
    """The ratings of the newcomer, whose id is the lowest, and of the others."""
    return RatingTriples(
        np.concatenate([own.users, others.users]),
        np.concatenate([own.images, others.images]),
        np.concatenate([own.values, others.values]),
    )


def _night(content: Content, rated: RatingTriples) -> SiteModel:
    none = np.zeros(0, dtype=np.int64)
    ratings = ratings_model(content, rated, None, NOW.timestamp())
    evidence = Evidence(NOW, content, ratings, rated, ViewCounts(none, none, none, none), {})
    return site_model(content, fitted(evidence), dict)


def _row(genre: str, told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    def over(name: str, worst: Any) -> dict[str, float]:
        values = [story[name] for story in told]
        return {name: float(np.mean(values)), f"{name}_worst": float(worst(values))}

    row: dict[str, Any] = {"genre": genre, "newcomers": len(told)}
    for name in ("picked", "kept", "fives", "ones"):
        row |= over(name, min)
    return row | over("rated_one", max) | over("lost", max)


def _claims(rows: Sequence[Row]) -> list[Claim]:
    """What must hold in every row."""

    def claim(text: str, name: str, holds: Any) -> Claim:
        worst = [row[f"{name}_worst"] for row in rows]
        bad = sum(not holds(value) for value in worst)
        said = f"worst of all newcomers by row: {min(worst):.3f} to {max(worst):.3f}; {bad} rows outside"
        return Claim("ours", text, said, "no" if bad else "yes")

    return [
        claim("nine tenths of the picked genre stay while ratings agree", "kept", lambda v: v >= 0.9 - 1e-9),
        claim("after ten fives and ten ones 34 of 40 are of it", "ones", lambda v: v >= 34 / 40 - 1e-9),
        claim("nothing of what was rated one star is on the page", "rated_one", lambda v: v == 0),
        claim("six dissenting ratings take away four at most", "lost", lambda v: v <= 4 + 1e-9),
    ]


PROTOCOL = Protocol(
    "newcomer",
    "ours",
    "the first page of newcomers who rate, on a site with the photographs of a folder",
    run,
    measured_on=("photos",),
    read=read_photographs,
)
