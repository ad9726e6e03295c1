"""Creates the rows of pictures whose files are stored: images with genre and keywords, and their search
index, in one transaction."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.text import slugify

from gallery.ingest.dates import day_and_instant
from gallery.ingest.digest import Digest
from gallery.models import Genre, Image, Keyword
from gallery.search import lexicon
from gallery.search.index import index_images

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_ARRIVALS = 100  # rows in one transaction, for which SQLite's other writers wait


@dataclass(frozen=True)
class Arrival:
    """A picture whose files are stored under `file`; unknown values are empty. `genre` and `keywords` are
    names."""

    digest: Digest
    sha256: str
    file: str
    byte_size: int
    title: str
    genre: str
    keywords: Sequence[str] = ()
    licence: str = ""
    credit: str = ""
    source: str = ""
    uploaded_by: "User | None" = None
    published_at: datetime | None = None
    demo: bool = False


def add_images(arrivals: Sequence[Arrival]) -> list[int]:
    """Creates the images of at most 100 pictures, all or none. Returns the ids of the new images.

    A picture whose bytes exist already is skipped.
    """
    if len(arrivals) > MAX_ARRIVALS:
        raise ValueError(f"At most {MAX_ARRIVALS} pictures go into one transaction, not {len(arrivals)}.")
    with transaction.atomic():
        known = set(_ids(arrivals))
        fresh = {arrival.sha256: arrival for arrival in arrivals if arrival.sha256 not in known}
        genres = {name: genre_named(name) for name in {arrival.genre for arrival in fresh.values()}}
        rows = [_row(arrival, genres[arrival.genre]) for arrival in fresh.values()]
        # Another import may add the same picture at the same moment: its row is kept.
        Image.objects.bulk_create(rows, ignore_conflicts=True)
        ids = _ids(fresh.values())
        _add_keywords({ids[sha256]: arrival.keywords for sha256, arrival in fresh.items() if sha256 in ids})
        index_images(ids.values())
    return list(ids.values())


def _ids(arrivals: Iterable[Arrival]) -> dict[str, int]:
    digests = [arrival.sha256 for arrival in arrivals]
    return dict(Image.objects.filter(sha256__in=digests).values_list("sha256", "pk"))


def genre_named(name: str) -> Genre:
    """The genre of this name in either language, created if necessary; 'Night Sky' and 'night-sky' are the
    same genre."""
    text = " ".join(name.replace("-", " ").replace("_", " ").split())
    word = lexicon.english(text) or text
    # A name without Latin letters that the lexicon does not contain still needs an address.
    slug = slugify(word)[:60] or hashlib.sha256(word.encode()).hexdigest()[:12]
    english = word[:1].upper() + word[1:]
    name_ko = lexicon.korean(word) or (text if word != text else "")
    return Genre.objects.get_or_create(slug=slug, defaults={"name": english[:60], "name_ko": name_ko})[0]


def _row(arrival: Arrival, genre: Genre) -> Image:
    digest = arrival.digest
    taken_on, taken_at = day_and_instant(digest.metadata.taken)
    image = Image(
        title=arrival.title,
        genre=genre,
        uploaded_by=arrival.uploaded_by,
        file=arrival.file,
        width=digest.width,
        height=digest.height,
        byte_size=arrival.byte_size,
        rendition_widths=digest.rendition_widths,
        sha256=arrival.sha256,
        perceptual_hash=digest.perceptual_hash,
        thumbhash=digest.thumbhash,
        placeholder=digest.placeholder,
        palette=digest.palette,
        descriptor=digest.descriptor,
        licence=arrival.licence,
        credit=arrival.credit,
        source=arrival.source,
        camera=digest.metadata.camera,
        taken_on=taken_on,
        taken_at=taken_at,
        demo=arrival.demo,
    )
    if arrival.published_at is not None:
        image.published_at = arrival.published_at
    return image


def _add_keywords(words: dict[int, Sequence[str]]) -> None:
    """Adds keywords by image id; new keywords get their Korean name from the lexicon."""
    names = {word for keywords in words.values() for word in keywords}
    Keyword.objects.bulk_create(
        [Keyword(name=word, name_ko=lexicon.korean(word)) for word in sorted(names)], ignore_conflicts=True
    )
    ids = dict(Keyword.objects.filter(name__in=names).values_list("name", "pk"))
    through = Image.keywords.through
    through.objects.bulk_create(
        [
            through(image_id=image, keyword_id=ids[word])
            for image, keywords in words.items()
            for word in dict.fromkeys(keywords)
        ],
        ignore_conflicts=True,
    )
