"""Removes the indentation of templates: pages would be a third longer with it."""

import re

from django.template import Origin
from django.template.loaders import filesystem

INDENTATION = re.compile(r"\n[ \t]+")


class Unindented(filesystem.Loader):
    """Keeps the line breaks, so that errors name the right line."""

    def get_contents(self, origin: Origin) -> str:
        return INDENTATION.sub("\n", super().get_contents(origin))
