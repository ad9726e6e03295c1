"""Cards for grids, and pictures for pages that no view of the gallery makes."""

from dataclasses import dataclass
from functools import partial

from django import template
from django.template.base import FilterExpression, Parser, Token
from django.template.loader import get_template
from django.utils.translation import get_language

from gallery import made
from gallery.cards import EAGER, Card
from gallery.models import Image

register = template.Library()
WALL = 24


@register.simple_tag
def wall() -> list[Card]:
    """What is popular with everybody, to hang beside a form."""
    images = Image.objects.public().for_cards().trending()[:WALL]
    return [Card(image, position=WALL) for image in images]


@dataclass
class GridCards(template.Node):
    """The cards of a grid. A page of forty takes forty milliseconds to make, and one to put together from cards that
    were made before, for whomever."""

    cards: FilterExpression

    def render(self, context: template.Context) -> str:
        whom = (get_language(), context["user"].is_authenticated)
        strange = made.made(context, ("strange", *whom), partial(_rendered, "gallery/_strange.html"))
        return made.shown(context, "".join(_card(context, whom, card, strange) for card in self.cards.resolve(context)))


def _card(context: template.Context, whom: tuple[object, ...], card: Card, strange: str) -> str:
    """What hangs on the place of a card is put in afterwards, so that an image is made once for all its places. No
    title can hold what is replaced: its brackets and quotes are escaped."""
    html = made.made(context, ("card", *whom, *card.looks), partial(_anywhere, card))
    if card.eager:
        html = html.replace('loading="lazy"', 'fetchpriority="high"' if card.first else "", 1)
    return html.replace("</a>", f"</a>{strange}", 1) if card.explored else html


@register.tag
def grid_cards(parser: Parser, token: Token) -> GridCards:
    """`{% grid_cards cards %}`"""
    return GridCards(parser.compile_filter(token.split_contents()[1]))


def _anywhere(card: Card, context: template.Context) -> str:
    """The card as it is below what is in sight, and as one that nobody is surprised by."""
    with context.push(card=card._replace(position=EAGER, explored=False)):
        return _rendered("gallery/_card.html", context)


def _rendered(name: str, context: template.Context) -> str:
    own = get_template(name).template  # type: ignore[attr-defined]  # of Django's own engine
    return str(own.render(context))
