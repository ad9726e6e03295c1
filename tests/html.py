"""HTML as a browser reads it, for tests that look for a part of a page."""

import re


def squeezed(html: str) -> str:
    """The same page without the white space that formatting adds: single blanks, none beside a tag's ends."""
    return re.sub(r"\s*([<>])\s*", r"\1", re.sub(r"\s+", " ", html))
