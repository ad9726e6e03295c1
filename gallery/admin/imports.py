"""Import of a server folder from the admin: a form, and a page that shows the progress."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from gallery.ingest.sources import BadSource, inside, not_a_picture
from gallery.kinds import IMPORT
from gallery.models import Genre, Job
from gallery.plumbing import jobs

LISTED = 200
USUAL_TABLE = "metadata.csv"


def folders() -> list[str]:
    """The folders in IMPORT_ROOT, two levels deep, as the form accepts them."""
    root = settings.IMPORT_ROOT
    names = sorted(
        entry.relative_to(root).as_posix()
        for pattern in ("*", "*/*")
        for entry in root.glob(pattern)
        if entry.is_dir()
        and not entry.is_symlink()
        and not any(map(not_a_picture, entry.relative_to(root).parts))
    )
    return names[:LISTED]


class ImportForm(forms.Form):
    folder = forms.CharField(
        max_length=500, label=_("Folder"), widget=UnfoldAdminTextInputWidget({"list": "folders"})
    )
    metadata = forms.CharField(
        max_length=500,
        required=False,
        label=_("Metadata"),
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "A CSV file inside the folder, for example metadata.csv. Without one, folders are genres."
        ),
    )
    genre = forms.CharField(
        max_length=60,
        required=False,
        label=_("Genre"),
        widget=UnfoldAdminTextInputWidget({"list": "genres"}),
        help_text=_("One genre for everything in the folder. Empty: as the metadata or the folders say."),
    )

    def clean_folder(self) -> str:
        text: str = self.cleaned_data["folder"]
        try:
            folder = inside(settings.IMPORT_ROOT, text)
            exists = folder.is_dir()
        except (BadSource, OSError) as error:
            raise forms.ValidationError(_("Choose a folder inside the import folder.")) from error
        if not exists:
            raise forms.ValidationError(_("There is no such folder."))
        return folder.relative_to(settings.IMPORT_ROOT.resolve()).as_posix()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("folder") and cleaned.get("metadata"):
            try:
                file = inside(settings.IMPORT_ROOT / cleaned["folder"], cleaned["metadata"])
                exists = file.is_file() and file.suffix.lower() == ".csv"
            except (BadSource, OSError):
                exists = False
            if not exists:
                self.add_error("metadata", _("There is no such CSV file inside the folder."))
        return cleaned


def _context(model_admin: ModelAdmin, request: HttpRequest, **more: Any) -> dict[str, Any]:
    if not model_admin.has_import_permission(request):
        raise PermissionDenied
    return {**model_admin.admin_site.each_context(request), **more}


def _suggested(folder: str) -> dict[str, str]:
    """The folder that the curator clicked on, with its metadata file if it has the usual name."""
    data = {"folder": folder, "metadata": USUAL_TABLE}
    return data if ImportForm(data).is_valid() else {"folder": folder}


@require_http_methods(["GET", "POST"])
def import_folder(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    context = _context(model_admin, request, title=_("Import a folder"))
    form = ImportForm(
        request.POST if request.method == "POST" else None, initial=_suggested(request.GET.get("folder", ""))
    )
    if form.is_bound and form.is_valid():
        key = str(uuid4())
        data = form.cleaned_data
        with transaction.atomic():
            jobs.request(
                IMPORT,
                key,
                payload={
                    "folder": data["folder"],
                    "metadata": data["metadata"] or None,
                    "genre": data["genre"] or None,
                    "user": request.user.pk,
                },
            )
            jobs.nudge_on_commit(IMPORT, key)
        return redirect("admin:gallery_image_import_progress", key=key)
    context |= {
        "form": form,
        "folders": folders(),
        "genres": Genre.objects.all(),
        "root": settings.IMPORT_ROOT,
    }
    context["recent"] = Job.objects.kind(IMPORT)[:8]
    return TemplateResponse(request, "admin/gallery/import.html", context)


@require_GET
def import_progress(request: HttpRequest, key: UUID, model_admin: ModelAdmin) -> HttpResponse:
    """The page, or for htmx the part that changes while the import runs."""
    context = _context(model_admin, request, title=_("Import"))
    job = get_object_or_404(Job.objects.kind(IMPORT), key=str(key))
    context |= {"job": job, "running": job.state in {Job.State.DUE, Job.State.RUNNING}}
    fragment = request.headers.get("HX-Request") == "true"
    return TemplateResponse(request, f"admin/gallery/{'_' if fragment else ''}import_progress.html", context)


@require_POST
def import_again(request: HttpRequest, key: UUID, model_admin: ModelAdmin) -> HttpResponse:
    """Repeats an import that failed or was incomplete; existing images are not imported again."""
    _context(model_admin, request)
    with transaction.atomic():
        job = get_object_or_404(Job.objects.kind(IMPORT), key=str(key))
        jobs.request(IMPORT, job.key)
        jobs.nudge_on_commit(IMPORT, job.key)
    return redirect("admin:gallery_image_import_progress", key=key)
