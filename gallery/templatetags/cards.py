"""Cards for grids, and pictures for pages that no view of the gallery makes."""

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
OWN = ("url", "ratio_class", "sizes", "webp", "jpeg", "src")
IMAGES = ("public_id", "title", "description", "width", "height", "placeholder")
# Each stands for a value until that is put in: a word, as addresses ask, that nobody can write into a title.
MARKS = [f"x{secrets.token_hex(6)}x{place}x" for place in range(len(OWN) + len(IMAGES))]


@register.simple_tag
def wall() -> list[Card]:
    """What is popular with everybody, to hang beside a form."""
    images = Image.objects.public().for_cards().trending()[:WALL]
    return [Card(image, position=WALL) for image in images]


@register.simple_tag
def is_bare() -> bool:
    """No visitor sees any picture yet: asked where a list has come out empty."""
    return not Image.objects.public().exists()


@dataclass
class GridCards(template.Node):
    """The cards of a grid: a page of forty would take a template eighty milliseconds."""

    cards: FilterExpression

    def render(self, context: template.Context) -> str:
        whom = (get_language(), context["user"].is_authenticated)
        exploring = fragment_cache.made(
            context, ("exploring", *whom), partial(_rendered, "gallery/_exploring.html")
        )
        cards = "".join(_card(context, whom, card, exploring) for card in self.cards.resolve(context))
        return fragment_cache.shown(context, cards)


def _card(context: template.Context, whom: tuple[object, ...], card: Card, exploring: str) -> str:
    """What hangs on the place of a card is put in afterwards, so that an image is made once for all its
    places. No title can hold what is replaced: its brackets and quotes are escaped."""
    html = fragment_cache.made(context, ("card", *whom, *card.looks), partial(_anywhere, card))
    if card.eager:
        html = html.replace('loading="lazy"', 'fetchpriority="high"' if card.first else "", 1)
    return html.replace("</a>", f"</a>{exploring}", 1) if card.explored else html


@register.tag
def grid_cards(parser: Parser, token: Token) -> GridCards:
    """`{% grid_cards cards %}`"""
    return GridCards(parser.compile_filter(token.split_contents()[1]))


def _anywhere(card: Card, context: template.Context) -> str:
    """The card as it is below what is in sight, and as one that nobody is surprised by. A template takes two
    milliseconds: it is rendered once for all cards that were treated alike, and what each shows is put in."""
    kept_back = card.image.kept_back
    manner = (
        get_language(),
        context["user"].is_authenticated,
        card.rating,
        card.favourite,
        card.source,
        kept_back,
    )
    html = fragment_cache.made(context, ("any card", *manner), partial(_of_marks, card))
    for mark, value in zip(MARKS, _shows(card), strict=True):
        html = html.replace(mark, escape(value))
    return html


def _shows(card: Card) -> list[object]:
    """All that the template of a card asks of it, beside how it was treated."""
    return [getattr(card, name) for name in OWN] + [getattr(card.image, name) for name in IMAGES]


def _of_marks(card: Card, context: template.Context) -> str:
    own = dict(zip(OWN, MARKS, strict=False))
    image = dict(zip(IMAGES, MARKS[len(OWN) :], strict=True)) | {"kept_back": card.image.kept_back}
    treated = {"rating": card.rating, "favourite": card.favourite, "source": card.source}
    with context.push(card={**own, **treated, "image": image}):
        return _rendered("gallery/_card.html", context)


def _rendered(name: str, context: template.Context) -> str:
    own = get_template(name).template  # type: ignore[attr-defined]  # of Django's own engine
    return str(own.render(context))
