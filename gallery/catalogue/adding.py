"""Pictures whose files are stored -> rows: images with genre and keywords, found by search,
in one transaction."""

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

MAX_ARRIVALS = 100  # rows in one transaction: SQLite's other writers wait that long


@dataclass(frozen=True)
class Arrival:
    """A picture whose files are stored under `file`; what is not said is left empty.
    `genre` and keywords by name."""

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
    """Makes the rows of at most 100 pictures, all or none; gives the ids of those that were new.

    A picture whose bytes are there already is left as it is.
    """
    if len(arrivals) > MAX_ARRIVALS:
        raise ValueError(f"At most {MAX_ARRIVALS} pictures go into one transaction, not {len(arrivals)}.")
    with transaction.atomic():
        known = set(_ids(arrivals))
        fresh = {arrival.sha256: arrival for arrival in arrivals if arrival.sha256 not in known}
        genres = {name: genre_named(name) for name in {arrival.genre for arrival in fresh.values()}}
        rows = [_row(arrival, genres[arrival.genre]) for arrival in fresh.values()]
        # Another import may bring the same picture at the same moment: its row stands.
        Image.objects.bulk_create(rows, ignore_conflicts=True)
        ids = _ids(fresh.values())
        _add_keywords({ids[sha256]: arrival.keywords for sha256, arrival in fresh.items() if sha256 in ids})
        index_images(ids.values())
    return list(ids.values())


def _ids(arrivals: Iterable[Arrival]) -> dict[str, int]:
    digests = [arrival.sha256 for arrival in arrivals]
    return dict(Image.objects.filter(sha256__in=digests).values_list("sha256", "pk"))


def genre_named(name: str) -> Genre:
    """The genre of that name in either language, made if need be; 'Night Sky' and 'night-sky' are one."""
    text = " ".join(name.replace("-", " ").replace("_", " ").split())
    word = lexicon.english(text) or text
    # What has no Latin letters and is not in the lexicon still needs an address.
    slug = slugify(word)[:60] or hashlib.sha256(word.encode()).hexdigest()[:12]
    shown = word[:1].upper() + word[1:]
    name_ko = lexicon.korean(word) or (text if word != text else "")
    return Genre.objects.get_or_create(slug=slug, defaults={"name": shown[:60], "name_ko": name_ko})[0]


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
    """Keywords by image id; new ones get their Korean name from the lexicon,
    Korean ones their English name."""
    every = {word for some in words.values() for word in some}
    Keyword.objects.bulk_create(
        [Keyword(name=word, name_ko=lexicon.korean(word)) for word in sorted(every)], ignore_conflicts=True
    )
    ids = dict(Keyword.objects.filter(name__in=every).values_list("name", "pk"))
    through = Image.keywords.through
    through.objects.bulk_create(
        [
            through(image_id=image, keyword_id=ids[word])
            for image, some in words.items()
            for word in dict.fromkeys(some)
        ],
        ignore_conflicts=True,
    )
