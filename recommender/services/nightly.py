"""The night: from everybody's views and ratings to a new version with a slate for each person.

Every step is a job row of its own (`nightly.<step>`), idempotent, and skipped when it is done, so that a night whose
process was killed goes on where it stopped and ends as an undisturbed one does: `now` is fixed in the job's payload.
A version becomes current only after its checks; until then, and if they fail, yesterday's slates stay.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from gallery import jobs
from gallery.models import Job
from gallery.querysets import JobQuerySet
from recommender.services import learn
from recommender.services.night import catch_up, cleanup, content, preferences, publish, ratings, slates
from recommender.services.night.common import Night

KIND = "nightly"
HOUR = 3  # UTC
GRACE = timedelta(seconds=5)  # a worker that is alive has taken a job by then
SWEEP = 200


class NightFailed(RuntimeError):
    """A step did not get done; its own row says why."""


@dataclass(frozen=True)
class Step:
    """`work` gets the night and a function to call now and then, and returns the rows that it wrote."""

    name: str
    work: Callable[[Night, jobs.Claim], int]


STEPS = (
    Step("preferences", preferences.run),
    Step("content", content.run),
    Step("catch_up", catch_up.run),
    Step("ratings", ratings.run),
    Step("slates", slates.run),
    Step("publish", publish.run),
    Step("cleanup", cleanup.run),
)


def tonight(now: datetime) -> str:
    """The key of the day's night, asked for if nobody did; asking twice changes nothing."""
    key = f"{now:%Y-%m-%d}"
    Job.objects.get_or_create(kind=KIND, key=key, defaults={"payload": {"now": now.isoformat()}, "due_at": now})
    return key


def another(now: datetime) -> str:
    """A run at somebody's wish: today's unfinished one (a failed one is tried again), or one more."""
    unfinished = _today(now).exclude(state=Job.State.DONE).order_by("-pk").first()
    if unfinished is None:
        return _one_more(now)
    if unfinished.state == Job.State.FAILED:
        jobs.request(KIND, unfinished.key)
    return unfinished.key


def after_import(now: datetime) -> str:
    """A run that knows what was just imported: one that has not begun, or one more."""
    waiting = _today(now).filter(state=Job.State.DUE, started_at=None).order_by("-pk").first()
    if waiting is None:
        return _one_more(now)
    Job.objects.filter(pk=waiting.pk).update(payload={"now": now.isoformat()})
    return waiting.key


def _today(now: datetime) -> JobQuerySet:
    return Job.objects.kind(KIND, key__startswith=f"{now:%Y-%m-%d}")


def _one_more(now: datetime) -> str:
    count = _today(now).count()
    key = f"{now:%Y-%m-%d}.{count + 1}" if count else f"{now:%Y-%m-%d}"
    jobs.request(KIND, key, {"now": now.isoformat()})
    return key


def run(key: str) -> bool:
    """Runs the night of that key if it is due; False when it is done or another process runs it."""
    return jobs.run(KIND, key, partial(_night, key))


def _night(key: str, held: jobs.Claim) -> int:
    night = Night(key, datetime.fromisoformat(held.payload["now"]))
    rows = 0
    for number, step in enumerate(STEPS):
        held.renew(step=step.name, done=number, of=len(STEPS))
        rows += _done(f"{KIND}.{step.name}", key, partial(step.work, night))
    held.renew(step="", done=len(STEPS), of=len(STEPS))
    return rows


def _done(kind: str, key: str, work: Callable[[jobs.Claim], int]) -> int:
    """Runs a step unless it is done already; returns its rows. Raises NightFailed when it did not get done."""
    job = Job.objects.filter(kind=kind, key=key).first()
    if job is None or job.state != Job.State.DONE:
        # Only the process that holds the night runs its steps: whatever an earlier one left is void.
        Job.objects.filter(kind=kind, key=key).update(state=Job.State.DUE, due_at=timezone.now(), attempts=0)
        if job is None:
            jobs.request(kind, key)
        jobs.run(kind, key, work)
        job = Job.objects.get(kind=kind, key=key)
    if job.state != Job.State.DONE:
        raise NightFailed(f"{kind.partition('.')[2]}: {job.error or job.state}")
    return job.rows or 0


def unstarted(now: datetime) -> list[tuple[str, str]]:
    """(kind, key) of the jobs that a worker should have taken by now, the night that was missed among them."""
    if now.hour >= HOUR:
        tonight(now)
    kinds = [learn.KIND, KIND, "import"]
    due = Job.objects.claimable(now).filter(kind__in=kinds, due_at__lt=now - GRACE).order_by("due_at")
    return list(due.values_list("kind", "key")[:SWEEP])
