"""What there is to do, written down as job rows; light enough for the web process.
`nightly` and `learn` do it."""

from datetime import datetime, timedelta

from gallery.models import Image, Job
from gallery.models.jobs import JobQuerySet
from gallery.plumbing import jobs
from gallery.plumbing.kinds import KINDS
from recommender.kinds import LEARN, NIGHTLY, TRAIN
from recommender.models import Demographics, Version

SETTLED = timedelta(seconds=15)  # an import that wrote nothing for so long is over


def request_learning(user_id: int) -> str:
    """Writes down that there is something to learn about this person; returns the job's key."""
    jobs.request(LEARN, str(user_id))
    return str(user_id)


def request_tonight(now: datetime) -> str:
    """The key of the day's night, asked for if nobody did; asking twice changes nothing.
    Other runs have a number.

    A night that is under way is finished first: one that takes days would be made current after those that
    follow it.
    """
    key = _under_way() or f"{now:%Y-%m-%d}"
    Job.objects.get_or_create(
        kind=NIGHTLY, key=key, defaults={"payload": {"now": now.isoformat()}, "due_at": now}
    )
    return key


def request_training(now: datetime) -> str:
    """The key of the day's training, asked for if nobody did."""
    key = f"{now:%Y-%m-%d}"
    Job.objects.get_or_create(kind=TRAIN, key=key, defaults={"due_at": now})
    return key


def request_another_night(now: datetime, key: str | None = None) -> str:
    """A run at somebody's wish: that of the key, else the one under way or today's, where it is not done (a
    failed one is tried again); or one more."""
    key = key or _under_way()
    wanted = Job.objects.kind(NIGHTLY, key=key) if key else _today(now)
    unfinished = wanted.exclude(state=Job.State.DONE).order_by("-pk").first()
    if unfinished is None:
        return _one_more(now)
    if unfinished.state == Job.State.FAILED:
        jobs.request(NIGHTLY, unfinished.key)
    return unfinished.key


def _under_way() -> str | None:
    """The key of the night that is not over, the oldest where there are several."""
    unfinished = Job.objects.kind(NIGHTLY, state__in=[Job.State.DUE, Job.State.RUNNING])
    return unfinished.order_by("pk").values_list("key", flat=True).first()


def _today(now: datetime) -> JobQuerySet:
    return Job.objects.kind(NIGHTLY, key__startswith=f"{now:%Y-%m-%d}")


def _one_more(now: datetime) -> str:
    key = f"{now:%Y-%m-%d}.{_today(now).count() + 1}"
    jobs.request(NIGHTLY, key, {"now": now.isoformat()})
    return key


def _hour_of(kind: str, now: datetime) -> datetime:
    """When beat starts this kind, on the day of `now`."""
    return now.replace(hour=KINDS[kind].hour or 0, minute=0, second=0, microsecond=0)


def request_overdue(now: datetime) -> None:
    """Asks for a night or a training that is due and that nobody asked for."""
    due = _hour_of(NIGHTLY, now)
    if now >= due and not _today(now).filter(due_at__gte=due).exists():  # the machine was off at that hour
        request_tonight(now)
    waiting = Job.objects.kind(TRAIN, state=Job.State.DUE)
    if now >= _hour_of(TRAIN, now) and not waiting.exists() and Demographics.objects.exists():
        request_training(now)
    catalogue = Image.objects.exclude(visibility=Image.Visibility.HIDDEN)
    newest = catalogue.order_by("-pk").values("pk", "created_at").first()
    if newest is None or newest["created_at"] > now - SETTLED:
        return
    # Images that were imported by day are known to the recommender in a minute, not tomorrow.
    known = Version.objects.filter(current=True, figures__newest_image__gte=newest["pk"])
    in_vain = Job.objects.kind(NIGHTLY, state=Job.State.FAILED, due_at__gt=newest["created_at"])
    if not (known.exists() or _under_way() or in_vain.exists()):
        _one_more(now)
