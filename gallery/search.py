"""Search by words, in both languages, with the ORM alone.

Each image has one row per token in `SearchToken`. English words are indexed by their singular; Hangul by every
substring of two syllables or more, because Korean writes compounds together: "바다" has to find "겨울바다".
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Value
from django.db.models.expressions import Combinable
from django.dispatch import Signal

from gallery import colours, lexicon, listing, looks
from gallery.forms import Orientation, Query, Sort
from gallery.models import Image, Listing, Rating, SearchToken, Swatch, View
from gallery.querysets import ListingQuerySet

TITLE, KEYWORD, GENRE = 4, 3, 2  # weights
TOKEN_LENGTH = 40
LONGEST_RUN = 12  # syllables of one Hangul word whose substrings are indexed: 66 tokens at most
MOST_WORDS = 8
PREFIX_LENGTH, MOST_COMPLETIONS = 3, 20
MANY = 1000  # results are counted up to here
SQUARE_WITHIN = 1.05
NEAREST = 1000  # images that a search by colour or by picture compares to the end

#: Sent with `user`; a listener answers with the images that this person would like best, best first.
personal_order = Signal()

WORD = re.compile(r"[가-힣]+|[^\W_가-힣]+")
POSSESSIVE = re.compile(r"['’]s\b")
STOPWORDS = {
    "a", "an", "and", "are", "at", "by", "for", "from", "his", "her", "in", "is", "it", "its", "of", "on", "or", "the",
    "their", "to", "with",
}  # fmt: skip
IRREGULAR = {
    "buses": "bus", "children": "child", "feet": "foot", "geese": "goose", "leaves": "leaf", "men": "man",
    "mice": "mouse", "shoes": "shoe", "women": "woman", "wolves": "wolf", "knives": "knife",
}  # fmt: skip
PARTICLES = ("에서", "으로", "을", "를", "이", "가", "은", "는", "의", "에", "와", "과", "로", "도")


def is_hangul(word: str) -> bool:
    return "가" <= word[0] <= "힣"


def singular(word: str) -> str:
    """Light stemming: the plural endings of English, and nothing else."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes", "oes")):
        return word[:-2]
    return word[:-1]


def words_of(text: str) -> list[str]:
    """The words of a text in the form in which they are indexed, each once, in order."""
    text = POSSESSIVE.sub("", unicodedata.normalize("NFC", text).casefold())
    found = (word if is_hangul(word) else singular(word) for word in WORD.findall(text) if word not in STOPWORDS)
    return list(dict.fromkeys(word[:TOKEN_LENGTH] for word in found))


def tokens_of(text: str) -> Iterator[str]:
    """What a text is found by: its words, and the substrings of its Hangul words."""
    for word in words_of(text):
        yield word
        if is_hangul(word):
            run = word[:LONGEST_RUN]
            for start in range(len(run) - 1):
                yield from (run[start:end] for end in range(start + 2, len(run) + 1))


def in_the_other_language(word: str) -> str:
    """The word in Korean, or in English if it is Korean; empty where the lexicon does not have it."""
    return lexicon.english(word) if word and is_hangul(word) else lexicon.korean(word)


def _weights(image: Image) -> dict[str, int]:
    """What the image is found by: a word that its title, its keywords and its genre have counts for each of them."""
    title = [image.title, *map(in_the_other_language, words_of(image.title))]
    keywords = [(word.name, word.name_ko or in_the_other_language(word.name)) for word in image.keywords.all()]
    weights: Counter[str] = Counter()
    for texts, weight in (
        (title, TITLE),
        (chain.from_iterable(keywords), KEYWORD),
        ((image.genre.name, image.genre.name_ko), GENRE),
    ):
        weights.update({token: weight for text in texts for token in tokens_of(text)})
    return weights


def index_images(ids: Iterable[int]) -> None:
    """Writes listing and tokens of these images anew; call it when images were written in bulk, or a title, genre,
    keyword or visibility has changed."""
    ids = list(ids)
    images = Image.objects.filter(pk__in=ids).select_related("genre").prefetch_related("keywords")
    rows = [
        SearchToken(image_id=image.pk, token=token, weight=weight)
        for image in images.only("title", "genre")
        for token, weight in _weights(image).items()
    ]
    with transaction.atomic():
        listing.write(ids)
        SearchToken.objects.filter(image__in=ids).delete()
        SearchToken.objects.bulk_create(rows, batch_size=500)


@dataclass(frozen=True)
class Found:
    """What matches, in order: the images of `first`, then, unless they are all, the other `rows`."""

    rows: ListingQuerySet[Listing]
    first: Sequence[int] = ()
    all_first: bool = False

    def ids(self, start: int, stop: int) -> list[int]:
        """The images at these places."""
        found = list(self.first[start:stop])
        if self.all_first or len(found) == stop - start:
            return found
        rest = self.rows.exclude(pk__in=self.first) if self.first else self.rows
        skipped = max(0, start - len(self.first))
        return found + list(rest.values_list("pk", flat=True)[skipped : skipped + stop - start - len(found)])

    def count(self) -> int:
        """How many, up to MANY + 1: nobody reads further, and counting all of 100,000 takes longer than the page."""
        return len(self.first) if self.all_first else self.rows.order_by()[: MANY + 1].count()


def _known(token: str) -> bool:
    return SearchToken.objects.filter(token=token).exists()


def completions(word: str) -> list[str]:
    """Tokens that begin with the word. The range uses the index on every database; LIKE does not on all."""
    after = word[:-1] + chr(ord(word[-1]) + 1)
    rows = SearchToken.objects.filter(token__gte=word, token__lt=after, token__startswith=word)
    return list(rows.order_by("token").values_list("token", flat=True).distinct()[:MOST_COMPLETIONS])


def _meanings(word: str) -> list[str]:
    """The tokens that a word of the query stands for: itself; failing that without its particle, or completed."""
    if _known(word):
        return [word]
    if is_hangul(word):
        stems = (word.removesuffix(particle) for particle in PARTICLES if word.endswith(particle))
        return next(([stem] for stem in stems if stem and _known(stem)), [])
    return completions(word) if len(word) >= PREFIX_LENGTH else []


def _matching(images: ListingQuerySet[Listing], text: str) -> ListingQuerySet[Any]:
    """Rows of images that match every word, with their `relevance`."""
    words = words_of(text)[:MOST_WORDS]
    relevance: Combinable = Value(0)
    if not words and text.strip():
        return images.filter(pk__in=[]).annotate(relevance=relevance)
    for number, word in enumerate(words):
        tokens, name = _meanings(word), f"word_{number}"
        if len(tokens) == 1:
            join = FilteredRelation("search_tokens", condition=Q(search_tokens__token=tokens[0]))
            images = images.annotate(**{name: join}).filter(**{f"{name}__token": tokens[0]})
            relevance = relevance + F(f"{name}__weight")
        else:
            images = images.filter(pk__in=SearchToken.objects.filter(token__in=tokens).values("image"))
    return images.annotate(relevance=relevance)


def _filtered(rows: ListingQuerySet[Listing], query: Query, user: User | AnonymousUser) -> ListingQuerySet[Listing]:
    shapes = {
        Orientation.LANDSCAPE: Q(ratio__gt=SQUARE_WITHIN),
        Orientation.PORTRAIT: Q(ratio__lt=1 / SQUARE_WITHIN),
        Orientation.SQUARE: Q(ratio__gte=1 / SQUARE_WITHIN, ratio__lte=SQUARE_WITHIN),
    }
    if query.genre is not None:
        rows = rows.filter(genre=query.genre)
    if query.orientation:
        rows = rows.filter(shapes[Orientation(query.orientation)])
    if query.stars:
        rows = rows.filter(mean__gte=query.stars)
    if query.since:
        rows = rows.filter(day__gte=query.since)
    if query.until:
        rows = rows.filter(day__lte=query.until)
    if user.is_authenticated:
        rated, seen = Rating.objects.filter(user=user).values("image"), View.objects.filter(user=user).values("image")
        if query.unrated:
            rows = rows.exclude(pk__in=rated)
        if query.rated:
            rows = rows.filter(pk__in=rated)
        if query.unseen:
            rows = rows.exclude(pk__in=seen)
    return rows


def _coloured(rows: ListingQuerySet[Listing], colour: str, narrowed: bool) -> list[int]:
    """Those with a swatch that looks like the colour, the nearest first. Where nothing else is asked for, the nearest
    of all are found first, by the index of the swatches alone."""
    lab = colours.lab_of(colour)
    swatches = Swatch.objects.annotate(distance=colours.distance_to(lab))
    if narrowed:  # asked of each swatch that is near: what a frequent word finds in all is a long list
        swatches = swatches.filter(Exists(rows.order_by().filter(pk=OuterRef("image"))))
    ids: list[int] = []
    # Of a frequent colour the nearest are many, and enough; among the images of a word they are few.
    for reach in (colours.REACH,) if narrowed else (colours.REACH / 2, colours.REACH):
        near = swatches.filter(cell__in=colours.cells_near(lab, reach), distance__lte=reach**2)
        ids = list(near.order_by("distance", "image").values_list("image", flat=True)[: 3 * NEAREST])
        if len(ids) == 3 * NEAREST:
            break
    nearest = list(dict.fromkeys(ids))
    return nearest if narrowed else _kept(rows, nearest)


def _alike(rows: ListingQuerySet[Listing], look: bytes, leave_out: int | None) -> list[int]:
    """Those that look like the picture of this descriptor, the nearest first."""
    return _kept(rows, [pk for pk in looks.nearest(look, NEAREST) if pk != leave_out])


def _kept(rows: ListingQuerySet[Listing], order: list[int]) -> list[int]:
    """Those of this order that are among the rows."""
    matching = set(rows.order_by().filter(pk__in=order).values_list("pk", flat=True))
    return [pk for pk in order if pk in matching]


def _near(rows: ListingQuerySet[Listing], query: Query) -> list[int] | None:
    """The nearest first, where the search is by a colour or by a picture."""
    near = None
    if query.look:
        near = _alike(rows, query.look, query.like.pk if query.like else None)
    if query.colour:
        coloured = _coloured(rows if near is None else rows.filter(pk__in=near), query.colour, query.narrowed)
        near = coloured if near is None else [pk for pk in near if pk in set(coloured)]
    return near


def _personal(rows: ListingQuerySet[Listing], user: User | AnonymousUser) -> Found:
    answers = personal_order.send(sender=None, user=user) if user.is_authenticated else []
    order: dict[int, None] = {}
    for _, ids in answers:
        order |= dict.fromkeys(cast(list[int], ids))
    return Found(rows.trending(), _kept(rows, list(order)))


def search(query: Query, user: User | AnonymousUser) -> Found:
    """The images this person may see that match, in the order asked for."""
    rows = Listing.objects.visible(user).not_hidden_by(user)
    rows = _filtered(_matching(rows, query.words), query, user)
    near = _near(rows, query)
    if near is not None:
        if query.sort == Sort.RELEVANCE:
            return Found(rows, near, all_first=True)
        rows = rows.filter(pk__in=near)
    if query.sort == Sort.FOR_ME:
        return _personal(rows, user)
    if query.sort == Sort.NEWEST:
        return Found(rows.newest())
    if query.sort == Sort.BEST:
        return Found(rows.best())
    if query.sort == Sort.TRENDING or not query.words.strip():
        return Found(rows.trending())
    return Found(rows.order_by(F("relevance").desc(), "-trending", "public_id"))
