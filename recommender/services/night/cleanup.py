"""Takes away what nobody needs any more: versions before the last two, old feeds, finished learning jobs."""

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
PRIVATE_FEEDS = timedelta(days=1)  # of a private session that was never ended: the browser was closed

#: Sent with `now`; a listener removes what it no longer keeps, and answers with how much that was.
cleaned_up = Signal()


def run(night: Night, held: jobs.Claim) -> int:
    artifacts.remove_part(night.key, "evidence")
    gone = 0
    kept = list(Version.objects.order_by("-current", "-pk").values_list("pk", flat=True)[:KEPT_VERSIONS])
    for version in Version.objects.exclude(pk__in=kept):
        gone += Slate.objects.filter(version=version).delete()[0]
        artifacts.remove(version.artifact)
        version.delete()
    gone += Impression.objects.filter(at__lt=night.now - KEPT_IMPRESSIONS).delete()[0]
    gone += Feed.objects.filter(started_at__lt=night.now - KEPT_IMPRESSIONS).delete()[0]
    gone += Feed.objects.filter(private=True, started_at__lt=night.now - PRIVATE_FEEDS).delete()[0]
    gone += Job.objects.filter(
        kind=LEARN, state=Job.State.DONE, finished_at__lt=night.now - timedelta(days=1)
    ).delete()[0]
    gone += sum(cast(int, removed) for _listener, removed in cleaned_up.send(sender=None, now=night.now))
    # of people, and of strangers who rated
    gone += Session.objects.filter(expire_date__lt=night.now).delete()[0]
    _measure_tables()
    return gone


def _measure_tables() -> None:
    """Tells SQLite how its tables have grown, so that it chooses the right index;
    PostgreSQL does this by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")
            # Of the table that every list is made from it must know all: from a sample it takes "public" for
            # rare.
            cursor.execute("PRAGMA analysis_limit = 0")
            cursor.execute("ANALYZE gallery_listing")
