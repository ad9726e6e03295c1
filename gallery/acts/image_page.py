"""One image: its page, and the sheet with what can be done about it from a grid."""

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

# What `Image.camera` may hold, in the order in which it is read.
CAMERA = {
    "make": (_("Make"), "{}"),
    "model": (_("Camera"), "{}"),
    "lens": (_("Lens"), "{}"),
    "exposure": (_("Exposure"), "{} s"),
    "aperture": (_("Aperture"), "f/{}"),
    "focal_length": (_("Focal length"), "{} mm"),
    "iso": (_("ISO"), "{}"),
}


def _shown_for_real(request: Request) -> bool:
    """Not a HEAD, and not a browser that loads ahead what may never be looked at."""
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
        if _shown_for_real(request) and not in_private(request):
            events.record_view(request.user, public_id, source, timezone.now())
    card = cards_for([shown], request.user, source)[0]
    facts = shown.camera
    camera = [(label, form.format(facts[key])) for key, (label, form) in CAMERA.items() if facts.get(key)]
    context = {"card": card, "image": shown, "camera": camera, "hidden": hidden, "reasons": Hide.Reason}
    return render_page(
        request, "gallery/image.html", context, whole=lambda: {"preview": preview.of_image(shown)}
    )


@require_safe
def card(request: Request, public_id: str) -> HttpResponse:
    """What is inside a card, made anew: something was said about its picture in the overlay above the
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
    """What can be done about a card: rate, keep, hide with a reason, ask why it is here."""
    shown = Image.objects.visible(request.user).for_cards().get(public_id=public_id)
    source = events.parse_source(request.GET.get("from", ""))
    place = "sheet" if request.htmx else "page"
    context = {"card": cards_for([shown], request.user, source)[0], "reasons": Hide.Reason, "place": place}
    return render_page(request, "gallery/sheet.html", context)
