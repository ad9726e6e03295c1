"""Reporting an image, on its page or in a sheet above it."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gallery.models import Image, Report
from gallery.plumbing.access import MemberRequest, confirm, render_page, signed_in
from gallery.reports import services


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def report(request: MemberRequest, public_id: str) -> HttpResponse:
    if request.method != "POST":
        image = Image.objects.visible(request.user).for_cards().get(public_id=public_id)
        context = {"image": image, "reasons": Report.Reason}
        return render_page(request, "gallery/report.html", context)
    values = request.POST.get("reason", ""), request.POST.get("note", "")
    services.report(request.user, public_id, *values, timezone.now())
    return confirm(request, _("Thank you. A curator will look at it."), "gallery:image", public_id)
