"""Cards for grids, and pictures for pages that no view of the gallery makes."""

from dataclasses import dataclass

from django import template
from django.template.base import FilterExpression, Parser, Token
from django.template.loader import get_template
from django.utils.translation import get_language

from gallery import made
from gallery.cards import Card
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
        whom = ("card", get_language(), context["user"].is_authenticated)
        keyed = [((*whom, *card.looks), card) for card in self.cards.resolve(context)]
        pieces = [made.kept(key) or made.made(context, key, _render, card=card) for key, card in keyed]
        return made.shown(context, "".join(pieces))


@register.tag
def grid_cards(parser: Parser, token: Token) -> GridCards:
    """`{% grid_cards cards %}`"""
    return GridCards(parser.compile_filter(token.split_contents()[1]))


def _render(context: template.Context) -> str:
    own = get_template("gallery/_card.html").template  # type: ignore[attr-defined]  # of Django's own engine
    return str(own.render(context))
