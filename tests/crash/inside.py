"""Code that the crash tests run inside an installation (`manage.py shell`)."""

import json
from pathlib import Path

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from gallery.ingest import store
from gallery.models import Image, Job, Rating, RatingChange, View
from gallery.plumbing import jobs
from imagerec.tasks import reconcile
from recommender.models import AgentStep, Slate, Version
from tests import worlds
from tests.factories import session_of


def plant(visitors: int = 2, each: int = 12) -> str:
    """A small world with a history, and people who are signed in: their sessions, and the images."""
    album = worlds.pictures(each)
    worlds.fans(album, now=timezone.now())
    sessions = [session_of(User.objects.create_user(f"visitor{number}")) for number in range(visitors)]
    return json.dumps(
        {"sessions": sessions, "images": list(Image.objects.values_list("public_id", flat=True))}
    )


def integrity() -> str:
    if connection.vendor != "sqlite":
        return "ok"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        return str(cursor.fetchone()[0])


def broken_sums() -> list[str]:
    """Images whose counters differ from the rows they sum up,
    and histories that do not lead to the rating."""
    found = []
    for image in Image.objects.all():
        values = list(Rating.objects.filter(image=image).values_list("value", flat=True))
        if (image.rating_count, image.rating_sum) != (len(values), sum(values)):
            found.append(f"rating sums of {image}")
        if image.view_count != View.objects.filter(image=image).count():
            found.append(f"views of {image}")
    last: dict[tuple[int, int], int | None] = {}
    for change in RatingChange.objects.order_by("id"):
        pair = (change.user_id, change.image_id)
        if last.get(pair) != change.old:
            found.append(f"history of {pair}")
        last[pair] = change.new
    current = {(rating.user_id, rating.image_id): rating.value for rating in Rating.objects.all()}
    if {pair: value for pair, value in last.items() if value is not None} != current:
        found.append("the history does not end in the ratings")
    return found


def state() -> str:
    """What the visitors have, and whether all adds up."""
    people = {}
    for user in User.objects.filter(username__startswith="visitor").order_by("username"):
        ratings = Rating.objects.filter(user=user).values_list("image__public_id", "value")
        views = View.objects.filter(user=user).values_list("image__public_id", flat=True)
        learnt = AgentStep.objects.filter(user=user).count()
        changes = RatingChange.objects.filter(user=user, new__isnull=False).count()
        people[user.username] = {
            "ratings": dict(ratings),
            "views": list(views),
            "learnt": learnt,
            "changes": changes,
        }
    return json.dumps({"people": people, "integrity": integrity(), "broken": broken_sums()})


def let_leases_run_out() -> None:
    """What 30 seconds of waiting after a kill would do."""
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=timezone.now())


def unfinished(killed: bool = False) -> int:
    """Jobs that are not done, after nudging for those that are due;
    those of who was `killed` are due, too."""
    if killed:
        let_leases_run_out()
    reconcile()
    return Job.objects.exclude(state=Job.State.DONE).count()


def night() -> str:
    """The nights that are done, the current version's people with a slate, and all who should have one."""
    done = Job.objects.filter(kind="nightly", state=Job.State.DONE).count()
    current = Version.objects.filter(current=True)
    slates = Slate.objects.filter(version__in=current).count()
    raters = Rating.objects.values("user").distinct().count()
    return json.dumps({"done": done, "current": current.count(), "slates": slates, "raters": raters})


def ask_for_import(folder: str) -> str:
    """An import of a folder below IMPORT_ROOT, as the admin asks for it."""
    with transaction.atomic():
        job = jobs.request("import", folder, {"folder": folder})
        jobs.nudge_on_commit("import", job.key)
    return job.key


def imported() -> str:
    """Images, images without all of their files, and the state of the import."""
    rows = list(Image.objects.all())
    complete = [
        row
        for row in rows
        if Path(row.file.path).is_file()
        and all(
            (store.rendition_folder(row.sha256) / f"{width}.webp").is_file() for width in row.rendition_widths
        )
    ]
    state = Job.objects.get(kind="import").state
    return json.dumps({"images": len(rows), "incomplete": len(rows) - len(complete), "state": state})
