"""Jobs as database rows: requested, claimed with a lease, finished, retried after a crash.

A broker's message only says "look now". A lost or duplicate message does no harm, because a job runs only for
the worker that changed its row from due (or from an expired lease) to running.
"""

import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Thread
from time import monotonic
from typing import Any

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from gallery.models import Job
from gallery.plumbing.kinds import KINDS

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 3  # of a job that raises an exception
# of a job whose worker ended without an error or progress: mostly not caused by the job
MAX_DEATHS = 10
LEASE = timedelta(seconds=30)
HEARTBEAT = 8.0  # seconds
GRACE = timedelta(seconds=5)  # a living worker has claimed a job by then
KEYS_AT_A_TIME = 200
SWEEP = 200  # jobs that one sweep of the reconciler nudges
TIME_UP = "The time that its worker gives a job was up."


class LeaseLost(RuntimeError):
    """Another worker took over the job; this worker must stop without writing more."""


class TimeUp(RuntimeError):
    """The time slice of this job has ended: finished work stays, the rest is for the next time slice."""


def request(kind: str, key: str, payload: dict[str, Any] | None = None) -> Job:
    """Makes the job due, whether it is new or not. If it is running, it runs once more afterwards."""
    now = timezone.now()
    job, created = Job.objects.get_or_create(
        kind=kind, key=key, defaults={"payload": payload or {}, "due_at": now}
    )
    if not created:
        changes = _due_again(now)
        if payload is not None:
            changes["payload"] = payload
        Job.objects.filter(pk=job.pk).update(**changes)
    return job


def request_each(kind: str, keys: Sequence[str]) -> None:
    """`request` for many keys, in few statements."""
    now = timezone.now()
    for start in range(0, len(keys), KEYS_AT_A_TIME):
        some = keys[start : start + KEYS_AT_A_TIME]
        Job.objects.filter(kind=kind, key__in=some).update(**_due_again(now))
        rows = [Job(kind=kind, key=key, due_at=now) for key in some]
        Job.objects.bulk_create(rows, ignore_conflicts=True)


def _due_again(now: datetime) -> dict[str, Any]:
    """The changes of a job that is requested again. They are one statement, so that no crash can increment
    the generation without the others."""
    running = Q(state=Job.State.RUNNING)
    return {
        "state": Case(When(running, then=F("state")), default=Value(Job.State.DUE)),
        "error": "",
        "generation": F("generation") + 1,
        "attempts": 0,
        "due_at": now,
    }


def nudge(kind: str, key: str, expires: float | None = None) -> None:
    """Sends the message "look now" to the workers, by the name of the task, so that the caller need not
    import it."""
    current_app.send_task(KINDS[kind].task, [key], expires=expires)


def nudge_on_commit(kind: str, key: str) -> None:
    """If the broker does not answer (`robust`), the job is only delayed, not lost: the reconciler finds its
    row."""

    # not a partial: Django logs the name of a robust hook that failed, and a partial has none
    def send() -> None:
        nudge(kind, key)

    transaction.on_commit(send, robust=True)


def unstarted(now: datetime) -> list[tuple[str, str]]:
    """(kind, key) of the jobs with a task of their own that a worker should have claimed by now, the oldest
    first."""
    due = Job.objects.claimable(now).filter(kind__in=KINDS, due_at__lt=now - GRACE)
    return list(due.order_by("due_at").values_list("kind", "key")[:SWEEP])


@dataclass(frozen=True)
class Claim:
    """A job that this process owns until its lease expires."""

    pk: int
    token: str
    generation: int
    payload: dict[str, Any]
    attempts: int
    progress: dict[str, Any] = field(default_factory=dict)  # as the previous time slice left it
    within: "Claim | None" = None  # the job that this one is a step of

    def renew(self, **progress: Any) -> None:
        """Extends the lease and writes the progress. Raises LeaseLost if another worker owns the job."""
        changes: dict[str, Any] = {"lease_until": timezone.now() + LEASE}
        if progress:
            changes["progress"] = progress
        if not Job.objects.filter(pk=self.pk, lease_token=self.token, state=Job.State.RUNNING).update(
            **changes
        ):
            raise LeaseLost(f"job {self.pk} was taken over")

    def progressed(self) -> None:
        """Records that some work is finished for good: earlier failures no longer count."""
        Job.objects.filter(pk=self.pk, lease_token=self.token).update(attempts=1)
        if self.within:
            self.within.progressed()


@contextmanager
def _heartbeat(held: Claim) -> Iterator[None]:
    """Renews the lease while the work runs, so that only a dead process loses its job, and loses it soon."""
    stop = Event()

    def beat() -> None:
        try:
            while not stop.wait(HEARTBEAT):
                try:
                    held.renew()
                except DatabaseError:
                    log.warning("no heartbeat for job %s", held.pk, exc_info=True)
        except LeaseLost:
            return
        finally:
            connection.close()

    thread = Thread(target=beat, name=f"heartbeat-{held.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def claim(kind: str, key: str) -> Claim | None:
    """The job if it is due and no worker has it, else None. A job whose workers died too often is marked as
    failed."""
    now = timezone.now()
    job = Job.objects.claimable(now).filter(kind=kind, key=key).first()
    if job is None:
        return None
    held = Job.objects.claimable(now).filter(
        pk=job.pk, lease_token=job.lease_token, generation=job.generation
    )
    if job.attempts >= MAX_DEATHS:
        error = job.error or "Its worker died each time it was tried."
        held.update(state=Job.State.FAILED, finished_at=now, lease_until=None, error=error)
        return None
    token = secrets.token_hex(16)
    won = held.update(
        state=Job.State.RUNNING,
        attempts=F("attempts") + 1,
        started_at=now,
        finished_at=None,
        lease_until=now + LEASE,
        lease_token=token,
        error="",
    )
    return Claim(job.pk, token, job.generation, job.payload, job.attempts + 1, job.progress) if won else None


def _settle(held: Claim, seconds: float, **changes: Any) -> None:
    now = timezone.now()
    mine = Job.objects.filter(pk=held.pk, lease_token=held.token, state=Job.State.RUNNING)
    common = {"finished_at": now, "seconds": round(seconds, 4), "lease_until": None} | changes
    if not mine.filter(generation=held.generation).update(**common):
        # Requested again while it ran: due since that request.
        retry = common | {"state": Job.State.DUE, "attempts": 0}
        retry.pop("due_at", None)
        mine.update(**retry)


def _retry(held: Claim, seconds: float, error: str, pause: bool) -> None:
    """Makes the job due again, unless this was the third attempt without progress: then it has failed."""
    tried = Job.objects.filter(pk=held.pk).values_list("attempts", flat=True).first() or held.attempts
    _settle(
        held,
        seconds,
        state=Job.State.DUE if tried < MAX_ATTEMPTS else Job.State.FAILED,
        due_at=timezone.now() + timedelta(seconds=5 * 4**tried if pause else 0),
        error=error[:2000],
    )


def run(kind: str, key: str, work: Callable[[Claim], int]) -> bool:
    """Runs `work` if the job can be claimed; `work` returns the number of rows it wrote. Returns False if
    there was nothing to do.

    An exception is recorded on the row, and the job is due again after a growing pause; after three attempts
    it has failed. A job whose time slice ended (Celery's soft limit) is due at once, behind other jobs of its
    worker: any number of times with progress, three times without.
    """
    held = claim(kind, key)
    if held is None:
        return False
    begun = monotonic()
    try:
        with _heartbeat(held):
            rows = work(held)
    except LeaseLost:
        log.warning("job %s %s was taken over", kind, key)
    except (SoftTimeLimitExceeded, TimeUp) as up:
        log.warning("job %s %s: its time is up, the rest is for the next turn", kind, key)
        _retry(held, monotonic() - begun, str(up) if isinstance(up, TimeUp) else TIME_UP, pause=False)
    except Exception as error:  # the boundary of the process: every exception of a job is recorded on its row
        log.exception("job %s %s failed", kind, key)
        _retry(held, monotonic() - begun, f"{type(error).__name__}: {error}", pause=True)
    else:
        _settle(held, monotonic() - begun, state=Job.State.DONE, rows=rows)
    return True
