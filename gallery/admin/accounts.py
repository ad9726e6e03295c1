"""The weights of accounts, and the decision of staff on accounts that were found together."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import display

from gallery.admin.logs import ReadOnlyAdmin
from gallery.models import AccountWeight
from gallery.plumbing.access import MemberRequest
from gallery.plumbing.errors import BadValue
from gallery.plumbing.flags import parse_flag
from gallery.trust import services


@require_POST
def decide(request: MemberRequest, model_admin: "AccountWeightAdmin") -> HttpResponse:
    """Takes away the weight of all accounts of `cluster`, or gives it back; `counts` is 1 or 0."""
    if not model_admin.has_decide_permission(request):
        raise PermissionDenied
    counts, number = parse_flag(request.POST.get("counts", "")), request.POST.get("cluster", "")
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        raise BadValue(_("A group of accounts has a number."))
    users = services.decide(int(number), 1.0 if counts else 0.0, request.user, timezone.now())
    if not users:
        raise ObjectDoesNotExist
    done = (
        ngettext("%d account counts again.", "%d accounts count again.", len(users))
        if counts
        else ngettext("%d account does not count any more.", "%d accounts do not count any more.", len(users))
    )
    LogEntry.objects.log_actions(request.user.pk, users, CHANGE, change_message=done % len(users))
    messages.success(request, done % len(users))
    return redirect("admin:index")


@admin.register(AccountWeight)
class AccountWeightAdmin(ReadOnlyAdmin):
    list_display = ("user", "counts", "reason", "at", "set_by")
    list_filter = ("reason", "at")
    list_select_related = ("user", "set_by")
    ordering = ("weight", "user")
    search_fields = ("user__username",)

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("decide/", "gallery_accountweight_decide", decide),)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("gallery.change_accountweight")

    @display(description=gettext_lazy("weight"), ordering="weight")
    def counts(self, row: AccountWeight) -> str:
        return f"{row.weight:.2f}"
