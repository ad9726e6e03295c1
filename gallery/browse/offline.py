"""What makes the site an app: the service worker, the manifest,
and the page for when there is no connection."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from gallery.plumbing.access import Request

ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-mask.png", "512x512", "maskable"),
)


@require_safe
@cache_control(no_cache=True)
def service_worker(request: Request) -> HttpResponse:
    """Served at the root, because a service worker controls the addresses below its own. Its text names the
    files of this release, so that browsers notice a new one."""
    return render(request, "gallery/sw.js", content_type="text/javascript")


@require_safe
@cache_control(no_cache=True)
def manifest(request: Request) -> JsonResponse:
    icons = [
        {"src": static(f"icons/{name}"), "sizes": sizes, "type": "image/png", "purpose": purpose}
        for name, sizes, purpose in ICONS
    ]
    start = reverse("gallery:explore")
    texts = {
        "name": "ImageRec",
        "short_name": "ImageRec",
        "description": _("Photographs that learn what you like."),
    }
    display = {
        "display": "standalone",
        "background_color": "#101112",
        "theme_color": "#101112",
        "lang": get_language(),
    }
    content = texts | display | {"id": start, "start_url": start, "scope": start, "icons": icons}
    return JsonResponse(content, content_type="application/manifest+json")


@require_safe
def offline(request: Request) -> HttpResponse:
    """The service worker stores this page for all visitors, so it contains no user's name and no action that
    needs an account."""
    return render(request, "gallery/offline.html")
