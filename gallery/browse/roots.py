"""Files that crawlers and browsers request at the root of a site."""

from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from gallery.plumbing.access import Request

DAY = 86400


@require_safe
@cache_control(public=True, max_age=DAY)
def robots(request: Request) -> HttpResponse:
    return render(request, "robots.txt", content_type="text/plain")


@require_safe
@cache_control(public=True, max_age=DAY)
def favicon(request: Request) -> HttpResponse:
    """For programs that do not read the icon named in each page: feed readers, mail programs, bookmarks."""
    path = finders.find("favicon.ico")
    if not isinstance(path, str):
        raise Http404
    return HttpResponse(Path(path).read_bytes(), content_type="image/x-icon")
