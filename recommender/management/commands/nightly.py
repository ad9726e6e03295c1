"""`manage.py nightly`: runs the night now, in this process."""

from argparse import ArgumentParser
from time import monotonic, sleep
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from gallery.models import Job
from gallery.plumbing import installation, jobs
from recommender.kinds import NIGHTLY
from recommender.services import job_requests, nightly

LEASE_WAIT = 2 * jobs.LEASE.total_seconds()


class Command(BaseCommand):
    help = (
        "Learns from all users: preferences, content, neighbours, predictions and a fresh slate for each "
        "person."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--resume", metavar="NIGHT", help="finish the night of this key, for example 2026-11-21"
        )

    def handle(self, *args: Any, resume: str | None = None, **options: Any) -> None:
        installation.exit_unless_marked()
        if resume and not Job.objects.kind(NIGHTLY, key=resume).exists():
            raise CommandError(f"There is no night {resume}.")
        key = resume or job_requests.request_another_night(timezone.now())
        self._run(key)
        job = Job.objects.get(kind=NIGHTLY, key=key)
        for step in Job.objects.filter(key=key, kind__startswith=f"{NIGHTLY}.").order_by("pk"):
            name = step.kind.partition(".")[2]
            self.stdout.write(
                f"{name:<12} {step.state:<8} {step.rows or 0:>8} rows {step.seconds or 0:>8.2f} s  "
                f"{step.error}"
            )
        if job.state != Job.State.DONE:
            raise CommandError(f"The night {key} is not done: {job.error or job.state}")
        self.stdout.write(f"The night {key} is done in {job.seconds or 0:.1f} s.")

    def _run(self, key: str) -> None:
        """Runs the night. If another process has its lease, waits: a process that died loses the lease, and a
        process that is alive finishes the night itself."""
        end = monotonic() + LEASE_WAIT
        while not nightly.run_night(key) and monotonic() < end:
            job = Job.objects.get(kind=NIGHTLY, key=key)
            if job.state in {Job.State.DONE, Job.State.FAILED}:
                return
            sleep(1)
