"""Takes away what the demo made, and nothing else."""

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet

from gallery.acts.events import recount
from gallery.catalogue import editing
from gallery.models import Favourite, Genre, Image, Job, Keyword, Rating, View
from imagerec.demo.population import GROUP

RECORD = {"kind": "demo", "key": "words"}  # the job row that says which genres and keywords the demo brought


def remember_words(genres: list[int], keywords: list[int]) -> None:
    """Keeps the ids of genres and keywords that the demo made, so that a curator's own survive its removal."""
    record, _ = Job.objects.get_or_create(**RECORD, defaults={"state": Job.State.DONE, "payload": {}})
    for key, ids in (("genres", genres), ("keywords", keywords)):
        record.payload[key] = sorted({*record.payload.get(key, []), *ids})
    record.save(update_fields=["payload"])


def remove() -> tuple[int, int]:
    """Removes the demo's images with their files, its people with all that they did, its words; (images, people)."""
    images = editing.delete(Image.objects.filter(demo=True))
    people = _remove_people()
    _remove_words()
    return images, people


def _remove_people() -> int:
    people = User.objects.filter(groups__name=GROUP)
    ids = list(people.values_list("pk", flat=True))
    with transaction.atomic():
        # What they did to images that stay: the counters have to follow.
        touched = {pk for model in (View, Rating, Favourite) for pk in _images_of(model.objects.filter(user__in=ids))}
        people.delete()
        recount(touched)
        Group.objects.filter(name=GROUP).delete()
    return len(ids)


def _images_of(rows: QuerySet) -> set[int]:  # type: ignore[type-arg]
    return set(rows.values_list("image", flat=True))


def _remove_words() -> None:
    record = Job.objects.filter(**RECORD).first()
    if record is None:
        return
    with transaction.atomic():
        Genre.objects.filter(pk__in=record.payload.get("genres", []), images=None).delete()
        Keyword.objects.filter(pk__in=record.payload.get("keywords", []), images=None).delete()
        record.delete()
