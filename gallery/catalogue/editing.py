"""The only write path of the descriptions of images, and of the rows by which lists and searches find them.

An image's columns, keywords, listing and search tokens change together, in one transaction, so lists and
searches always agree with the image. `gallery.catalogue.adding` creates images; `gallery.acts.events` and
`gallery.browse.trending` update their counters and scores; `tests/test_architecture.py` checks that no other
module writes images.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from gallery.ingest import store
from gallery.models import Genre, Image, Keyword
from gallery.search import index as search_index

_BATCH = 500  # SQLite limits the number of values in one statement
_DELETED = 100  # images in one transaction: their rows in a dozen tables are deleted too
EDITABLE_COLUMNS = {
    "title", "alt_text", "genre", "visibility", "uploaded_by", "licence", "credit", "source", "taken_at",
    "published_at",
}  # fmt: skip


def batches(ids: Collection[int]) -> Iterator[list[int]]:
    """Batches in ascending order, so that parallel changes of images cannot deadlock."""
    ordered = sorted(ids)
    return (ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH))


def change(
    ids: Collection[int], *, added: Iterable[Keyword] = (), removed: Iterable[Keyword] = (), **columns: Any
) -> int:
    """Sets these columns and keywords on all of these images or on none. Returns how many there were."""
    if not columns.keys() <= EDITABLE_COLUMNS:
        raise ValueError(f"Not an editable column: {', '.join(sorted(columns.keys() - EDITABLE_COLUMNS))}.")
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
    """Updates the index after other code wrote these images, or a genre or keyword of them."""
    with transaction.atomic():
        for batch in batches(ids):
            search_index.index_images(batch)


def delete_words(words: "QuerySet[Genre] | QuerySet[Keyword]") -> None:
    """Deletes genres without images, or keywords; searches no longer find images by them."""
    field = "genre" if words.model is Genre else "keywords"
    with transaction.atomic():
        carrying = Image.objects.filter(**{f"{field}__in": words})
        affected = list(carrying.order_by().values_list("pk", flat=True).distinct())
        words.delete()
        index(affected)


def delete_images(images: "QuerySet[Image]") -> int:
    """Deletes these images with their files. Returns how many were deleted. Listings and search tokens are
    deleted with the rows, the files after the commit; the nightly sweep of orphans removes files that could
    not be deleted."""
    deleted = 0
    while batch := list(images.values_list("pk", "sha256", "file")[:_DELETED]):
        with transaction.atomic():
            Image.objects.filter(pk__in=[pk for pk, *_ in batch]).delete()
            _remove_on_commit([(sha256, file) for _, sha256, file in batch])
        deleted += len(batch)
    return deleted


def _remove_on_commit(files: list[tuple[str, str]]) -> None:
    # not a partial: Django logs the name of a robust hook that failed, and a partial has no name
    def remove_files() -> None:
        for sha256, file in files:
            store.remove_files(sha256, file)

    transaction.on_commit(remove_files, robust=True)
