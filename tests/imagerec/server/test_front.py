"""What is sent is taken in before a thread begins, within a deadline;
an answer goes out whole or as it is taken."""

import asyncio
import http.client
import socket
import threading
import time
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from imagerec.server import front
from imagerec.server.front import RECEIVE_TIMEOUT, Front
from tests.installation import Installation

SLOW_CLIENTS = 80  # many more than there are threads


def scope(method="POST", path=b"/", query=b"", headers=()):
    return {
        "type": "http",
        "method": method,
        "raw_path": path,
        "query_string": query,
        "headers": list(headers),
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", "8000"),
        "client": ("192.0.2.1", "4711"),
    }


class Site:
    """Stands in for the WSGI application: remembers what it was asked, and answers as it is told."""

    def __init__(self, answer=lambda: HttpResponse(b"page")):
        self.answer, self.asked, self.bodies, self.threads = answer, [], [], []

    def __call__(self, environ, start_response):
        self.asked.append(environ)
        self.threads.append(threading.current_thread().name)
        self.bodies.append(environ["wsgi.input"].read())
        answer = self.answer()
        start_response(f"{answer.status_code} whatever", [("Content-Type", "text/plain")])
        return answer


async def asked(site, request, *messages, pause=0.0, taken=None):
    """What goes out, message by message."""
    waiting, sent = list(messages), []

    async def receive():
        if not waiting:
            await asyncio.sleep(60)
        await asyncio.sleep(pause)
        return waiting.pop(0)

    async def send(message):
        if taken:
            await taken()
        sent.append(message)

    await Front(site)(request, receive, send)
    return sent


def piece(body=b"", more=False):
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_is_whole_when_a_thread_begins():
    site = Site()
    sent = asyncio.run(asked(site, scope(), piece(b"one", True), piece(b" two", True), piece()))
    assert site.bodies == [b"one two"]
    assert site.asked[0]["CONTENT_LENGTH"] == "7"
    assert [message.get("body", message.get("status")) for message in sent] == [200, b"page"]


@pytest.mark.parametrize("pause", [60.0, 0.02], ids=["silent", "a byte now and then"])
def test_a_body_that_does_not_come_in_time_costs_no_thread(monkeypatch, pause):
    monkeypatch.setattr(front, "RECEIVE_TIMEOUT", 0.2)
    site, begun = Site(), time.monotonic()
    sent = asyncio.run(asked(site, scope(), *[piece(b"x", True)] * 1000, pause=pause))
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert time.monotonic() - begun < 10
    assert site.asked == []


def test_a_sender_who_goes_away_has_sent_nothing():
    site = Site()
    assert asyncio.run(asked(site, scope(), piece(b"half", True), {"type": "http.disconnect"})) == []
    assert site.asked == []


@pytest.mark.parametrize("told", [True, False])
def test_a_body_that_is_too_large_is_refused(monkeypatch, told):
    monkeypatch.setattr(front, "MAX_BODY", 10)
    site = Site()
    headers = [(b"content-length", b"11")] if told else [(b"transfer-encoding", b"chunked")]
    sent = asyncio.run(asked(site, scope(headers=headers), piece(b"123456", True), piece(b"12345", True)))
    assert sent[0]["status"] == 413
    assert site.asked == []


def test_all_bodies_together_are_bounded(monkeypatch):
    """What was refused or answered is no longer held."""
    monkeypatch.setattr(front, "MAX_BODIES", 10)
    site = Front(Site())
    sent = []

    async def send(message):
        sent.append(message.get("status"))

    async def run(*messages):
        waiting = list(messages)

        async def receive():
            return waiting.pop(0)

        await site(scope(), receive, send)

    for _ in range(3):
        asyncio.run(run(piece(b"123456")))
    site.received = 6  # of another request, which is still arriving
    asyncio.run(run(piece(b"12345")))
    site.received = 0
    asyncio.run(run(piece(b"123456")))
    assert [status for status in sent if status] == [200, 200, 200, 503, 200]
    assert site.received == 0


def test_the_body_of_a_page_that_is_only_read_is_not_waited_for():
    site = Site()
    sent = asyncio.run(asked(site, scope("GET", headers=[(b"content-length", b"1000")])))
    assert sent[0]["status"] == 200
    assert site.asked[0]["CONTENT_LENGTH"] == "0"


def test_the_request_is_as_it_was_sent():
    headers = [
        (b"host", b"images.example"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x-forwarded-for", b"192.0.2.7"),
        (b"x_forwarded_for", b"6.6.6.6"),
        (b"x-forwarded-for", b"192.0.2.8"),
        (b"x-name", "바다".encode()),
        (b"content-type", b"text/plain"),
    ]
    site = Site()
    asyncio.run(asked(site, scope("GET", b"/a%2Fb/%ec%84%ac%ff", b"q=%00", headers)))
    found = site.asked[0]
    assert found["PATH_INFO"].encode("latin-1") == b"/a/b/" + "섬".encode() + b"\xff"
    assert (found["QUERY_STRING"], found["REMOTE_ADDR"]) == ("q=%00", "192.0.2.1")
    assert (found["HTTP_HOST"], found["HTTP_COOKIE"]) == ("images.example", "a=1; b=2")
    assert found["HTTP_X_FORWARDED_FOR"] == "192.0.2.7,192.0.2.8"
    assert found["HTTP_X_NAME"].encode("latin-1").decode() == "바다"
    assert found["CONTENT_TYPE"] == "text/plain"


def test_what_only_reads_and_what_writes_do_not_wait_for_each_other():
    site = Site()
    asyncio.run(asked(site, scope("GET")))
    asyncio.run(asked(site, scope("POST"), piece()))
    assert [name.split("_")[0] for name in site.threads] == ["reader", "writer"]


def test_a_small_file_is_sent_whole_and_a_large_one_as_it_is_taken(monkeypatch):
    monkeypatch.setattr(front, "MAX_BUFFERED_FILE", 10)
    closed = []

    def answer(length):
        stream = StreamingHttpResponse(
            iter([b"abc", b"def"]), headers={"Content-Length": length} if length else {}
        )
        stream.close = lambda: closed.append(threading.current_thread().name.split("_")[0])
        return stream

    for length, expected in (("6", [b"abcdef"]), ("11", [b"abc", b"def", b""]), ("", [b"abc", b"def", b""])):
        sent = asyncio.run(asked(Site(lambda length=length: answer(length)), scope("GET")))
        assert [message["body"] for message in sent[1:]] == expected
    assert closed == ["reader", "stream", "stream"]


def test_a_stream_that_nobody_takes_ends(monkeypatch):
    monkeypatch.setattr(front, "SEND_TIMEOUT", 0.1)
    closed = []

    async def never():
        if sent_head:
            await asyncio.sleep(60)
        sent_head.append(True)

    sent_head: list[bool] = []
    stream = StreamingHttpResponse(iter([b"abc"]))
    stream.close = lambda: closed.append(True)
    sent = asyncio.run(asked(Site(lambda: stream), scope("GET"), taken=never))
    assert len(sent) == 1
    assert closed == [True]


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
        for _ in range(SLOW_CLIENTS):
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
        assert answers == SLOW_CLIENTS * [b"HTTP/1.1 408"]
        assert time.monotonic() - sent < RECEIVE_TIMEOUT + 5


def status(site, method, path):
    form = urlencode({"login": "nobody", "password": "nothing", "csrfmiddlewaretoken": 32 * "a"})
    headers = {"Cookie": "csrftoken=" + 32 * "a", "Content-Type": "application/x-www-form-urlencoded"}
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    connection.request(method, path, form if method == "POST" else None, headers)
    return connection.getresponse().status
