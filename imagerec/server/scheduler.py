"""Who runs Python when: pages are made one after the other,
and whoever sends something slowly holds up nobody."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.http.response import HttpResponseBase

Environ = dict[str, Any]
PATIENCE = 0.25  # seconds without a page made, after which a page waits no longer for its turn
READS = {"GET", "HEAD"}


class Turns:
    """A WSGI application that gives the pages of Django's to few threads, `at_once` of them.

    Threads that make pages side by side take the interpreter's lock from each other, and each has a
    connection to the database whose cache the others spoil: people get a tenth more pages from one thread
    than from two. More than one pays where the database is another process. Whatever has a body runs in the
    server's own thread, of which there can be many: it may wait for the network, or for the disk.
    """

    def __init__(self, django: Callable[[Environ, Any], HttpResponseBase], at_once: int) -> None:
        self.django = django
        self.pages = ThreadPoolExecutor(at_once, "page")
        self.made = 0

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in READS:
            return self._answer(environ, start_response)
        page, made = self.pages.submit(self._answer, environ, start_response), self.made
        while not _is_done(page):
            if made == self.made and page.cancel():  # the one before it waits for something itself
                return self._answer(environ, start_response)
            made = self.made
        return page.result()

    def _answer(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """The parts of the answer. One that is whole is also closed,
        by the thread whose connection it used."""
        response = self.django(environ, start_response)
        self.made += 1  # only tells that something went on: a lost count does no harm
        if response.streaming:
            return response
        parts = list(response)
        response.close()
        return parts


def _is_done(page: Future[Iterable[bytes]]) -> bool:
    try:
        page.exception(PATIENCE)
    except TimeoutError:
        return page.done()
    return True
