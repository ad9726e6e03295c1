"""While the tests run: an image, and what lists and searches know it by,
is written by the code that may write it.

The rule that reads the code (`writing_of_images`) sees a name; this sees the statement,
however it came about.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from django.db.models import deletion

from tests.code_rules import EXCEPTIONS, writing_of_images
from tests.installation import ROOT

WRITERS = {name.partition(".")[0] for name in EXCEPTIONS[writing_of_images]}
ADMIN = "images"  # the form of one image: Django saves it, and the admin has it indexed
WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE) "gallery_(?:image|image_keywords|listing|searchtoken|swatch)"')
PACKAGES = tuple(f"{ROOT}/{package}/" for package in ("imagerec", "gallery", "recommender"))


class WrittenElsewhere(AssertionError):
    """A statement writes images, and who makes it is none of their writers."""


def innermost(frame: FrameType | None) -> str:
    """The file of ours that makes the statement, or Django's that takes away what points to something
    deleted."""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith((*PACKAGES, f"{ROOT}/tests/")) and file != __file__:
            return file
        if file == deletion.__file__:
            return ""
        frame = frame.f_back
    return ""


def look(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    """A wrapper of `connection.execute_wrapper`."""
    if WRITE.match(sql):
        file = innermost(sys._getframe())
        path = Path(file)
        if (
            file.startswith(PACKAGES)
            and path.stem not in {*WRITERS, ADMIN}
            and path.parent.name != "migrations"
        ):
            raise WrittenElsewhere(
                f"{path.relative_to(ROOT)} writes images past their one writer: {sql[:80]} …"
            )
    return execute(sql, *rest)
