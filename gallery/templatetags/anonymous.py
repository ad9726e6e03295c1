"""Marks that wait until an anonymous visitor signs up or signs in."""

from django import template
from django.utils import timezone

from gallery.acts import anonymous

register = template.Library()


@register.simple_tag(takes_context=True)
def pending_marks(context: template.Context) -> anonymous.PendingMarks | None:
    return anonymous.pending_marks(context["request"].session, timezone.now())
