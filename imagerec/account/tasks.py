"""What is done for accounts in the background; the truth is the job's row (`gallery.plumbing.jobs`)."""

from celery import shared_task

from imagerec.account import export


@shared_task
def pack_export(key: str) -> bool:
    return export.run(int(key))
