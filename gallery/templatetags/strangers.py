"""What waits for somebody who signs up or in."""

from django import template
from django.utils import timezone

from gallery.acts import strangers

register = template.Library()


@register.simple_tag(takes_context=True)
def said_before(context: template.Context) -> strangers.Kept | None:
    return strangers.kept(context["request"].session, timezone.now())
