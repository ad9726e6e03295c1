"""Jobs: what was requested, what runs, what failed and why."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from gallery.admin.logs import ReadOnlyAdmin
from gallery.models import Job
from gallery.plumbing import jobs

STATE_COLOURS = {"due": "info", "running": "warning", "done": "success", "failed": "danger"}


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        "shown_state",
        "attempts",
        "due_at",
        "started_at",
        "seconds",
        "rows",
        "short_error",
    )
    list_filter = ("state", "kind", "due_at")
    search_fields = ("kind", "key", "error")
    date_hierarchy = "due_at"
    actions = ("run_again",)

    def has_run_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("gallery.change_job")

    @admin.action(description=_("Run again"), permissions=["run"])
    def run_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Makes the jobs due; the reconciler, which runs every ten seconds, starts them. A step of a larger
        job makes that job due too, because a step does not run alone."""
        for job in queryset:
            jobs.request(job.kind, job.key)
            parent = (
                Job.objects.filter(kind=job.kind.partition(".")[0], key=job.key).exclude(pk=job.pk).first()
            )
            if parent:
                jobs.request(parent.kind, parent.key)
        count = len(queryset)
        done = ngettext("%d job starts in a moment.", "%d jobs start in a moment.", count) % count
        self.message_user(request, done, messages.SUCCESS)

    @display(description=_("state"), ordering="state", label=STATE_COLOURS)
    def shown_state(self, job: Job) -> tuple[str, Any]:
        return job.state, job.get_state_display()

    @display(description=_("error"))
    def short_error(self, job: Job) -> str:
        return Truncator(job.error).chars(80)
