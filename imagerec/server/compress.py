"""Pages travel compressed. Pictures are compressed already, and static files lie compressed on the disk."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXT = ("text/", "application/json", "application/manifest+json")


class CompressText(GZipMiddleware):
    """Django's own, whose random padding hides from the length what a page repeats (BREACH)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        plain = response.get("Content-Type", "").startswith(TEXT)
        return super().process_response(request, response) if plain else response
