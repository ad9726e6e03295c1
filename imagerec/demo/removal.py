"""Removes all that the demo created, and nothing else."""

from django.contrib.auth.models import Group, User
from django.db import transaction

from gallery.acts import erasing
from gallery.catalogue import editing
from gallery.models import Genre, Image, Job, Keyword
from imagerec.demo.population import GROUP

RECORD = {
    "kind": "demo",
    "key": "words",
}  # the job row with the ids of genres and keywords that the demo created


def remember_words(genres: list[int], keywords: list[int]) -> None:
    """Stores the ids of genres and keywords that the demo created, so that the removal keeps all others."""
    record, _ = Job.objects.get_or_create(**RECORD, defaults={"state": Job.State.DONE, "payload": {}})
    for key, ids in (("genres", genres), ("keywords", keywords)):
        record.payload[key] = sorted({*record.payload.get(key, []), *ids})
    record.save(update_fields=["payload"])


def remove_demo() -> tuple[int, int]:
    """Removes the demo's images with their files, its users with their data, and its words.

    Returns the numbers of images and users.
    """
    images = editing.delete_images(Image.objects.filter(demo=True))
    people = erasing.erase(User.objects.filter(groups__name=GROUP))
    Group.objects.filter(name=GROUP).delete()
    _remove_words()
    return images, people


def _remove_words() -> None:
    record = Job.objects.filter(**RECORD).first()
    if record is None:
        return
    with transaction.atomic():
        Genre.objects.filter(pk__in=record.payload.get("genres", []), images=None).delete()
        Keyword.objects.filter(pk__in=record.payload.get("keywords", []), images=None).delete()
        record.delete()
