"""Paths of an image's files below MEDIA_ROOT."""

import shutil
from contextlib import suppress
from pathlib import Path

from django.conf import settings


def original_name(sha256: str, extension: str) -> str:
    """The name of an original relative to MEDIA_ROOT."""
    return f"originals/{sha256[:2]}/{sha256}.{extension}"


def rendition_folder(sha256: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "renditions" / sha256[:2] / sha256


def rendition_path(sha256: str, width: int, extension: str) -> Path:
    return rendition_folder(sha256) / f"{width}.{extension}"


def remove_files(sha256: str, file: str) -> None:
    """Deletes the original and the renditions of an image whose row was deleted."""
    original, renditions = Path(settings.MEDIA_ROOT) / file, rendition_folder(sha256)
    original.unlink(missing_ok=True)
    shutil.rmtree(renditions, ignore_errors=True)
    for folder in (original.parent, renditions.parent):
        with suppress(OSError):  # not empty: it contains other pictures
            folder.rmdir()
