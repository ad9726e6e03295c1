"""What other sites show of a page whose address somebody passes on (Open Graph):
never more than a stranger sees."""

from dataclasses import dataclass

from django.conf import settings

from gallery.browse.cards import rendition_url
from gallery.ingest.renditions import sizes
from gallery.models import Image

_LARGEST = 1280  # px of the long side: as large as anybody shows it


@dataclass(frozen=True)
class Preview:
    """`picture` is an address as well; both name the site as its operator does (SITE_URL). Without a picture
    the other fields of it are empty."""

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
    about = " · ".join(filter(None, [image.alt_text, str(image.genre), image.credit]))
    return with_picture(image.get_absolute_url(), image.title, about, image)


def with_picture(path: str, title: str, description: str, image: Image | None) -> Preview:
    said = absolute(path), title, " ".join(description.split())
    if image is None or not image.rendition_widths:
        return Preview(*said)
    heights = dict(sizes(image.width, image.height))
    # By the shape where it was made in other sizes than today's.
    files = [
        (width, heights.get(width, round(width * image.height / image.width)))
        for width in image.rendition_widths
    ]
    width, height = max((size for size in files if max(size) <= _LARGEST), default=files[0])
    return Preview(*said, absolute(rendition_url(image, width, "jpg")), width, height, image.description)
