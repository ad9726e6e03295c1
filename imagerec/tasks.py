"""The task that concerns both packages: it looks for jobs of every kind."""

from celery import shared_task
from django.utils import timezone

from gallery.plumbing import jobs
from recommender.services import job_requests

EXPIRES = 10.0  # seconds; older messages are dropped, because the next run sends them again


@shared_task
def reconcile() -> int:
    """Requests a night that is overdue, and nudges a worker for every job that is due and not started.
    Returns the number of nudges."""
    now = timezone.now()
    job_requests.request_overdue(now)
    due = jobs.unstarted(now)
    for kind, key in due:
        jobs.nudge(kind, key, expires=EXPIRES)
    return len(due)
