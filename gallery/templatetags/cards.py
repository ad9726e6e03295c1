"""Cards for grids, and pictures for pages of other packages."""

import secrets
from dataclasses import dataclass
from functools import partial

from django import template
from django.template.base import FilterExpression, Parser, Token
from django.template.loader import get_template
from django.utils.html import escape
from django.utils.translation import get_language

from gallery.browse.cards import Card
from gallery.models import Image
from gallery.plumbing import fragment_cache

register = template.Library()
WALL = 24
_CARD_FIELDS = ("url", "ratio_class", "sizes", "webp", "jpeg", "src")
_IMAGE_FIELDS = ("public_id", "title", "description", "width", "height", "placeholder")
# Each marker takes the place of a value. It is one word, as in addresses, and cannot be guessed for a title.
_MARKERS = [f"x{secrets.token_hex(6)}x{index}x" for index in range(len(_CARD_FIELDS) + len(_IMAGE_FIELDS))]


@register.simple_tag
def wall() -> list[Card]:
    """Popular public images, shown beside a form."""
    images = Image.objects.public().for_cards().trending()[:WALL]
    return [Card(image, position=WALL) for image in images]


@register.simple_tag
def is_bare() -> bool:
    """Whether visitors see no image at all yet; used when a list is empty."""
    return not Image.objects.public().exists()


@dataclass
class GridCards(template.Node):
    """The cards of a grid: templates would take eighty milliseconds for a page of forty."""

    cards: FilterExpression

    def render(self, context: template.Context) -> str:
        viewer = (get_language(), context["user"].is_authenticated)
        exploring = fragment_cache.cached(
            context, ("exploring", *viewer), partial(_render, "gallery/_exploring.html")
        )
        cards = "".join(_card(context, viewer, card, exploring) for card in self.cards.resolve(context))
        return fragment_cache.with_token(context, cards)


def _card(context: template.Context, viewer: tuple[object, ...], card: Card, exploring: str) -> str:
    """Adds what depends on the position of the card, so that the HTML of an image is cached once for all
    positions. A title cannot contain the replaced text: its brackets and quotes are escaped."""
    html = fragment_cache.cached(context, ("card", *viewer, *card.cache_key), partial(_neutral_card, card))
    if card.eager:
        html = html.replace('loading="lazy"', 'fetchpriority="high"' if card.first else "", 1)
    return html.replace("</a>", f"</a>{exploring}", 1) if card.explored else html


@register.tag
def grid_cards(parser: Parser, token: Token) -> GridCards:
    """`{% grid_cards cards %}`"""
    return GridCards(parser.compile_filter(token.split_contents()[1]))


def _neutral_card(card: Card, context: template.Context) -> str:
    """The card without position and exploration. A template takes two milliseconds, so it is rendered once
    for all cards of the same state, with markers, which are then replaced by the values of the card."""
    hidden_reason = card.image.hidden_reason
    state = (
        get_language(),
        context["user"].is_authenticated,
        card.rating,
        card.favourite,
        card.source,
        hidden_reason,
    )
    html = fragment_cache.cached(context, ("any card", *state), partial(_card_of_markers, card))
    for marker, value in zip(_MARKERS, _values(card), strict=True):
        html = html.replace(marker, escape(value))
    return html


def _values(card: Card) -> list[object]:
    """All values that the template of a card uses, besides the state."""
    return [getattr(card, name) for name in _CARD_FIELDS] + [
        getattr(card.image, name) for name in _IMAGE_FIELDS
    ]


def _card_of_markers(card: Card, context: template.Context) -> str:
    own = dict(zip(_CARD_FIELDS, _MARKERS, strict=False))
    image = dict(zip(_IMAGE_FIELDS, _MARKERS[len(_CARD_FIELDS) :], strict=True)) | {
        "hidden_reason": card.image.hidden_reason
    }
    state = {"rating": card.rating, "favourite": card.favourite, "source": card.source}
    with context.push(card={**own, **state, "image": image}):
        return _render("gallery/_card.html", context)


def _render(name: str, context: template.Context) -> str:
    own = get_template(name).template  # type: ignore[attr-defined]  # of Django's own engine
    return str(own.render(context))
