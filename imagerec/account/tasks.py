"""Background tasks of accounts; the job row decides what is done (`gallery.plumbing.jobs`)."""

from celery import shared_task

from imagerec.account import export


@shared_task
def pack_export(key: str) -> bool:
    return export.write_download(int(key))
