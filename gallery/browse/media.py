"""The pictures themselves, behind the same rule of access as everything else."""

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gallery.ingest import store
from gallery.models import Image
from gallery.plumbing.access import Request

TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}
FOREVER = "public, max-age=31536000, immutable"  # a rendition never changes: other bytes are another image


@require_safe
def rendition(request: Request, public_id: str, width: int, extension: str) -> HttpResponse:
    """Whole, and not as a stream: a stream holds a thread of the server for as long as a slow phone takes
    it."""
    wanted = Image.objects.filter(public_id=public_id).only("sha256", "rendition_widths")
    # Public pictures first, without looking at the session: one query, and caches may keep the answer for
    # everybody.
    image = wanted.public().first()
    cache = FOREVER
    if image is None:
        image, cache = wanted.visible(request.user).first(), "private, no-store"
    if image is None or extension not in TYPES or width not in image.rendition_widths:
        raise Http404(_("There is no such picture."))
    try:
        picture = store.rendition(image.sha256, width, extension)
    except OSError:
        raise Http404(_("There is no such picture.")) from None
    headers = {
        "Cache-Control": cache,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f'inline; filename="{public_id}-{width}.{extension}"',
    }
    return HttpResponse(picture, content_type=TYPES[extension], headers=headers)
