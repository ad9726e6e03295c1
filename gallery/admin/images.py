"""Images, genres and keywords in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Model, QuerySet
from django.db.models.functions import NullIf
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import floatformat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from gallery.admin import bulk, imports
from gallery.catalogue import editing
from gallery.models import Genre, Image, Keyword


class HasRatings(admin.SimpleListFilter):
    title = _("ratings")
    parameter_name = "rated"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("with ratings")), ("no", _("without ratings"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        if self.value() == "yes":
            return queryset.filter(rating_count__gt=0)
        return queryset.filter(rating_count=0) if self.value() == "no" else queryset


@admin.register(Image)
class ImageAdmin(ModelAdmin):
    list_display = ("thumbnail", "name", "genre", "shown_to", "ratings", "mean", "views", "published")
    list_display_links = ("thumbnail", "name")
    list_filter = ("visibility", "genre", HasRatings, "demo", ("licence", admin.AllValuesFieldListFilter))
    list_select_related = ("genre",)
    list_per_page = 40
    search_fields = ("title", "public_id", "credit", "keywords__name", "keywords__name_ko", "genre__name")
    date_hierarchy = "published_at"
    ordering = ("-id",)
    actions = ("edit_chosen",)
    actions_list = ("import_folder",)
    autocomplete_fields = ("keywords",)
    readonly_fields = ("picture", "colours", "facts", "figures", "uploaded_by")
    fieldsets = (
        (None, {"fields": ("picture",)}),
        (_("Description"), {"fields": ("title", "alt_text", "genre", "keywords")}),
        (_("Publishing"), {"fields": ("visibility", "published_at", "taken_on")}),
        (_("Origin"), {"fields": ("licence", "credit", "source", "uploaded_by")}),
        (_("Palette"), {"fields": ("colours",)}),
        (_("The file"), {"fields": ("facts",)}),
        (_("What people did"), {"fields": ("figures",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        return super().get_queryset(request).defer("descriptor", "placeholder")  # type: ignore[no-any-return]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Files are added by the import, which checks them."""
        return False

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            ("import/<uuid:key>/", "gallery_image_import_progress", imports.import_progress),
            ("import/<uuid:key>/again/", "gallery_image_import_again", imports.import_again),
        )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None:
            # Without select2's button that clears everything: one wrong click would remove all keywords, and
            # the button is not a list item.
            field.widget.is_required = True
        return field

    def has_import_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("gallery.add_image")

    @action(
        description=_("Import a folder"),
        icon="drive_folder_upload",
        url_path="import",
        permissions=["import"],
    )
    def import_folder(self, request: HttpRequest) -> HttpResponse:
        return imports.import_folder(request, self)

    @admin.action(description=_("Edit the chosen images…"), permissions=["change"])
    def edit_chosen(self, request: HttpRequest, queryset: QuerySet[Image]) -> Any:
        return bulk.edit_chosen(self, request, queryset)

    def save_model(self, request: HttpRequest, obj: Image, form: Any, change: bool) -> None:
        if "taken_on" in form.changed_data:
            obj.taken_at = None  # the camera's clock was wrong, so the instant is wrong too
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        editing.index([form.instance.pk])

    def delete_model(self, request: HttpRequest, obj: Image) -> None:
        editing.delete_images(Image.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        editing.delete_images(queryset)

    @display(description=_("picture"))
    def thumbnail(self, image: Image) -> SafeString:
        return render_to_string("admin/gallery/_thumbnail.html", {"image": image})

    @display(description=_("title"), ordering="title")
    def name(self, image: Image) -> str:
        return image.title

    @display(
        description=_("visibility"),
        ordering="visibility",
        label={"public": "success", "private": "info", "hidden": "warning"},
    )
    def shown_to(self, image: Image) -> tuple[str, str]:
        return image.visibility, image.get_visibility_display()

    @display(description=_("ratings"), ordering="rating_count")
    def ratings(self, image: Image) -> int:
        return image.rating_count

    @display(
        description=_("mean"), ordering=F("rating_sum") * 1.0 / NullIf(F("rating_count"), 0), empty_value="–"
    )
    def mean(self, image: Image) -> str | None:
        # as on the image's own page
        return None if image.mean_rating is None else floatformat(image.mean_rating, 2)

    @display(description=_("views"), ordering="view_count")
    def views(self, image: Image) -> int:
        return image.view_count

    @display(description=_("published"), ordering="published_at")
    def published(self, image: Image) -> Any:
        return image.published_at.date()

    @display(description=_("picture"))
    def picture(self, image: Image) -> SafeString:
        return render_to_string("admin/gallery/_picture.html", {"image": image})

    @display(description=_("main colours"))
    def colours(self, image: Image) -> SafeString:
        return render_to_string("admin/gallery/_palette.html", {"image": image})

    @display(description=_("facts"))
    def facts(self, image: Image) -> SafeString:
        return render_to_string("admin/gallery/_facts.html", {"image": image})

    @display(description=_("figures"))
    def figures(self, image: Image) -> SafeString:
        return render_to_string("admin/gallery/_figures.html", {"image": image})


class WordAdmin(ModelAdmin):
    """A genre or a keyword. Searches find images by its name, so its images are indexed again when it
    changes."""

    search_fields = ("name", "name_ko")
    list_per_page = 50
    carried_as: str  # the field of Image

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(carried_by=Count("images"))  # type: ignore[no-any-return]

    # Not called `images`: the list would take the relation of that name instead.
    @display(description=_("images"), ordering="carried_by")
    def carrying(self, word: Any) -> SafeString | int:
        """The number of images, linked to their list."""
        query = urlencode({f"{self.carried_as}__id__exact": word.pk})
        address = f"{reverse('admin:gallery_image_changelist')}?{query}"
        return format_html('<a href="{}">{}</a>', address, word.carried_by) if word.carried_by else 0

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change:
            editing.index(list(obj.images.values_list("pk", flat=True)))

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self.delete_queryset(request, type(obj)._default_manager.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        editing.delete_words(queryset)


@admin.register(Genre)
class GenreAdmin(WordAdmin):
    carried_as = "genre"
    list_display = ("name", "name_ko", "slug", "carrying")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Keyword)
class KeywordAdmin(WordAdmin):
    carried_as = "keywords"
    list_display = ("name", "name_ko", "carrying")
