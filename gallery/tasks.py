"""Background tasks of the gallery. A message only says "look now"; the row of the job contains the state."""

from time import monotonic
from typing import Any

from celery import shared_task
from celery.signals import worker_init
from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone

from gallery.browse import trending
from gallery.catalogue import bulk
from gallery.ingest import store
from gallery.ingest.sources import inside
from gallery.kinds import IMPORT
from gallery.plumbing import installation, jobs

RENEW_EVERY = 5.0  # seconds between two writes of an import's progress; its lease is 120
REFUSALS_KEPT = 1000


@worker_init.connect
def check_folders(**_: object) -> None:
    installation.exit_unless_marked()


@shared_task
def run_import(key: str) -> None:
    """Imports the folder in the job's payload: folder, metadata (a file in it), genre, user."""
    jobs.run(IMPORT, key, _import)


def _import(held: jobs.Claim) -> int:
    folder, table = inside(settings.IMPORT_ROOT, held.payload["folder"]), held.payload.get("metadata")
    written_at, added = 0.0, 0

    def write_progress(report: bulk.ImportProgress) -> None:
        nonlocal written_at, added
        if report.added > added:
            added = report.added
            held.progressed()
        if report.seen == report.total or monotonic() - written_at >= RENEW_EVERY:
            written_at = monotonic()
            held.renew(**progress_of(report))

    report = bulk.run_import(
        folder,
        metadata=inside(folder, table) if table else None,
        genre=held.payload.get("genre"),
        workers=bulk.WORKERS,
        uploaded_by=get_user_model().objects.filter(pk=held.payload.get("user") or 0).first(),
        progress=write_progress,
    )
    held.renew(**progress_of(report))
    return report.added


def progress_of(report: bulk.ImportProgress) -> dict[str, Any]:
    """The data of the import's page; `refused` and `passed_over` contain [file, reason], the first
    thousand."""
    return {
        "total": report.total,
        "seen": report.seen,
        "imported": report.added,
        "already": report.known,
        "refused": [[refusal.name, refusal.reason] for refusal in report.refused[:REFUSALS_KEPT]],
        "passed_over": [[refusal.name, refusal.reason] for refusal in report.skipped[:REFUSALS_KEPT]],
    }


@shared_task
def sweep_orphans() -> None:
    """Removes files without a row, which interrupted imports left."""
    store.sweep_orphans()


@shared_task
def refresh_trending() -> None:
    trending.refresh(timezone.now())
