"""Reporting an image, from its page or in a sheet above it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gallery.models import Image, Report
from gallery.plumbing.access import MemberRequest, signed_in
from gallery.reports import services


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def report(request: MemberRequest, public_id: str) -> HttpResponse:
    if request.method != "POST":
        image = Image.objects.visible(request.user).for_cards().get(public_id=public_id)
        context = {"image": image, "reasons": Report.Reason}
        return render(request, "gallery/_report.html" if request.htmx else "gallery/report.html", context)
    said = request.POST.get("reason", ""), request.POST.get("note", "")
    services.report(request.user, public_id, *said, timezone.now())
    thanks = _("Thank you. A curator will look at it.")
    if request.htmx:
        return render(request, "_toast.html", {"sentence": thanks})
    messages.success(request, thanks)
    return redirect("gallery:image", public_id)
