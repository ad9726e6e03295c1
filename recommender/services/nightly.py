"""The night: from the views and ratings of all users to a new version with a slate for each rater.

Every step has a job row of its own (`nightly.<step>`), is idempotent, and is skipped when it is done. The
steps that loop over users (preferences, catch_up, slates) continue after the last finished user. So a night
whose process was killed, or whose time slice ended, has the same result as an undisturbed one, because `now`
is fixed in the payload. A version becomes current only after its checks. Until then, and if they fail, the
previous slates stay in use.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.utils import timezone

from gallery.models import Job
from gallery.plumbing import jobs
from recommender.kinds import NIGHTLY
from recommender.services.night import (
    accounts,
    catch_up,
    cleanup,
    content,
    preferences,
    publish,
    slates,
    snapshot,
    sources,
)
from recommender.services.night.common import Night


class NightFailed(RuntimeError):
    """A step was not completed. Its job row has the reason."""


@dataclass(frozen=True)
class NightStep:
    """`work` gets the night and the claim of the step's job, which it renews, and returns the number of rows
    it wrote."""

    name: str
    work: Callable[[Night, jobs.Claim], int]


NIGHT_STEPS = (
    NightStep("accounts", accounts.run),
    NightStep("snapshot", snapshot.run),
    NightStep("preferences", preferences.run),
    NightStep("content", content.run),
    NightStep("catch_up", catch_up.run),
    NightStep("sources", sources.run),
    NightStep("slates", slates.run),
    NightStep("publish", publish.run),
    NightStep("cleanup", cleanup.run),
)


def run_night(key: str) -> bool:
    """Runs the night of this key if it is due. False if it is done or another process runs it."""
    return jobs.run(NIGHTLY, key, partial(_night, key))


def _night(key: str, held: jobs.Claim) -> int:
    night = Night(key, datetime.fromisoformat(held.payload["now"]))
    rows = 0
    for number, step in enumerate(NIGHT_STEPS):
        held.renew(step=step.name, done=number, of=len(NIGHT_STEPS))
        rows += _done(f"{NIGHTLY}.{step.name}", key, partial(step.work, night), held)
    held.renew(step="", done=len(NIGHT_STEPS), of=len(NIGHT_STEPS))
    return rows


def _done(kind: str, key: str, work: Callable[[jobs.Claim], int], held: jobs.Claim) -> int:
    """Runs a step unless it is done already, and returns its number of rows. Raises NightFailed if it was not
    completed, jobs.TimeUp at the end of the time slice."""
    job = Job.objects.filter(kind=kind, key=key).first()
    if job is None or job.state != Job.State.DONE:
        # Only the process with the claim of the night runs its steps, so older claims of a step are void.
        Job.objects.filter(kind=kind, key=key).update(state=Job.State.DUE, due_at=timezone.now(), attempts=0)
        if job is None:
            jobs.request(kind, key)
        jobs.run(kind, key, lambda own: work(replace(own, within=held)))
        job = Job.objects.get(kind=kind, key=key)
        if job.state == Job.State.DONE:
            held.progressed()
    if job.state != Job.State.DONE:
        why = f"{kind.partition('.')[2]}: {job.error or job.state}"
        raise jobs.TimeUp(why) if job.error == jobs.TIME_UP else NightFailed(why)
    return job.rows or 0
