"""Search by words, in both languages, with the ORM alone.

Each image has one row per token in `SearchToken`. English words are indexed by their singular; Hangul by every
substring of two syllables or more, because Korean writes compounds together: "바다" has to find "겨울바다".
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import F, FilteredRelation, FloatField, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from gallery import lexicon
from gallery.forms import Orientation, Query, Sort
from gallery.models import Image, SearchToken
from gallery.querysets import ImageQuerySet

TITLE, KEYWORD, GENRE = 4, 3, 2  # weights
TOKEN_LENGTH = 40
LONGEST_RUN = 12  # syllables of one Hangul word whose substrings are indexed: 66 tokens at most
MOST_WORDS = 8
PREFIX_LENGTH, MOST_COMPLETIONS = 3, 20
MANY = 1000  # results are counted up to here
SQUARE_WITHIN = 1.05
PRIOR_WEIGHT, PRIOR = 5, 3.0  # of "best rated": a single five does not beat fifty

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
    texts = [(image.title, TITLE), (image.genre.name, GENRE), (image.genre.name_ko, GENRE)]
    texts += [(in_the_other_language(word), TITLE) for word in words_of(image.title)]
    for keyword in image.keywords.all():
        texts += [(keyword.name, KEYWORD), (keyword.name_ko or in_the_other_language(keyword.name), KEYWORD)]
    weights: dict[str, int] = {}
    for text, weight in texts:
        for token in tokens_of(text):
            weights[token] = max(weight, weights.get(token, 0))
    return weights


def index_images(ids: Iterable[int]) -> None:
    """Writes the tokens of these images anew; call it when a title, genre or keyword has changed."""
    ids = list(ids)
    images = Image.objects.filter(pk__in=ids).select_related("genre").prefetch_related("keywords")
    rows = [
        SearchToken(image=image, token=token, weight=weight)
        for image in images.only("title", "genre")
        for token, weight in _weights(image).items()
    ]
    with transaction.atomic():
        SearchToken.objects.filter(image__in=ids).delete()
        SearchToken.objects.bulk_create(rows, batch_size=500)


@dataclass(frozen=True)
class Found:
    images: ImageQuerySet

    def count(self) -> int:
        """How many, up to MANY + 1: nobody reads further, and counting all of 100,000 takes longer than the page."""
        return self.images.order_by()[: MANY + 1].count()


def _known(token: str) -> bool:
    return SearchToken.objects.filter(token=token).exists()


def _completions(word: str) -> list[str]:
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
    return _completions(word) if len(word) >= PREFIX_LENGTH else []


def _matching(images: ImageQuerySet, text: str) -> ImageQuerySet:
    """Images that match every word, with their `relevance`."""
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


def _filtered(images: ImageQuerySet, query: Query, user: User | AnonymousUser) -> ImageQuerySet:
    if query.genre is not None:
        images = images.filter(genre=query.genre)
    wide, high = F("width") * 1.0, F("height") * 1.0
    if query.orientation == Orientation.LANDSCAPE:
        images = images.filter(width__gt=high * SQUARE_WITHIN)
    elif query.orientation == Orientation.PORTRAIT:
        images = images.filter(height__gt=wide * SQUARE_WITHIN)
    elif query.orientation == Orientation.SQUARE:
        images = images.filter(width__lte=high * SQUARE_WITHIN, height__lte=wide * SQUARE_WITHIN)
    if query.unrated and user.is_authenticated:
        images = images.exclude(ratings__user=user)
    return images


def search(query: Query, user: User | AnonymousUser) -> Found:
    """The images this person may see that match, in the order asked for."""
    images = Image.objects.visible(user).not_hidden_by(user).for_cards()
    images = _filtered(_matching(images, query.words), query, user)
    if query.sort == Sort.NEWEST:
        return Found(images.newest())
    if query.sort == Sort.TRENDING or (query.sort == Sort.RELEVANCE and not query.words.strip()):
        return Found(images.trending())
    if query.sort == Sort.BEST:
        stars = Cast(F("rating_sum") + PRIOR_WEIGHT * PRIOR, FloatField())
        images = images.annotate(best=stars / (F("rating_count") + PRIOR_WEIGHT))
        return Found(images.order_by(F("best").desc(), "-trending", "public_id"))
    return Found(images.order_by(F("relevance").desc(), "-trending", "public_id"))
