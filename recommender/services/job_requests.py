"""Requests jobs: writes the rows of nights, trainings and learning. It imports nothing heavy, so web
processes can use it."""

from datetime import datetime, timedelta

from gallery.models import Image, Job
from gallery.models.jobs import JobQuerySet
from gallery.plumbing import jobs
from gallery.plumbing.kinds import KINDS
from recommender.kinds import LEARN, NIGHTLY, TRAIN
from recommender.models import Agents, Demographics, Version

IMPORT_SETTLED = timedelta(seconds=15)  # an import that wrote nothing for so long has ended


def request_learning(user_id: int) -> str:
    """Requests a learning job for this user and returns its key."""
    jobs.request(LEARN, str(user_id))
    return str(user_id)


def request_learning_of_all() -> None:
    """Requests a learning job for each user with agents: the reconciler starts them, a few at a time."""
    users = Agents.objects.order_by("pk").values_list("user_id", flat=True)
    jobs.request_each(LEARN, [str(user) for user in users])


def request_tonight(now: datetime) -> str:
    """Requests the night of today, if it has no job yet, and returns its key. Additional nights of a day have
    a number.

    An unfinished night is continued instead, because otherwise it could become current after newer nights.
    """
    key = _under_way() or f"{now:%Y-%m-%d}"
    Job.objects.get_or_create(
        kind=NIGHTLY, key=key, defaults={"payload": {"now": now.isoformat()}, "due_at": now}
    )
    return key


def request_training(now: datetime) -> str:
    """Requests the training of today, if it has no job yet, and returns its key."""
    key = f"{now:%Y-%m-%d}"
    Job.objects.get_or_create(kind=TRAIN, key=key, defaults={"due_at": now})
    return key


def request_another_night(now: datetime, key: str | None = None) -> str:
    """A night on request: the night of this key; else the unfinished one, or that of today. If it has failed,
    it is tried again. If it is done, one more night is requested. Returns the key."""
    key = key or _under_way()
    wanted = Job.objects.kind(NIGHTLY, key=key) if key else _today(now)
    unfinished = wanted.exclude(state=Job.State.DONE).order_by("-pk").first()
    if unfinished is None:
        return _one_more(now)
    if unfinished.state == Job.State.FAILED:
        jobs.request(NIGHTLY, unfinished.key)
    return unfinished.key


def _under_way() -> str | None:
    """The key of the oldest night that is due or running, or None."""
    unfinished = Job.objects.kind(NIGHTLY, state__in=[Job.State.DUE, Job.State.RUNNING])
    return unfinished.order_by("pk").values_list("key", flat=True).first()


def _today(now: datetime) -> JobQuerySet:
    return Job.objects.kind(NIGHTLY, key__startswith=f"{now:%Y-%m-%d}")


def _one_more(now: datetime) -> str:
    key = f"{now:%Y-%m-%d}.{_today(now).count() + 1}"
    jobs.request(NIGHTLY, key, {"now": now.isoformat()})
    return key


def _hour_of(kind: str, now: datetime) -> datetime:
    """The time at which beat starts this kind, on the day of `now`."""
    return now.replace(hour=KINDS[kind].hour or 0, minute=0, second=0, microsecond=0)


def request_overdue(now: datetime) -> None:
    """Requests nights and trainings that are overdue and have no job: at their hour, and a night for new
    images."""
    due = _hour_of(NIGHTLY, now)
    # for example if the machine was off at that hour
    if now >= due and not _today(now).filter(due_at__gte=due).exists():
        request_tonight(now)
    waiting = Job.objects.kind(TRAIN, state=Job.State.DUE)
    if now >= _hour_of(TRAIN, now) and not waiting.exists() and Demographics.objects.exists():
        request_training(now)
    catalogue = Image.objects.exclude(visibility=Image.Visibility.HIDDEN)
    newest = catalogue.order_by("-pk").values("pk", "created_at").first()
    if newest is None or newest["created_at"] > now - IMPORT_SETTLED:
        return
    # The recommender knows images that were imported during the day within minutes, not only tomorrow.
    known = Version.objects.filter(current=True, figures__newest_image__gte=newest["pk"])
    failed = Job.objects.kind(NIGHTLY, state=Job.State.FAILED, due_at__gt=newest["created_at"])
    if not (known.exists() or _under_way() or failed.exists()):
        _one_more(now)
