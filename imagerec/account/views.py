"""A person's data: taking all of it along, and deleting it with the account."""

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

TRIES, PER = 5, 300  # of the password, in seconds


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def download(request: MemberRequest) -> HttpResponseBase:
    """The page; a POST sends everything at once, or has a worker pack what is too much for that."""
    if request.method != "POST":
        context = {"job": export.job_of(request.user), "ready": export.is_ready(request.user)}
        return render_page(request, "account/download.html", context)
    if export.is_large(request.user):
        jobs.nudge_on_commit(EXPORT, export.ask(request.user))
        return redirect("account:download")
    answer = StreamingHttpResponse(export.stream(request.user), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{export.filename(timezone.now())}"'
    return answer


@require_safe
@signed_in
def download_file(request: MemberRequest) -> FileResponse:
    """What the worker packed."""
    if not export.is_ready(request.user):
        raise Http404(_("There is no such file."))
    file = export.path_of(request.user.pk).open("rb")
    return FileResponse(file, as_attachment=True, filename=export.filename(timezone.now()))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete(request: MemberRequest) -> HttpResponse:
    """With the password, so that nobody who finds an open browser does it."""
    wrong = ""
    if request.method == "POST":
        if not rate_limits.allowed(request, "farewell", TRIES, PER):
            return render(request, "429.html", status=429)
        if not request.user.check_password(request.POST.get("password", "")):
            wrong = _("That is not your password.")
        elif deletion.is_last_keeper(request.user):
            wrong = _("You are the last who looks after this site. Name somebody else first.")
        else:
            person = User.objects.filter(pk=request.user.pk)
            erasing.erase(person, uploads=request.POST.get("uploads") == "delete")
            logout(request)
            return redirect("account:farewell")
    uploads = deletion.uploads_of(request.user)
    return render(
        request,
        "account/delete_account.html",
        {"wrong": wrong, "uploads": uploads},
        status=400 if wrong else 200,
    )


@require_safe
def farewell_page(request: Request) -> HttpResponse:
    """What somebody sees whose account was just deleted; for anybody, since they are a stranger now."""
    if request.user.is_authenticated:
        return redirect("gallery:explore")
    return render(request, "account/farewell.html")
