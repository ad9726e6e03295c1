"""Jobs as rows; `gallery.plumbing.jobs` requests, claims and runs them."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class JobQuerySet(models.QuerySet["Job"]):
    def claimable(self, now: datetime) -> Self:
        """Due and not started, or started by a worker whose lease has expired."""
        return self.filter(
            Q(state=Job.State.DUE, due_at__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now)
        )

    def kind(self, kind: str, **more: Any) -> Self:
        return self.filter(kind=kind, **more)


class Job(models.Model):
    """The state of one piece of work; a broker's message is only a nudge. See `gallery.plumbing.jobs`."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    payload = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE, db_index=True)
    generation = models.PositiveIntegerField(default=1)  # incremented by each new request, also while running
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    rows = models.PositiveIntegerField(null=True, blank=True)
    error = models.TextField(blank=True)
    progress = models.JSONField(default=dict, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "state", "due_at"])]
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_job_per_kind_and_key")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
