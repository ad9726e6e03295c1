"""Suggestions while the user types in the search box: genres, keywords and titles that begin with the text,
in both languages."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from gallery.browse.genres import genres_shown_to
from gallery.models import Image, Keyword, Listing, SearchToken
from gallery.search import index, query
from gallery.search.words import words_of

_GENRES, _KEYWORDS, _TITLES = 3, 5, 3


@dataclass(frozen=True)
class Suggestion:
    """`kind` is genre, keyword or title."""

    kind: str
    text: str
    url: str


def _beginning(text: str) -> Q:
    return Q(name__istartswith=text) | Q(name_ko__startswith=text)


def _keywords(text: str, user: User | AnonymousUser) -> "QuerySet[Keyword]":
    """Keywords of at least one image that the user may see: another keyword alone could reveal something."""
    visible = Listing.objects.visible(user).filter(image__keywords=OuterRef("pk"))
    return Keyword.objects.filter(_beginning(text)).filter(Exists(visible))


def _titled(text: str, user: User | AnonymousUser) -> list[Image]:
    """Images with all words in the title, the last word perhaps incomplete; the most popular first."""
    words = words_of(text)[: query.MOST_WORDS]
    if not words or len(text) < 2:
        return []
    rows = Listing.objects.visible(user).not_hidden_by(user)
    for word in words[:-1]:
        rows = rows.filter(pk__in=_titles([word]))
    rows = rows.filter(pk__in=_titles([words[-1], *query.completions(words[-1], user)]))
    ids = list(rows.trending().values_list("pk", flat=True)[:_TITLES])
    images = Image.objects.visible(user).only("title", "public_id").in_bulk(ids)
    return [images[pk] for pk in ids if pk in images]


def _titles(tokens: list[str]) -> "QuerySet[Any]":
    return SearchToken.objects.filter(token__in=tokens, weight=index.TITLE).values("image")


def suggestions(text: str, user: User | AnonymousUser) -> list[Suggestion]:
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        return []
    genres = genres_shown_to(user).filter(_beginning(text))[:_GENRES]
    keywords = _keywords(text, user)[:_KEYWORDS]
    address = reverse("gallery:search")
    return [
        *(Suggestion("genre", str(genre), reverse("gallery:genre", args=[genre.slug])) for genre in genres),
        *(Suggestion("keyword", str(word), f"{address}?{urlencode({'q': str(word)})}") for word in keywords),
        *(
            Suggestion("title", image.title, f"{image.get_absolute_url()}?from=search")
            for image in _titled(text, user)
        ),
    ]
