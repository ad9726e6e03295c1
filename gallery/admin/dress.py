"""How the admin looks beyond what Unfold brings."""

from django.http import HttpRequest
from django.templatetags.static import static


def stylesheet(request: HttpRequest) -> str:
    """The address of the curators' stylesheet."""
    return static("curator/curator.css")


def favicon(request: HttpRequest) -> str:
    return static("favicon.svg")
