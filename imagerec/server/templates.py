"""Templates are indented for those who read them. Pages are sent without: they would be a third longer."""

import re

from django.template import Origin
from django.template.loaders import filesystem

INDENTATION = re.compile(r"\n[ \t]+")


class Unindented(filesystem.Loader):
    """The line breaks stay: to a browser they are the same white space, and errors name the right line."""

    def get_contents(self, origin: Origin) -> str:
        return INDENTATION.sub("\n", super().get_contents(origin))
