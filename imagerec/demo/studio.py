"""Painted pictures into the gallery: painted in a pool of processes, stored, and made rows in batches.

Each picture is named by its seed and number in `source`, so that an interrupted run goes on where it stopped.
"""

import hashlib
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from gallery.catalogue import adding
from gallery.ingest import store
from gallery.models import Genre, Image, Keyword
from imagerec.demo.painter.finish import Finished, finish
from imagerec.demo.vocabulary import GENRES, KEYWORDS

WORKERS = 2
NICE = 10  # people who browse meanwhile come first
BATCH = 40  # rows in one transaction
HANDS = 8  # threads that hand pictures to the painters and wait for the disk: nothing is kept without a sync
PUBLISHED_BEFORE = timedelta(days=30)  # before anybody of the demo looked at anything
BETWEEN = timedelta(minutes=11)
CREDIT = "ImageRec"
LICENCE = "CC0 1.0"


def source_of(seed: int, number: int) -> str:
    return f"Demo picture {number} of seed {seed}"


def missing(seed: int, images: int) -> list[int]:
    """Numbers below `images` that the gallery does not have yet."""
    there = set(Image.objects.filter(demo=True).values_list("source", flat=True))
    return [number for number in range(images) if source_of(seed, number) not in there]


def fill(seed: int, numbers: Sequence[int], now: datetime) -> Iterator[int]:
    """Paints these pictures and adds them to the gallery; yields how many were added, batch by batch."""
    spawn = multiprocessing.get_context("spawn")  # a fork would share the database connection
    pool = ProcessPoolExecutor(WORKERS, mp_context=spawn, initializer=os.nice, initargs=(NICE,))
    hands = ThreadPoolExecutor(HANDS)

    def bring(number: int) -> adding.Arrival:
        return _store(seed, pool.submit(finish, seed, number).result(), now)

    try:
        arrivals = hands.map(bring, numbers)
        while batch := list(islice(arrivals, BATCH)):
            adding.add_images(batch)
            yield len(batch)
    finally:
        hands.shutdown(cancel_futures=True)
        pool.shutdown(cancel_futures=True)


def _store(seed: int, finished: Finished, now: datetime) -> adding.Arrival:
    """Puts the files on the disk; what is returned is light."""
    sha256 = hashlib.sha256(finished.original).hexdigest()
    file = store.store_files(sha256, finished.original, finished.digest)
    taken = replace(
        finished.digest.metadata, taken=(now - finished.taken_before).isoformat(timespec="seconds")
    )
    return adding.Arrival(
        digest=replace(finished.digest.without_files(), metadata=taken),
        sha256=sha256,
        file=file,
        byte_size=len(finished.original),
        title=finished.title,
        genre=GENRES[finished.genre][0],
        keywords=finished.keywords,
        licence=LICENCE,
        credit=CREDIT,
        source=source_of(seed, finished.number),
        published_at=now - PUBLISHED_BEFORE - BETWEEN * finished.number,
        demo=True,
    )


def name_words() -> tuple[list[int], list[int]]:
    """Makes the genres and keywords that are not there yet; gives the ids of those it made."""
    genres = [
        Genre.objects.create(slug=slug, name=name, name_ko=name_ko).pk
        for slug, (name, name_ko) in GENRES.items()
        if not Genre.objects.filter(slug=slug).exists()
    ]
    known = set(Keyword.objects.filter(name__in=KEYWORDS).values_list("name", flat=True))
    fresh = Keyword.objects.bulk_create(
        [Keyword(name=name, name_ko=name_ko) for name, name_ko in KEYWORDS.items() if name not in known]
    )
    return genres, [keyword.pk for keyword in fresh]
