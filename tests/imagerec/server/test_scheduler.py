"""Pages are rendered one after the other and uploads received beside them: a slow client stops nothing."""

import http.client
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from imagerec.server.front import RECEIVE_TIMEOUT
from imagerec.server.scheduler import PageScheduler
from tests.installation import Installation

SLOW_ONES = 80  # more than twice as many as there are threads
SOON = 3.0  # seconds, on a machine that tests share; who waits for a slow one waits for ever


class Answers:
    """Stands in for Django: what it is asked is answered by a function of the path."""

    def __init__(self, **paths):
        self.paths, self.threads, self.together, self.most = paths, [], 0, 0

    def __call__(self, environ, _start_response):
        self.threads.append(threading.current_thread().name)
        self.together += 1
        self.most = max(self.most, self.together)
        try:
            return self.paths.get(environ["PATH_INFO"], lambda: HttpResponse(b"page"))()
        finally:
            self.together -= 1


def ask(turns, path="", method="GET"):
    return b"".join(turns({"REQUEST_METHOD": method, "PATH_INFO": path}, None))


def slowly():
    time.sleep(0.02)
    return HttpResponse(b"slow")


@pytest.mark.parametrize("at_once", [1, 2])
def test_so_many_pages_are_made_at_once(at_once):
    answers = Answers(slow=slowly)
    turns = PageScheduler(answers, at_once)
    with ThreadPoolExecutor(8) as crowd:
        assert list(crowd.map(lambda _: ask(turns, "slow"), range(24))) == [b"slow"] * 24
    assert answers.most == len(set(answers.threads)) == at_once


@pytest.mark.django_db  # the end of a request looks after this thread's connection, if there is one
def test_what_is_sent_does_not_take_a_turn():
    answers = Answers()
    assert ask(PageScheduler(answers, 1), method="POST") == b"page"
    assert answers.threads == [threading.current_thread().name]


def test_a_page_that_waits_is_overtaken():
    arrived, goes_on = threading.Event(), threading.Event()

    def waits():
        arrived.set()
        goes_on.wait(20)
        return HttpResponse(b"at last")

    turns = PageScheduler(Answers(waits=waits), 1)
    with ThreadPoolExecutor(4) as crowd:
        first = crowd.submit(ask, turns, "waits")
        arrived.wait(20)
        others = [crowd.submit(ask, turns) for _ in range(3)]
        assert [other.result(SOON) for other in others] == [b"page"] * 3
        assert not first.done()
        goes_on.set()
        assert first.result(SOON) == b"at last"
    assert ask(turns) == b"page"


def test_an_error_is_told_to_who_asked():
    def fails():
        raise LookupError("nobody")

    turns = PageScheduler(Answers(fails=fails), 1)
    with pytest.raises(LookupError, match="nobody"):
        ask(turns, "fails")
    assert ask(turns) == b"page"


def test_a_whole_answer_is_closed_where_it_was_made_and_a_stream_by_the_server():
    closed = []
    answers = {"whole": HttpResponse(b"whole"), "stream": StreamingHttpResponse([b"a", b"b"])}
    for name, answer in answers.items():
        answer.close = lambda name=name: closed.append((name, threading.current_thread().name))
    turns = PageScheduler(
        Answers(**{name: lambda answer=answer: answer for name, answer in answers.items()}), 1
    )
    assert ask(turns, "whole") == b"whole"
    assert [(name, thread[:4]) for name, thread in closed] == [("whole", "page")]
    assert ask(turns, "stream") == b"ab"
    assert len(closed) == 1


@pytest.mark.services
def test_slow_uploads_hold_up_nobody_and_are_cut_off(either_site: Installation):
    """Each tells of a large form and sends a part of it: nothing but a socket waits for the rest."""
    head = (
        f"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1:{either_site.port}\r\nContent-Length: 50000\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nCookie: csrftoken="
        + 32 * "a"
        + "\r\n\r\nlogin=some"
    )
    with ExitStack() as opened:
        slow = []
        sent = time.monotonic()
        for _ in range(SLOW_ONES):
            slow.append(
                opened.enter_context(socket.create_connection(("127.0.0.1", either_site.port), timeout=40))
            )
            slow[-1].sendall(head.encode())
        time.sleep(0.5)
        for method, path in (("GET", "/health/"), ("GET", "/"), ("POST", "/accounts/login/")):
            begun = time.monotonic()
            assert status(either_site, method, path) == 200
            assert time.monotonic() - begun < RECEIVE_TIMEOUT / 2, (
                path
            )  # who is held up waits until they are cut off
        slow[0].sendall(b"x")  # a byte now and then buys no time
        answers = [connection.recv(12) for connection in slow]
        assert answers == SLOW_ONES * [b"HTTP/1.1 408"]
        assert time.monotonic() - sent < RECEIVE_TIMEOUT + 5


def status(site, method, path):
    form = urlencode({"login": "nobody", "password": "nothing", "csrfmiddlewaretoken": 32 * "a"})
    headers = {"Cookie": "csrftoken=" + 32 * "a", "Content-Type": "application/x-www-form-urlencoded"}
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    connection.request(method, path, form if method == "POST" else None, headers)
    return connection.getresponse().status
