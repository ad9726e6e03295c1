"""Users' reports of images, on which curators decide."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gallery.models.catalogue import Image


class Report(models.Model):
    """A user reports that an image should not be on the site or has a wrong description; a curator
    decides."""

    class Reason(models.TextChoices):
        OFFENSIVE = "offensive", _("offensive or shocking")
        PERSON = "person", _("shows somebody who may not want that")
        RIGHTS = "rights", _("somebody else’s work")
        WRONG = "wrong", _("wrong title, genre or keywords")
        BROKEN = "broken", _("broken picture")
        OTHER = "other", _("something else")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        UPHELD = "upheld", _("upheld")
        DISMISSED = "dismissed", _("dismissed")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reports")
    image = models.ForeignKey(Image, models.CASCADE, related_name="reports")
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [models.Index(fields=["state", "-at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "image"],
                condition=Q(state="open"),
                name="one_open_report_per_person_and_image",
            )
        ]
