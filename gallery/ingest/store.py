"""The only module that knows where the files of images are: `originals/<aa>/<sha256>.<ext>` and
`renditions/<aa>/<sha256>/<width>.webp|.jpg` below MEDIA_ROOT. Another storage replaces this module.

A file gets its name only when it is completely on the disk: written under a draft name, synced, renamed. The
renditions of one picture appear together, when their folder is renamed. Rows are written after the files, so
a row never points to a missing file; files without a row are removed after a day.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from time import time

from django.conf import settings

from gallery.ingest.digest import Digest
from gallery.ingest.errors import Refused
from gallery.models import Image

ORPHAN_AGE = timedelta(hours=24)
DRAFT = ".draft-"
LOOKUP = 500  # names in one query


def store_files(sha256: str, original: bytes, digest: Digest) -> str:
    """Stores the original and its renditions. Returns the name of the original. Raises Refused."""
    name = f"originals/{sha256[:2]}/{sha256}.{digest.extension}"
    try:
        _store_renditions(rendition_folder(sha256), digest)
        _store_original(Path(settings.MEDIA_ROOT) / name, original)
    except OSError as error:
        raise Refused("full", cause=os.strerror(error.errno or errno.EIO)) from error
    return name


def read_rendition(sha256: str, width: int, extension: str) -> bytes:
    """The bytes of a rendition. Raises OSError if it is not there."""
    return (rendition_folder(sha256) / f"{width}.{extension}").read_bytes()


def remove_files(sha256: str, name: str) -> None:
    """Deletes the original and the renditions of an image whose row has been deleted."""
    original, renditions = Path(settings.MEDIA_ROOT) / name, rendition_folder(sha256)
    original.unlink(missing_ok=True)
    shutil.rmtree(renditions, ignore_errors=True)
    for folder in (original.parent, renditions.parent):
        with suppress(OSError):  # not empty: it has files of other images
            folder.rmdir()


def rendition_folder(sha256: str) -> Path:
    """The folder of an image's renditions; it may not exist."""
    return Path(settings.MEDIA_ROOT) / "renditions" / sha256[:2] / sha256


def _store_renditions(folder: Path, digest: Digest) -> None:
    files = {f"{step.width}.{kind}": blob for step in digest.renditions for kind, blob in step.files()}
    _make_folder(folder.parent)
    draft = folder.with_name(f"{DRAFT}{folder.name}-{token_hex(4)}")
    draft.mkdir()
    try:
        for name, blob in files.items():
            _write(draft / name, blob)
        _sync_folder(draft)
        _put_in_place(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    _sync_folder(folder.parent)


def _put_in_place(draft: Path, folder: Path) -> None:
    """Replaces a folder of the same name, which an import left that was interrupted before it wrote its
    row."""
    try:
        draft.rename(folder)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise
        old = folder.with_name(f"{DRAFT}{folder.name}-{token_hex(4)}")
        folder.rename(old)
        draft.rename(folder)
        shutil.rmtree(old, ignore_errors=True)


def _store_original(path: Path, data: bytes) -> None:
    _make_folder(path.parent)
    draft = path.with_name(f"{DRAFT}{path.name}-{token_hex(4)}")
    try:
        _write(draft, data)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder.parent)


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep_orphans(now: float | None = None) -> int:
    """Removes drafts, originals and renditions that have had no row for a day. Returns how many were removed.

    `now` is in seconds since 1970. Files of a row are never removed.
    """
    limit = (time() if now is None else now) - ORPHAN_AGE.total_seconds()
    removed = 0
    batch: list[Path] = []
    for path in _entries():
        batch.append(path)
        if len(batch) == LOOKUP:
            removed += _sweep(batch, limit)
            batch = []
    return removed + _sweep(batch, limit)


def _entries() -> Iterator[Path]:
    for kind in ("originals", "renditions"):
        for shelf in sorted((Path(settings.MEDIA_ROOT) / kind).glob("*/")):
            yield from sorted(shelf.iterdir())


def _sweep(paths: list[Path], limit: float) -> int:
    old = [path for path in paths if _modified(path) < limit]
    with_row = set(
        Image.objects.filter(sha256__in={path.name.split(".")[0] for path in old}).values_list(
            "sha256", flat=True
        )
    )
    removed = 0
    for path in old:
        # An import may have stored the same picture again just now: check the time once more.
        if path.name.split(".")[0] in with_row or _modified(path) >= limit:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        removed += 1
    return removed


def _modified(path: Path) -> float:
    try:
        return path.stat(follow_symlinks=False).st_mtime
    except FileNotFoundError:
        return float("inf")
