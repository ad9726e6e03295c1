"""The queue of reported images: a curator hides the image or dismisses the report. Decisions stay
recorded."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from gallery.admin.logs import EventAdmin
from gallery.models import Report
from gallery.plumbing.access import MemberRequest
from gallery.reports import services as reports


class OpenFirst(admin.SimpleListFilter):
    """Filter by state; without a choice, the open reports."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*Report.State.choices, ("all", _("all"))]

    def value(self) -> str:
        return super().value() or Report.State.OPEN.value

    def choices(self, changelist: Any) -> Any:
        # without Django's own "All", which would be chosen by default
        return list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


@admin.register(Report)
class ReportAdmin(EventAdmin):
    list_display = ("thumbnail", "at", "image", "why", "note", "user", "shown_state", "decided_by")
    list_filter = (OpenFirst, "reason")
    actions = ("hide_pictures", "dismiss")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        rows = super().get_queryset(request).select_related("decided_by")
        own = (field.attname for field in self.opts.concrete_fields)
        shown = (f"image__{name}" for name in ("title", "alt_text", "public_id", "rendition_widths"))
        return rows.only(*own, "user__username", "decided_by__username", *shown)

    @admin.action(description=gettext_lazy("Hide the reported pictures"), permissions=["moderate"])
    def hide_pictures(self, request: MemberRequest, queryset: QuerySet[Report]) -> None:
        hidden = reports.uphold(queryset, request.user, timezone.now())
        for image in hidden:
            self.log_change(request, image, _("Hidden after a report."))
        message = ngettext("%(n)d picture is hidden.", "%(n)d pictures are hidden.", len(hidden))
        self.message_user(request, message % {"n": len(hidden)})

    @admin.action(description=gettext_lazy("Dismiss the reports"), permissions=["moderate"])
    def dismiss(self, request: MemberRequest, queryset: QuerySet[Report]) -> None:
        count = reports.dismiss(queryset, request.user, timezone.now())
        message = ngettext("%(n)d report is dismissed.", "%(n)d reports are dismissed.", count)
        self.message_user(request, message % {"n": count})

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """Staff who may hide images may decide on reports."""
        return request.user.has_perm("gallery.change_image")

    @display(description=gettext_lazy("picture"))
    def thumbnail(self, report: Report) -> SafeString:
        return render_to_string("admin/gallery/_thumbnail.html", {"image": report.image})

    @display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, report: Report) -> str:
        return report.get_reason_display()

    @display(
        description=gettext_lazy("state"),
        ordering="state",
        label={"open": "warning", "upheld": "success", "dismissed": "info"},
    )
    def shown_state(self, report: Report) -> tuple[str, str]:
        return report.state, report.get_state_display()
