"""The Celery application, the routes of its tasks and the beat table."""

import os
import sys

from celery import Celery
from celery.schedules import crontab
from kombu.transport import TRANSPORT_ALIASES

import gallery.kinds  # noqa: F401  these three modules declare kinds of jobs
import imagerec.account.kinds  # noqa: F401
import recommender.kinds  # noqa: F401
from gallery.plumbing.kinds import KINDS
from imagerec.start import excepthook

TRANSPORT_ALIASES["files"] = "imagerec.broker:Transport"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagerec.settings")
sys.excepthook = excepthook  # for workers, beat and manage.py, which all import this module
app = Celery("imagerec")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()  # of the installed apps
app.autodiscover_tasks(["imagerec"])

app.conf.task_routes = {kind.task: {"queue": kind.queue} for kind in KINDS.values()}
# In UTC, so that no clock change runs a night twice or not at all. A message that waited longer than
# "expires" is dropped: the job row stays due and the reconciler starts it.
app.conf.beat_schedule = {
    kind.name: {
        "task": kind.task,
        "schedule": crontab(hour=str(kind.hour), minute="0"),
        "options": {"expires": 6 * 3600},
    }
    for kind in KINDS.values()
    if kind.hour is not None
} | {
    "trending": {
        "task": "gallery.tasks.refresh_trending",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 600},
    },
    "sweep": {
        "task": "gallery.tasks.sweep_orphans",
        "schedule": crontab(hour="2", minute="0"),
        "options": {"expires": 6 * 3600},
    },
    "reconcile": {
        "task": "imagerec.tasks.reconcile",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
}
