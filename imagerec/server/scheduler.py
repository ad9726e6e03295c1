"""Renders pages one after the other; slow uploads do not block other requests."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.http.response import HttpResponseBase

Environ = dict[str, Any]
OVERTAKE_AFTER = 0.25  # seconds without a finished page, after which a page no longer waits
READS = {"GET", "HEAD"}


class PageScheduler:
    """A WSGI application in which `at_once` threads render all pages of Django.

    Parallel threads compete for the interpreter's lock, and each has a database connection whose cache the
    others invalidate: one thread renders a tenth more pages than two. More threads are useful if the database
    is another process. A request with a body runs in the server's own thread, because it may wait for the
    network or the disk; there can be many of these threads.
    """

    def __init__(self, django: Callable[[Environ, Any], HttpResponseBase], at_once: int) -> None:
        self.django = django
        self.pages = ThreadPoolExecutor(at_once, "page")
        self.finished = 0

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in READS:
            return self._answer(environ, start_response)
        page, finished = self.pages.submit(self._answer, environ, start_response), self.finished
        while not _is_done(page):
            if finished == self.finished and page.cancel():  # the page before this page is waiting itself
                return self._answer(environ, start_response)
            finished = self.finished
        return page.result()

    def _answer(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """The parts of the response. If it is not a stream, the thread that rendered it also closes it."""
        response = self.django(environ, start_response)
        self.finished += 1  # shows only that there was progress; a lost count does no harm
        if response.streaming:
            return response
        parts = list(response)
        response.close()
        return parts


def _is_done(page: Future[Iterable[bytes]]) -> bool:
    try:
        page.exception(OVERTAKE_AFTER)
    except TimeoutError:
        return page.done()
    return True
