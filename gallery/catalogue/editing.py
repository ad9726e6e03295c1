"""The only write path of what is said about images, and of what they are found by.

An image's columns and keywords, its narrow row and its search tokens change together, in one transaction: a
list or a search never knows it otherwise than it is. `gallery.catalogue.adding` makes images,
`gallery.acts.events` and `gallery.browse.trending` keep their figures; `tests/test_architecture.py` holds
that nobody else writes them.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from gallery.ingest import store
from gallery.models import Genre, Image, Keyword
from gallery.search import index as search_index

BATCH = 500  # SQLite takes a limited number of values in one statement
DELETED = 100  # images in one transaction: their rows in a dozen tables go with them
COLUMNS = {
    "title", "alt_text", "genre", "visibility", "uploaded_by", "licence", "credit", "source", "taken_at",
    "published_at",
}  # fmt: skip


def batches(ids: Collection[int]) -> Iterator[list[int]]:
    """In one order: who changes images at the same time does not wait in a circle."""
    ordered = sorted(ids)
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))


def change(
    ids: Collection[int], *, added: Iterable[Keyword] = (), removed: Iterable[Keyword] = (), **columns: Any
) -> int:
    """Sets these columns and keywords on all of these images or on none; how many there were."""
    if not columns.keys() <= COLUMNS:
        raise ValueError(f"Not said about an image: {', '.join(sorted(columns.keys() - COLUMNS))}.")
    added, removed, touched = list(added), list(removed), 0
    with transaction.atomic():
        for batch in batches(ids):
            locked = Image.objects.select_for_update(no_key=True).filter(pk__in=batch).order_by("pk")
            images = list(locked.values_list("pk", flat=True))
            if columns:
                Image.objects.filter(pk__in=images).update(**columns)
            _set_keywords(images, added, removed)
            search_index.index_images(images)
            touched += len(images)
    return touched


def _set_keywords(images: list[int], added: list[Keyword], removed: list[Keyword]) -> None:
    link = Image.keywords.through
    link.objects.filter(image_id__in=images, keyword_id__in=[word.pk for word in removed]).delete()
    link.objects.bulk_create(
        [link(image_id=image, keyword_id=word.pk) for word in added for image in images],
        ignore_conflicts=True,
    )


def index(ids: Collection[int]) -> None:
    """After something else than `change` has written these images, or a genre or keyword that they carry."""
    with transaction.atomic():
        for batch in batches(ids):
            search_index.index_images(batch)


def delete_words(words: "QuerySet[Genre] | QuerySet[Keyword]") -> None:
    """Genres that no image has, or keywords: what carried them is not found by them any more."""
    field = "genre" if words.model is Genre else "keywords"
    with transaction.atomic():
        carrying = Image.objects.filter(**{f"{field}__in": words})
        affected = list(carrying.order_by().values_list("pk", flat=True).distinct())
        words.delete()
        index(affected)


def delete(images: "QuerySet[Image]") -> int:
    """Deletes these images with their files; how many there were. Their rows in lists and searches go with
    them, their files once that is committed; what a failing disk leaves of them goes with the nightly sweep
    of orphans."""
    gone = 0
    while batch := list(images.values_list("pk", "sha256", "file")[:DELETED]):
        with transaction.atomic():
            Image.objects.filter(pk__in=[pk for pk, *_ in batch]).delete()
            _remove_on_commit([(sha256, file) for _, sha256, file in batch])
        gone += len(batch)
    return gone


def _remove_on_commit(files: list[tuple[str, str]]) -> None:
    # not a partial: Django logs the name of a robust hook that failed, and a partial has none
    def remove_files() -> None:
        for sha256, file in files:
            store.remove(sha256, file)

    transaction.on_commit(remove_files, robust=True)
