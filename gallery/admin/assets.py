"""Addresses of the admin's own style sheet, script and icon, as Unfold's settings ask for them."""

from django.http import HttpRequest
from django.templatetags.static import static


def stylesheet(request: HttpRequest) -> str:
    return static("curator/curator.css")


def script(request: HttpRequest) -> str:
    return static("curator/curator.js")


def admin_icon(request: HttpRequest) -> str:
    return static("favicon.svg")
