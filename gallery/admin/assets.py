"""The addresses of what the admin wears beyond what Unfold brings, as its settings ask for them."""

from django.http import HttpRequest
from django.templatetags.static import static


def stylesheet(request: HttpRequest) -> str:
    return static("curator/curator.css")


def script(request: HttpRequest) -> str:
    return static("curator/curator.js")


def admin_icon(request: HttpRequest) -> str:
    return static("favicon.svg")
