"""Pages for the download of a user's data, and for the deletion of the account with all data."""

from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gallery.acts import erasing
from gallery.plumbing import jobs, rate_limits
from gallery.plumbing.access import MemberRequest, Request, render_page, signed_in
from imagerec.account import deletion, export
from imagerec.account.kinds import EXPORT

PASSWORD_TRIES, PASSWORD_SECONDS = 5, 300  # attempts at the password, in this many seconds


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def download(request: MemberRequest) -> HttpResponseBase:
    """The page. A POST sends all data as a stream; if there is too much data, a worker packs it in a job."""
    if request.method != "POST":
        context = {"job": export.job_of(request.user), "ready": export.is_ready(request.user)}
        return render_page(request, "account/download.html", context)
    if export.is_large(request.user):
        jobs.nudge_on_commit(EXPORT, export.request_download(request.user))
        return redirect("account:download")
    answer = StreamingHttpResponse(export.stream(request.user), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{export.filename(timezone.now())}"'
    return answer


@require_safe
@signed_in
def download_file(request: MemberRequest) -> FileResponse:
    """The file that the worker packed."""
    if not export.is_ready(request.user):
        raise Http404(_("There is no such file."))
    file = export.download_path(request.user.pk).open("rb")
    return FileResponse(file, as_attachment=True, filename=export.filename(timezone.now()))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete(request: MemberRequest) -> HttpResponse:
    """Deletes the account. It asks for the password, to protect a user whose browser is left open."""
    error = ""
    if request.method == "POST":
        if not rate_limits.allowed(request, "farewell", PASSWORD_TRIES, PASSWORD_SECONDS):
            return render(request, "429.html", status=429)
        if not request.user.check_password(request.POST.get("password", "")):
            error = _("That is not your password.")
        elif deletion.is_last_superuser(request.user):
            error = _("You are the last who looks after this site. Name somebody else first.")
        else:
            person = User.objects.filter(pk=request.user.pk)
            erasing.erase(person, uploads=request.POST.get("uploads") == "delete")
            logout(request)
            return redirect("account:account_deleted")
    uploads = deletion.uploads_of(request.user)
    return render(
        request,
        "account/delete_account.html",
        {"wrong": error, "uploads": uploads},
        status=400 if error else 200,
    )


@require_safe
def account_deleted(request: Request) -> HttpResponse:
    """The page after the deletion. Anonymous visitors may see it, because the account no longer exists."""
    if request.user.is_authenticated:
        return redirect("gallery:explore")
    return render(request, "account/account_deleted.html")
