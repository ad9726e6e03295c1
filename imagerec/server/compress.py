"""Compresses pages. Pictures are already compressed, and static files are stored compressed."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXT = ("text/", "application/json", "application/manifest+json")


class CompressText(GZipMiddleware):
    """Django's middleware, whose random padding hides the compressed length (BREACH), only for text."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        plain = response.get("Content-Type", "").startswith(TEXT)
        return super().process_response(request, response) if plain else response
