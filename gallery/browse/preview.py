"""Previews of links on other sites (Open Graph): they never show more than an anonymous visitor sees."""

from dataclasses import dataclass

from django.conf import settings

from gallery.browse.cards import rendition_url
from gallery.ingest.renditions import sizes
from gallery.models import Image

_LARGEST = 1280  # px of the long side: no site shows more


@dataclass(frozen=True)
class Preview:
    """`address` and `picture` are absolute, with the host of SITE_URL. Without a picture the other fields of
    the picture are empty."""

    address: str
    title: str
    description: str
    picture: str = ""
    width: int = 0
    height: int = 0
    picture_description: str = ""


def absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def of_image(image: Image) -> Preview | None:
    if image.hidden_reason:
        return None
    description = " · ".join(filter(None, [image.alt_text, str(image.genre), image.credit]))
    return with_picture(image.get_absolute_url(), image.title, description, image)


def with_picture(path: str, title: str, description: str, image: Image | None) -> Preview:
    texts = absolute(path), title, " ".join(description.split())
    if image is None or not image.rendition_widths:
        return Preview(*texts)
    heights = dict(sizes(image.width, image.height))
    # By the aspect ratio if the rendition has a size that is no longer used.
    files = [
        (width, heights.get(width, round(width * image.height / image.width)))
        for width in image.rendition_widths
    ]
    width, height = max((size for size in files if max(size) <= _LARGEST), default=files[0])
    return Preview(*texts, absolute(rendition_url(image, width, "jpg")), width, height, image.description)
