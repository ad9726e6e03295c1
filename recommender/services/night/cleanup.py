"""Deletes what is not needed any more: all versions but two, old feeds, finished learning jobs."""

from datetime import timedelta
from typing import cast

from django.contrib.sessions.models import Session
from django.db import connection
from django.dispatch import Signal

from gallery.models import Job
from gallery.plumbing import jobs
from recommender.data import artifacts
from recommender.kinds import LEARN
from recommender.models import Feed, Impression, Slate, Version
from recommender.services.night.common import Night

KEPT_VERSIONS = 2
KEPT_IMPRESSIONS = timedelta(days=180)
PRIVATE_FEEDS = timedelta(days=1)  # of private sessions that were never ended, because the browser was closed

#: Sent with `now`. A receiver deletes its old data and returns the number of deleted things.
cleaned_up = Signal()


def run(night: Night, held: jobs.Claim) -> int:
    artifacts.remove_part(night.key, "evidence")
    deleted = 0
    kept = list(Version.objects.order_by("-current", "-pk").values_list("pk", flat=True)[:KEPT_VERSIONS])
    for version in Version.objects.exclude(pk__in=kept):
        deleted += Slate.objects.filter(version=version).delete()[0]
        artifacts.remove(version.artifact)
        version.delete()
    deleted += Impression.objects.filter(at__lt=night.now - KEPT_IMPRESSIONS).delete()[0]
    deleted += Feed.objects.filter(started_at__lt=night.now - KEPT_IMPRESSIONS).delete()[0]
    deleted += Feed.objects.filter(private=True, started_at__lt=night.now - PRIVATE_FEEDS).delete()[0]
    deleted += Job.objects.filter(
        kind=LEARN, state=Job.State.DONE, finished_at__lt=night.now - timedelta(days=1)
    ).delete()[0]
    deleted += sum(cast(int, removed) for _listener, removed in cleaned_up.send(sender=None, now=night.now))
    # of users, and of anonymous visitors who rated
    deleted += Session.objects.filter(expire_date__lt=night.now).delete()[0]
    _measure_tables()
    return deleted


def _measure_tables() -> None:
    """Updates the statistics with which SQLite chooses an index. PostgreSQL does this by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")
            # All rows of the table that every list reads: in a sample, SQLite takes "public" for a rare
            # value.
            cursor.execute("PRAGMA analysis_limit = 0")
            cursor.execute("ANALYZE gallery_listing")
