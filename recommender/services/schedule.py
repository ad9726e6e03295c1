"""What there is to do, written down as job rows; light enough for the web process. `nightly` and `learn` do it."""

from datetime import datetime

from gallery import jobs
from gallery.models import Job
from gallery.querysets import JobQuerySet

NIGHTLY = "nightly"
LEARN = "learn"
HOUR = 3  # UTC


def learning(user_id: int) -> str:
    """Writes down that there is something to learn about this person; returns the job's key."""
    jobs.request(LEARN, str(user_id))
    return str(user_id)


def tonight(now: datetime) -> str:
    """The key of the day's night, asked for if nobody did; asking twice changes nothing."""
    key = f"{now:%Y-%m-%d}"
    Job.objects.get_or_create(kind=NIGHTLY, key=key, defaults={"payload": {"now": now.isoformat()}, "due_at": now})
    return key


def another(now: datetime, key: str | None = None) -> str:
    """A run at somebody's wish: that of the key, else today's, where it is not done (a failed one is tried again); or
    one more."""
    wanted = Job.objects.kind(NIGHTLY, key=key) if key else _today(now)
    unfinished = wanted.exclude(state=Job.State.DONE).order_by("-pk").first()
    if unfinished is None:
        return _one_more(now)
    if unfinished.state == Job.State.FAILED:
        jobs.request(NIGHTLY, unfinished.key)
    return unfinished.key


def after_import(now: datetime) -> str:
    """A run that knows what was just imported: one that has not begun, or one more."""
    waiting = _today(now).filter(state=Job.State.DUE, started_at=None).order_by("-pk").first()
    if waiting is None:
        return _one_more(now)
    Job.objects.filter(pk=waiting.pk).update(payload={"now": now.isoformat()})
    return waiting.key


def _today(now: datetime) -> JobQuerySet:
    return Job.objects.kind(NIGHTLY, key__startswith=f"{now:%Y-%m-%d}")


def _one_more(now: datetime) -> str:
    count = _today(now).count()
    key = f"{now:%Y-%m-%d}.{count + 1}" if count else f"{now:%Y-%m-%d}"
    jobs.request(NIGHTLY, key, {"now": now.isoformat()})
    return key


def missed_night(now: datetime) -> None:
    """Asks for tonight's run when it is past its hour and nobody did: the machine was off, or beat is not running."""
    if now.hour >= HOUR:
        tonight(now)
