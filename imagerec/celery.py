"""The Celery application and the beat table."""

import os
import sys

from celery import Celery
from celery.schedules import crontab
from kombu.transport import TRANSPORT_ALIASES

from imagerec.start import sentence

TRANSPORT_ALIASES["files"] = "imagerec.broker:Transport"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagerec.settings")
sys.excepthook = sentence  # of workers, beat and manage.py, which all load this
app = Celery("imagerec")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# In UTC, so that no clock change runs a night twice or not at all. A message that waited longer than "expires" is
# dropped: the job row stays due and the reconciler starts it.
app.conf.beat_schedule = {
    "nightly": {
        "task": "recommender.tasks.nightly",
        "schedule": crontab(hour="3", minute="0"),
        "options": {"expires": 6 * 3600},
    },
    "train": {
        "task": "recommender.tasks.train",
        "schedule": crontab(hour="4", minute="0"),
        "options": {"expires": 6 * 3600},
    },
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
        "task": "recommender.tasks.reconcile",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
}
