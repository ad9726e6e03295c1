"""Reports of images: a user reports a problem, and a curator upholds the report (the image is hidden) or
dismisses it."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gallery.catalogue import editing
from gallery.models import Image, Report
from gallery.plumbing.errors import BadValue

MOST_OPEN = 50  # of one user: a queue that one user can fill is useless


def report(user: User, public_id: str, reason: str, note: str, now: datetime) -> None:
    """A second report of the same image changes reason and note of the one that is still open."""
    if reason not in Report.Reason.values:
        raise BadValue(_("That is not one of the reasons."))
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        image = Image.objects.visible(user).only("pk").get(public_id=public_id)
        mine = Report.objects.filter(user=user, state=Report.State.OPEN)
        if mine.exclude(image=image).count() >= MOST_OPEN:
            raise BadValue(
                _("You have reported many pictures already. Wait until a curator has looked at them.")
            )
        values = {"reason": reason, "note": note.strip()[:500]}
        mine.update_or_create(
            user=user,
            image=image,
            state=Report.State.OPEN,
            defaults=values,
            create_defaults=values | {"at": now},
        )


def uphold(reports: QuerySet[Report], curator: User, now: datetime) -> list[Image]:
    """Hides the images and returns them; all other open reports of them are upheld too."""
    with transaction.atomic():
        images = list(
            Image.objects.filter(reports__in=reports.filter(state=Report.State.OPEN))
            .only("pk", "title")
            .distinct()
        )
        editing.change([image.pk for image in images], visibility=Image.Visibility.HIDDEN)
        answered = Report.objects.filter(image__in=images, state=Report.State.OPEN)
        answered.update(state=Report.State.UPHELD, decided_at=now, decided_by=curator)
    return images


def dismiss(reports: QuerySet[Report], curator: User, now: datetime) -> int:
    """The images stay visible. Returns how many reports were still open."""
    still_open = reports.filter(state=Report.State.OPEN)
    return still_open.update(state=Report.State.DISMISSED, decided_at=now, decided_by=curator)
