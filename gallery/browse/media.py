"""The image files, under the same rule of access as the pages."""

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
    """Sends the whole file at once, not as a stream: a stream occupies a thread of the server as long as a
    slow phone downloads it."""
    wanted = Image.objects.filter(public_id=public_id).only("sha256", "rendition_widths")
    # Public pictures first, without reading the session: one query, and shared caches may store the
    # response.
    image = wanted.public().first()
    cache = FOREVER
    if image is None:
        image, cache = wanted.visible(request.user).first(), "private, no-store"
    if image is None or extension not in TYPES or width not in image.rendition_widths:
        raise Http404(_("There is no such picture."))
    try:
        picture = store.read_rendition(image.sha256, width, extension)
    except OSError:
        raise Http404(_("There is no such picture.")) from None
    headers = {
        "Cache-Control": cache,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f'inline; filename="{public_id}-{width}.{extension}"',
    }
    return HttpResponse(picture, content_type=TYPES[extension], headers=headers)
