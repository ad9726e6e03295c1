"""Search by words, in both languages, with the ORM alone:
each image has one row per token in `SearchToken`."""

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
MANY = 1000  # results are counted up to here
SQUARE_WITHIN = 1.05
NEAREST = 1000  # images that a search by colour or by picture compares to the end

#: Sent with `user`; a listener answers with the images that this person would like best, best first.
personal_order_requested = Signal()

PARTICLES = ("에서", "으로", "을", "를", "이", "가", "은", "는", "의", "에", "와", "과", "로", "도")


@dataclass(frozen=True)
class Found:
    """What matches, in order: the images of `first`, then, unless they are all, the other `rows`."""

    rows: ListingQuerySet
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
        """How many, up to MANY + 1: nobody reads further,
        and counting all of 100,000 takes longer than the page."""
        return len(self.first) if self.all_first else self.rows.order_by()[: MANY + 1].count()


def _seen(user: User | AnonymousUser) -> "QuerySet[SearchToken]":
    """The tokens of images that this person may see: what nobody may see neither completes a word nor stands
    before one."""
    return SearchToken.objects.filter(Exists(Listing.objects.filter(seen_by(user), pk=OuterRef("image"))))


def _known(token: str, user: User | AnonymousUser) -> bool:
    return _seen(user).filter(token=token).exists()


def completions(word: str, user: User | AnonymousUser) -> list[str]:
    """Tokens that begin with the word. The range uses the index on every database; LIKE does not on all. One
    after the other: each is found at once, however many images have the one before it."""
    after = word[:-1] + chr(ord(word[-1]) + 1)
    rows = _seen(user).filter(token__gte=word, token__lt=after, token__startswith=word).order_by("token")
    found: list[str] = []
    while len(found) < MOST_COMPLETIONS:
        rest = rows.filter(token__gt=found[-1]) if found else rows
        following = rest.values_list("token", flat=True).first()
        if following is None:
            break
        found.append(following)
    return found


def _meanings(word: str, user: User | AnonymousUser) -> list[str]:
    """The tokens that a word of the query stands for: itself; failing that without its particle,
    or completed."""
    if _known(word, user):
        return [word]
    if is_hangul(word):
        stems = (word.removesuffix(particle) for particle in PARTICLES if word.endswith(particle))
        return next(([stem] for stem in stems if stem and _known(stem, user)), [])
    return completions(word, user) if len(word) >= PREFIX_LENGTH else []


def _matching(images: ListingQuerySet, text: str, user: User | AnonymousUser) -> ListingQuerySet:
    """Rows of images that match every word, with their `relevance`."""
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
        seen = View.objects.filter(user=user).values("image")
        if query.unrated:
            rows = rows.exclude(pk__in=rated)
        if query.rated:
            rows = rows.filter(pk__in=rated)
        if query.unseen:
            rows = rows.exclude(pk__in=seen)
    return rows


def _coloured(rows: ListingQuerySet, colour: str, narrowed: bool) -> list[int]:
    """Those with a swatch that looks like the colour, the nearest first. Where nothing else is asked for, the
    nearest of all are found first, by the index of the swatches alone."""
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


def _alike(rows: ListingQuerySet, look: bytes, leave_out: int | None) -> list[int]:
    """Those that look like the picture of this descriptor, the nearest first."""
    return _kept(rows, [pk for pk in by_picture.nearest(look, NEAREST) if pk != leave_out])


def _kept(rows: ListingQuerySet, order: list[int]) -> list[int]:
    """Those of this order that are among the rows."""
    matching = set(rows.order_by().filter(pk__in=order).values_list("pk", flat=True))
    return [pk for pk in order if pk in matching]


def _near(rows: ListingQuerySet, query: Query) -> list[int] | None:
    """The nearest first, where the search is by a colour or by a picture."""
    near = None
    if query.look:
        near = _alike(rows, query.look, query.like.pk if query.like else None)
    if query.colour:
        coloured = _coloured(rows if near is None else rows.filter(pk__in=near), query.colour, query.narrowed)
        near = coloured if near is None else [pk for pk in near if pk in set(coloured)]
    return near


def _personal(rows: ListingQuerySet, user: User | AnonymousUser) -> Found:
    answers = personal_order_requested.send(sender=None, user=user) if user.is_authenticated else []
    order: dict[int, None] = {}
    for _, ids in answers:
        order |= dict.fromkeys(cast(list[int], ids))
    return Found(rows.trending(), _kept(rows, list(order)))


def search(query: Query, user: User | AnonymousUser) -> Found:
    """The images this person may see that match, in the order asked for."""
    rows = Listing.objects.visible(user).not_hidden_by(user)
    rows = _filtered(_matching(rows, query.words, user), query, user)
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
