"""The page of one image, and the sheet with the actions for a card."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from gallery.acts import events
from gallery.browse import preview
from gallery.browse.cards import cards_for
from gallery.models import Hide, Image
from gallery.plumbing.access import Request, in_private, render_page

# The keys of `Image.camera`, in the order of display.
CAMERA = {
    "make": (_("Make"), "{}"),
    "model": (_("Camera"), "{}"),
    "lens": (_("Lens"), "{}"),
    "exposure": (_("Exposure"), "{} s"),
    "aperture": (_("Aperture"), "f/{}"),
    "focal_length": (_("Focal length"), "{} mm"),
    "iso": (_("ISO"), "{}"),
}


def _is_page_view(request: Request) -> bool:
    """False for a HEAD request and for a prefetch: the user may never look at the page."""
    purpose = request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    return request.method == "GET" and "prefetch" not in purpose and "prerender" not in purpose


@require_safe
def image(request: Request, public_id: str) -> HttpResponse:
    images = Image.objects.visible(request.user).select_related("genre").prefetch_related("keywords")
    shown = images.defer("descriptor").get(public_id=public_id)
    source = events.parse_source(request.GET.get("from", ""))
    hidden = False
    if request.user.is_authenticated:
        hidden = Hide.objects.filter(user=request.user, image=shown).exists()
        if _is_page_view(request) and not in_private(request):
            events.record_view(request.user, public_id, source, timezone.now())
    card = cards_for([shown], request.user, source)[0]
    facts = shown.camera
    camera = [(label, form.format(facts[key])) for key, (label, form) in CAMERA.items() if facts.get(key)]
    context = {"card": card, "image": shown, "camera": camera, "hidden": hidden, "reasons": Hide.Reason}
    return render_page(
        request, "gallery/image.html", context, page_context=lambda: {"preview": preview.of_image(shown)}
    )


@require_safe
def card(request: Request, public_id: str) -> HttpResponse:
    """The content of a card, rendered again after the user changed something in the overlay above the
    grid."""
    shown = Image.objects.visible(request.user).for_cards().get(public_id=public_id)
    source = events.parse_source(request.GET.get("from", ""))
    hidden = Hide.objects.filter(user=request.user.pk, image=shown).first()
    context = {"card": cards_for([shown], request.user, source)[0], "reasons": Hide.Reason}
    if hidden is None:
        return render(request, "gallery/_card_inside.html", context)
    return render(request, "gallery/_gone.html", context | {"reason": hidden.reason})


@require_safe
def sheet(request: Request, public_id: str) -> HttpResponse:
    """The actions for a card: rate, favourite, collect, hide with a reason, explain."""
    shown = Image.objects.visible(request.user).for_cards().get(public_id=public_id)
    source = events.parse_source(request.GET.get("from", ""))
    place = "sheet" if request.htmx else "page"
    context = {"card": cards_for([shown], request.user, source)[0], "reasons": Hide.Reason, "place": place}
    return render_page(request, "gallery/sheet.html", context)
