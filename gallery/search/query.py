"""Search by words, in both languages, with the ORM alone: each image has one row for each token in
`SearchToken`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.dispatch import Signal

from gallery.models import Listing, Rating, SearchToken, Swatch, View
from gallery.models.catalogue import seen_by
from gallery.models.index import ListingQuerySet
from gallery.search import by_picture, colours
from gallery.search.forms import Orientation, Query, Sort
from gallery.search.words import is_hangul, words_of

MOST_WORDS = 8
PREFIX_LENGTH, MOST_COMPLETIONS = 3, 20
COUNT_LIMIT = 1000  # results are counted up to this number
SQUARE_WITHIN = 1.05
NEAREST = 1000  # most images in the result of a search by colour or by picture

#: Sent with `user`; a receiver returns the ids of the images that the user would like best, the best first.
personal_order_requested = Signal()

PARTICLES = ("에서", "으로", "을", "를", "이", "가", "은", "는", "의", "에", "와", "과", "로", "도")


@dataclass(frozen=True)
class SearchResults:
    """The matching images in order: the ids of `first`, then the other `rows`, unless `first` contains all
    (`all_first`)."""

    rows: ListingQuerySet
    first: Sequence[int] = ()
    all_first: bool = False

    def ids(self, start: int, stop: int) -> list[int]:
        """The ids at these positions."""
        ids = list(self.first[start:stop])
        if self.all_first or len(ids) == stop - start:
            return ids
        rest = self.rows.exclude(pk__in=self.first) if self.first else self.rows
        skipped = max(0, start - len(self.first))
        return ids + list(rest.values_list("pk", flat=True)[skipped : skipped + stop - start - len(ids)])

    def count(self) -> int:
        """The number of results, up to COUNT_LIMIT + 1: users do not read further, and counting 100,000 takes
        longer than the page."""
        return len(self.first) if self.all_first else self.rows.order_by()[: COUNT_LIMIT + 1].count()


def _visible_tokens(user: User | AnonymousUser) -> "QuerySet[SearchToken]":
    """The tokens of images that the user may see: other tokens neither complete a word of the query nor match
    it exactly."""
    return SearchToken.objects.filter(Exists(Listing.objects.filter(seen_by(user), pk=OuterRef("image"))))


def _known(token: str, user: User | AnonymousUser) -> bool:
    return _visible_tokens(user).filter(token=token).exists()


def completions(word: str, user: User | AnonymousUser) -> list[str]:
    """Tokens that begin with the word. The range uses the index on every database; LIKE does not on all. One
    query for each token: each is fast, however many images have the token before it."""
    after = word[:-1] + chr(ord(word[-1]) + 1)
    in_range = _visible_tokens(user).filter(token__gte=word, token__lt=after, token__startswith=word)
    visible_tokens = in_range.order_by("token")
    tokens: list[str] = []
    while len(tokens) < MOST_COMPLETIONS:
        rest = visible_tokens.filter(token__gt=tokens[-1]) if tokens else visible_tokens
        following = rest.values_list("token", flat=True).first()
        if following is None:
            break
        tokens.append(following)
    return tokens


def _meanings(word: str, user: User | AnonymousUser) -> list[str]:
    """The tokens that match a word of the query: the word itself, or else the word without its particle, or
    its completions."""
    if _known(word, user):
        return [word]
    if is_hangul(word):
        stems = (word.removesuffix(particle) for particle in PARTICLES if word.endswith(particle))
        return next(([stem] for stem in stems if stem and _known(stem, user)), [])
    return completions(word, user) if len(word) >= PREFIX_LENGTH else []


def _matching(images: ListingQuerySet, text: str, user: User | AnonymousUser) -> ListingQuerySet:
    """Rows of images that match all words, with their `relevance`."""
    words = words_of(text)[:MOST_WORDS]
    relevance: Combinable = Value(0)
    if not words and text.strip():
        return images.filter(pk__in=[]).annotate(relevance=relevance)
    for number, word in enumerate(words):
        tokens, name = _meanings(word, user), f"word_{number}"
        if len(tokens) == 1:
            join = FilteredRelation("search_tokens", condition=Q(search_tokens__token=tokens[0]))
            images = images.annotate(**{name: join}).filter(**{f"{name}__token": tokens[0]})
            relevance = relevance + F(f"{name}__weight")
        else:
            images = images.filter(pk__in=SearchToken.objects.filter(token__in=tokens).values("image"))
    return images.annotate(relevance=relevance)


def _filtered(rows: ListingQuerySet, query: Query, user: User | AnonymousUser) -> ListingQuerySet:
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
        rated = Rating.objects.filter(user=user).values("image")
        viewed = View.objects.filter(user=user).values("image")
        if query.unrated:
            rows = rows.exclude(pk__in=rated)
        if query.rated:
            rows = rows.filter(pk__in=rated)
        if query.unseen:
            rows = rows.exclude(pk__in=viewed)
    return rows


def _coloured(rows: ListingQuerySet, colour: str, narrowed: bool) -> list[int]:
    """Ids of images with a swatch that looks like the colour, the nearest first. Without other conditions the
    index of the swatches alone finds the nearest."""
    lab = colours.lab_of(colour)
    swatches = Swatch.objects.annotate(distance=colours.distance_to(lab))
    if narrowed:  # checked for each swatch near the colour: a frequent word matches very many images
        swatches = swatches.filter(Exists(rows.order_by().filter(pk=OuterRef("image"))))
    ids: list[int] = []
    # Many images have a frequent colour, so half the radius finds enough; a word leaves only few of them.
    for reach in (colours.COLOUR_RADIUS,) if narrowed else (colours.COLOUR_RADIUS / 2, colours.COLOUR_RADIUS):
        near = swatches.filter(cell__in=colours.cells_near(lab, reach), distance__lte=reach**2)
        ids = list(near.order_by("distance", "image").values_list("image", flat=True)[: 3 * NEAREST])
        if len(ids) == 3 * NEAREST:
            break
    nearest = list(dict.fromkeys(ids))
    return nearest if narrowed else _among(rows, nearest)


def _similar(rows: ListingQuerySet, look: bytes, leave_out: int | None) -> list[int]:
    """Ids of images that look like the picture of this descriptor, the most similar first."""
    return _among(rows, [pk for pk in by_picture.nearest(look, NEAREST) if pk != leave_out])


def _among(rows: ListingQuerySet, order: list[int]) -> list[int]:
    """The ids of this order that are among the rows, in the same order."""
    matching = set(rows.order_by().filter(pk__in=order).values_list("pk", flat=True))
    return [pk for pk in order if pk in matching]


def _near(rows: ListingQuerySet, query: Query) -> list[int] | None:
    """The ids by distance, if the search is by a colour or by a picture; else None."""
    near = None
    if query.look:
        near = _similar(rows, query.look, query.like.pk if query.like else None)
    if query.colour:
        coloured = _coloured(rows if near is None else rows.filter(pk__in=near), query.colour, query.narrowed)
        near = coloured if near is None else [pk for pk in near if pk in set(coloured)]
    return near


def _personal(rows: ListingQuerySet, user: User | AnonymousUser) -> SearchResults:
    responses = personal_order_requested.send(sender=None, user=user) if user.is_authenticated else []
    order: dict[int, None] = {}
    for _, ids in responses:
        order |= dict.fromkeys(cast(list[int], ids))
    return SearchResults(rows.trending(), _among(rows, list(order)))


def find_images(query: Query, user: User | AnonymousUser) -> SearchResults:
    """The matching images that the user may see, in the requested order."""
    rows = Listing.objects.visible(user).not_hidden_by(user)
    rows = _filtered(_matching(rows, query.words, user), query, user)
    near = _near(rows, query)
    if near is not None:
        if query.sort == Sort.RELEVANCE:
            return SearchResults(rows, near, all_first=True)
        rows = rows.filter(pk__in=near)
    if query.sort == Sort.FOR_ME:
        return _personal(rows, user)
    if query.sort == Sort.NEWEST:
        return SearchResults(rows.newest())
    if query.sort == Sort.BEST:
        return SearchResults(rows.best())
    if query.sort == Sort.TRENDING or not query.words.strip():
        return SearchResults(rows.trending())
    return SearchResults(rows.order_by(F("relevance").desc(), "-trending", "public_id"))
