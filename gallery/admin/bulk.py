"""Editing many images at once: an action of the list, a form, and one transaction."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from gallery.catalogue import editing
from gallery.models import Genre, Image

PREVIEWS = 24


class BulkEdit(forms.Form):
    """The changes; an empty field changes nothing."""

    genre = forms.ModelChoiceField(
        Genre.objects.all(),
        required=False,
        label=_("Genre"),
        empty_label=_("leave as it is"),
        widget=UnfoldAdminSelectWidget,
    )
    licence = forms.CharField(
        max_length=200,
        required=False,
        label=_("Licence"),
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Empty leaves each licence as it is."),
    )
    visibility = forms.ChoiceField(
        choices=[("", _("leave as it is")), *Image.Visibility.choices],
        required=False,
        label=_("Visibility"),
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ("genre", "add_keywords", "remove_keywords", "licence", "visibility")

    def __init__(self, model_admin: ModelAdmin, request: HttpRequest, data: Any = None) -> None:
        super().__init__(data)
        for name, label in (("add_keywords", _("Add keywords")), ("remove_keywords", _("Remove keywords"))):
            # The change page's own field, so that both suggest keywords in the same way.
            field = model_admin.formfield_for_manytomany(Image._meta.get_field("keywords"), request)
            field.required, field.label, field.help_text = False, label, ""
            self.fields[name] = field
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        both = set(cleaned.get("add_keywords") or ()) & set(cleaned.get("remove_keywords") or ())
        if both:
            raise forms.ValidationError(_("A keyword cannot be added and removed at once."))
        if not self.errors and not any(cleaned.values()):
            raise forms.ValidationError(_("Nothing to change: fill in at least one field."))
        return cleaned


def apply(ids: list[int], changes: dict[str, Any]) -> int:
    """Makes the changes of a valid `BulkEdit` to all of these images or to none. Returns how many there
    were."""
    columns = {name: changes[name] for name in ("genre", "licence", "visibility") if changes[name]}
    return editing.change(ids, added=changes["add_keywords"], removed=changes["remove_keywords"], **columns)


def _chosen(request: HttpRequest, queryset: QuerySet[Image]) -> list[int]:
    """The ids of the images chosen in the list. The form sends them in one field: Django limits the number of
    fields, and choosing "all" again could include other images than the curator saw."""
    sent = request.POST.get("chosen")
    if sent is None:
        return list(queryset.values_list("pk", flat=True))
    return [int(pk) for pk in sent.split(",") if pk.isascii() and pk.isdigit()]


def edit_chosen(
    model_admin: ModelAdmin, request: HttpRequest, queryset: QuerySet[Image]
) -> HttpResponse | None:
    """The form; after a valid form was sent, makes the changes and returns None, which leads back to the
    list."""
    ids = _chosen(request, queryset)
    form = BulkEdit(model_admin, request, request.POST if "apply" in request.POST else None)
    if form.is_bound and form.is_valid():
        count = apply(ids, form.cleaned_data)
        _write_history(request, ids, form.changed_data)
        done = ngettext("%d image was changed.", "%d images were changed.", count) % count
        model_admin.message_user(request, done, messages.SUCCESS)
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Edit the chosen images"),
        "form": form,
        "media": model_admin.media + form.media,
        "chosen": ",".join(map(str, ids)),
        "first": ids[0],
        "count": len(ids),
        "previews": Image.objects.filter(pk__in=ids[:PREVIEWS]).for_cards(),
        "more": max(0, len(ids) - PREVIEWS),
    }
    return TemplateResponse(request, "admin/gallery/bulk_edit.html", context)


def _write_history(request: HttpRequest, ids: list[int], fields: list[str]) -> None:
    for batch in editing.batches(ids):
        LogEntry.objects.log_actions(
            cast(User, request.user).pk,
            Image.objects.filter(pk__in=batch).only("title"),
            CHANGE,
            change_message=[{"changed": {"fields": fields}}],
        )
