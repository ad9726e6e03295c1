"""Records that the site writes itself: staff can read them, but not edit them."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from gallery.models import Favourite, Hide, Rating, RatingChange, View


class ReadOnlyAdmin(ModelAdmin):
    """No adding and no changing; rows are deleted only together with the user or the image that a superuser
    deletes."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        match = request.resolver_match
        own_page = f"{self.opts.app_label}_{self.opts.model_name}_"
        elsewhere = match is None or not (match.url_name or "").startswith(own_page)
        return elsewhere and bool(request.user.is_active and request.user.is_superuser)


class EventAdmin(ReadOnlyAdmin):
    """An action of a user on an image at a certain time."""

    list_filter: Any = ("at",)
    date_hierarchy: str | None = "at"
    ordering = ("-id",)
    search_fields = ("user__username", "image__title", "image__public_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("user", "image")
        own = (field.attname for field in self.opts.concrete_fields)
        return rows.only(*own, "user__username", "image__title")  # type: ignore[no-any-return]


@admin.register(View)
class ViewAdmin(EventAdmin):
    list_display = ("at", "user", "image", "source")
    list_filter = ("at", "source")


@admin.register(Rating)
class RatingAdmin(EventAdmin):
    list_display = ("updated_at", "user", "image", "value")
    list_filter = ("updated_at", "value")
    date_hierarchy = "updated_at"


@admin.register(RatingChange)
class RatingChangeAdmin(EventAdmin):
    list_display = ("at", "user", "image", "old", "new", "source")
    list_filter = ("at", "source", "new")


@admin.register(Favourite)
class FavouriteAdmin(EventAdmin):
    list_display = ("at", "user", "image")


@admin.register(Hide)
class HideAdmin(EventAdmin):
    list_display = ("at", "user", "image", "reason")
    list_filter = ("at", "reason")
