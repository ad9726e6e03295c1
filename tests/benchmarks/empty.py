"""The site with one address more, which answers nothing: what the server,
Django and the middleware take by themselves.

`granian … tests.benchmarks.empty:application`; for `feed_page`.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from imagerec.wsgi import application as application


def empty(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _add() -> None:
    from imagerec import urls

    urls.urlpatterns.insert(0, path("empty/", empty))


_add()
