"""Adds painted pictures to the gallery: a pool of processes paints them, rows are written in batches.

The field `source` of a picture contains its seed and number, so that an interrupted run can continue.
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

PAINTING_PROCESSES = 2
PAINTING_NICENESS = 10  # requests of visitors have priority
_BATCH = 40  # rows in one transaction
STORING_THREADS = 8  # threads that wait for painting processes and for the disk (fsync)
PUBLISHED_BEFORE = timedelta(days=30)  # before the first view of a simulated user
BETWEEN = timedelta(minutes=11)
CREDIT = "ImageRec"
LICENCE = "CC0 1.0"


def source_of(seed: int, number: int) -> str:
    return f"Demo picture {number} of seed {seed}"


def missing_pictures(seed: int, images: int) -> list[int]:
    """Numbers below `images` whose picture is not in the gallery yet."""
    existing = set(Image.objects.filter(demo=True).values_list("source", flat=True))
    return [number for number in range(images) if source_of(seed, number) not in existing]


def add_pictures(seed: int, numbers: Sequence[int], now: datetime) -> Iterator[int]:
    """Paints these pictures and adds them to the gallery; yields how many were added, batch by batch."""
    spawn = multiprocessing.get_context("spawn")  # a fork would share the database connection
    pool = ProcessPoolExecutor(
        PAINTING_PROCESSES, mp_context=spawn, initializer=os.nice, initargs=(PAINTING_NICENESS,)
    )
    threads = ThreadPoolExecutor(STORING_THREADS)

    def paint_and_store(number: int) -> adding.Arrival:
        return _store(seed, pool.submit(finish, seed, number).result(), now)

    try:
        arrivals = threads.map(paint_and_store, numbers)
        while batch := list(islice(arrivals, _BATCH)):
            adding.add_images(batch)
            yield len(batch)
    finally:
        threads.shutdown(cancel_futures=True)
        pool.shutdown(cancel_futures=True)


def _store(seed: int, finished: Finished, now: datetime) -> adding.Arrival:
    """Writes the files to the disk; the returned value does not contain them."""
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


def create_words() -> tuple[list[int], list[int]]:
    """Creates the missing genres and keywords; returns the ids of the new rows."""
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
