"""Search tokens of images: words of title, genre and keywords, in both languages."""

import re
from collections.abc import Iterable

from gallery.models import Image, SearchToken

WORD = re.compile(r"[^\W_]+")


def index_images(ids: Iterable[int]) -> None:
    """Makes the tokens of these images anew."""
    images = Image.objects.filter(pk__in=list(ids)).select_related("genre").prefetch_related("keywords")
    SearchToken.objects.filter(image__in=images).delete()
    rows = []
    for image in images:
        names = [image.title, image.genre.name, image.genre.name_ko]
        names += [name for keyword in image.keywords.all() for name in (keyword.name, keyword.name_ko)]
        tokens = {word.lower()[:40] for name in names for word in WORD.findall(name)}
        rows += [SearchToken(image=image, token=token, weight=1) for token in sorted(tokens)]
    SearchToken.objects.bulk_create(rows)
