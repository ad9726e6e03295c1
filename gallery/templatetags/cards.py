"""Pictures for pages that no view of the gallery makes."""

from django import template

from gallery.cards import Card
from gallery.models import Image

register = template.Library()
WALL = 24


@register.simple_tag
def wall() -> list[Card]:
    """What is popular with everybody, to hang beside a form."""
    images = Image.objects.public().for_cards().trending()[:WALL]
    return [Card(image, position=WALL) for image in images]
