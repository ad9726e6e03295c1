"""Fills an empty site with painted pictures, simulated users with their history and demographics, and a night
of learning. Or removes all of it."""

import secrets
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from time import sleep
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from gallery.browse import trending
from gallery.models import Job
from gallery.plumbing import installation, jobs
from imagerec.demo import demographics, population, removal, studio
from recommender.kinds import TRAIN
from recommender.services import job_requests

MAX_IMAGES, MAX_PEOPLE = 20_000, 5_000
JOB = "demo-rest"
POLL_SECONDS = 5.0  # seconds


class Command(BaseCommand):
    help = (
        "Fills the gallery with painted pictures and people with tastes; run again it completes what is "
        "missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--images", type=int, default=2000, help="pictures to have in all (default 2000)")
        parser.add_argument("--people", type=int, default=200, help="people to have in all (default 200)")
        parser.add_argument(
            "--seed", type=int, default=1, help="another seed paints other pictures (default 1)"
        )
        parser.add_argument(
            "--finish", action="store_true", help="only go on with a demo that `make run` began"
        )
        parser.add_argument("--remove", action="store_true", help="take away everything that the demo made")

    def handle(
        self, *args: Any, images: int, people: int, seed: int, finish: bool, remove: bool, **options: Any
    ) -> None:
        installation.exit_unless_marked()
        if remove:
            Job.objects.filter(kind=JOB).delete()
            gone, left = removal.remove_demo()
            self.stdout.write(f"Removed {gone} pictures and {left} people of the demo.")
            return
        check("--images", images, 1, MAX_IMAGES)
        check("--people", people, 0, MAX_PEOPLE)
        check("--seed", seed, 0, 2**32 - 1)
        if finish:
            self.finish(images, people, seed)
        else:
            self.fill(images, people, seed)

    def finish(self, images: int, people: int, seed: int) -> None:
        """Runs the job that `prepare` requested; waits for the lease of a process that was killed."""
        job = Job.objects.kind(JOB)

        def work(_claim: jobs.Claim) -> int:
            self.fill(images, people, seed)
            return images

        while job.filter(state__in=[Job.State.DUE, Job.State.RUNNING]).exists() and not jobs.run(
            JOB, JOB, work
        ):
            sleep(POLL_SECONDS)

    def fill(self, images: int, people: int, seed: int) -> None:
        now = timezone.now()
        removal.remember_words(*studio.create_words())
        numbers = studio.missing_pictures(seed, images)
        show("Painting", len(numbers), studio.add_pictures(seed, numbers, now))
        newcomers = population.missing_people(people)
        show("People", len(newcomers), population.create_people(seed, newcomers, now))
        demographics.assign_demographics(population.GROUP, seed, now)
        trending.refresh(now)
        call_command("nightly", stdout=self.stdout)
        # The worker of `train` does this when it runs.
        jobs.request(TRAIN, job_requests.request_training(now))
        self.stdout.write(f"The demo has {images} pictures and {people} people.")
        self.add_curator()

    def add_curator(self) -> None:
        password = secrets.token_urlsafe(12)
        if population.create_curator(password):
            self.stdout.write(
                f"Sign in at {settings.SITE_URL}/admin/ as {population.CURATOR} with the password {password}"
            )


def check(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise CommandError(f"{option} is a number from {least} to {most}, not {value}.")


def show(what: str, total: int, steps: Iterator[int]) -> None:
    """Runs the steps under a progress bar on stderr."""
    with tqdm(total=total, desc=what, file=sys.stderr, disable=not total) as bar:
        for step in steps:
            bar.update(step)
