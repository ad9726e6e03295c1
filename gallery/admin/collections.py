"""Shared collections: a curator may make a collection private if its name or description is not
acceptable."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from gallery.admin.logs import ReadOnlyAdmin
from gallery.collections import services as collections
from gallery.models import Collection
from gallery.plumbing.access import MemberRequest


@admin.register(Collection)
class CollectionAdmin(ReadOnlyAdmin):
    """Private collections are not listed: they concern their owner alone."""

    list_display = ("name", "description", "owner", "shared", "pictures", "changed_at")
    list_filter = ("sharing", "changed_at")
    search_fields = ("name", "description", "owner__username")
    fields = ("name", "description", "owner", "sharing", "created_at", "changed_at")
    ordering = ("-changed_at",)
    actions = ("make_private",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).exclude(sharing=Collection.Sharing.PRIVATE)
        return rows.select_related("owner").annotate(pictures_in_it=Count("items"))  # type: ignore[no-any-return]

    @admin.action(description=gettext_lazy("Make private: nobody but the owner"), permissions=["moderate"])
    def make_private(self, request: MemberRequest, queryset: QuerySet[Collection]) -> None:
        closed = [collections.close(collection, timezone.now()) for collection in queryset]
        for collection in closed:
            self.log_change(request, collection, _("Made private by a curator."))
        message = ngettext(
            "%(n)d collection is private now.", "%(n)d collections are private now.", len(closed)
        )
        self.message_user(request, message % {"n": len(closed)})

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """Staff who may hide images may also close collections."""
        return request.user.has_perm("gallery.change_image")

    @display(description=gettext_lazy("who sees it"), ordering="sharing")
    def shared(self, collection: Collection) -> str:
        return collection.get_sharing_display()

    @display(description=gettext_lazy("pictures"), ordering="pictures_in_it")
    def pictures(self, collection: Any) -> int:
        return int(collection.pictures_in_it)
