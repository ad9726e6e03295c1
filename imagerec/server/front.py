"""Receives each whole request within a time limit, without a thread, before Django gets it.

Django would read a body while it answers, and would need a thread of the server for as long as a client
sends. Here a slow client costs only a socket and a coroutine; a thread starts when the request is complete
(docs/decisions/0029).
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from django.http.response import HttpResponseBase

Environ = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Wsgi = Callable[[Environ, Any], HttpResponseBase]

READS = {"GET", "HEAD"}
RECEIVE_TIMEOUT = 30.0  # seconds in which a body must arrive
SEND_TIMEOUT = 30.0  # seconds in which a client must receive a piece of a stream
MAX_BODY = 50_000_000  # bytes of a body
MAX_BODIES = 500_000_000  # bytes of all bodies of one process that are being received or answered
IN_MEMORY = 100_000  # bytes of a body that are held in memory; a larger body is in a file
MAX_BUFFERED_FILE = 4_000_000  # bytes of a file that is sent as one message
# Threads; each kind of request waits only for its own kind. Parallel pages compete for the interpreter's lock
# and for SQLite's cache, so there are few readers; more than one, because a page may wait for a lock or a
# slow disk (docs/decisions/0037).
READERS, WRITERS, STREAMS = 4, 16, 2
REFUSALS = {
    408: b"The request took too long to arrive.\n",
    413: b"The request is too large.\n",
    503: b"Much is being sent just now. Try again in a minute.\n",
}
DISCONNECTED = -1  # instead of a status: the client has disconnected


class Front:
    """An ASGI application that passes whole requests to Django's WSGI application."""

    def __init__(self, site: Wsgi) -> None:
        self.site = site
        self.received = 0
        self.readers = ThreadPoolExecutor(READERS, "reader")
        self.writers = ThreadPoolExecutor(WRITERS, "writer")
        self.streams = ThreadPoolExecutor(STREAMS, "stream")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        reads = scope["method"] in READS  # the bodies of these methods are ignored
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as body:
            try:
                refusal = 0 if reads else await self._receive(scope, receive, body)
                if not refusal:
                    await self._answer(environ(scope, body), self.readers if reads else self.writers, send)
                elif refusal != DISCONNECTED:
                    await send_refusal(send, refusal)
            finally:
                self.received -= body.seek(0, 2)

    async def _receive(self, scope: Message, receive: Receive, body: IO[bytes]) -> int:
        """Writes the body. Returns 0 for a complete body, else the status of the refusal, or DISCONNECTED."""
        if any(name == b"content-length" and int(value) > MAX_BODY for name, value in scope["headers"]):
            return 413
        try:
            async with asyncio.timeout(RECEIVE_TIMEOUT):
                return await self._receive_body(receive, body)
        except TimeoutError:
            return 408

    async def _receive_body(self, receive: Receive, body: IO[bytes]) -> int:
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return DISCONNECTED
            self.received += body.write(message.get("body", b""))
            if body.tell() > MAX_BODY:
                return 413
            if self.received > MAX_BODIES:
                return 503
            more = message.get("more_body", False)
        return 0

    async def _answer(self, request: Environ, threads: ThreadPoolExecutor, send: Send) -> None:
        loop = asyncio.get_running_loop()
        head: list[Message] = []
        answer = await loop.run_in_executor(
            threads, self._whole_response, request, partial(start_response, head)
        )
        await send(head[0])
        if isinstance(answer, bytes):
            await send({"type": "http.response.body", "body": answer})
        else:
            await loop.run_in_executor(self.streams, send_stream, answer, send, loop)

    def _whole_response(self, request: Environ, start_response: Any) -> Any:
        """The whole response as bytes; a large file or a stream is returned unchanged."""
        answer = self.site(request, start_response)
        length = int(answer.headers.get("Content-Length", MAX_BUFFERED_FILE + 1))
        if answer.streaming and length > MAX_BUFFERED_FILE:
            return answer
        try:
            return b"".join(answer)
        finally:
            answer.close()


async def send_refusal(send: Send, status: int) -> None:
    """Sends plain text, because there is no complete request for a page, and closes the connection."""
    text = REFUSALS[status]
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", b"%d" % len(text)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def environ(scope: Message, body: IO[bytes]) -> Environ:
    """The request as a WSGI environment.

    Headers with an underscore in their name are left out: WSGI could not distinguish them from headers with a
    hyphen, which a proxy sets and removes.
    """
    length = body.seek(0, 2)
    body.seek(0)
    variables: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": str(scope["server"][1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name:
            continue
        name, value = raw_name.decode("latin-1").upper().replace("-", "_"), raw_value.decode("latin-1")
        key = name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
        variables[key] = (
            f"{variables[key]}{'; ' if name == 'COOKIE' else ','}{value}" if key in variables else value
        )
    variables["CONTENT_LENGTH"] = str(length)  # of the received body, whatever the headers contain
    return variables


def start_response(
    head: list[Message], status: str, headers: Iterable[tuple[str, str]], _error: Any = None
) -> None:
    """WSGI's start_response."""
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    head[:] = [{"type": "http.response.start", "status": int(status[:3]), "headers": raw}]


def send_stream(parts: Any, send: Send, loop: asyncio.AbstractEventLoop) -> None:
    """Sends a stream from the thread that reads it. It stops if the client does not receive in time."""

    def send_piece(body: bytes, more: bool) -> None:
        piece = send({"type": "http.response.body", "body": body, "more_body": more})
        asyncio.run_coroutine_threadsafe(within(piece, SEND_TIMEOUT), loop).result()

    with suppress(TimeoutError):
        try:
            for part in parts:
                send_piece(part, True)
            send_piece(b"", False)
        finally:
            parts.close()


async def within(awaitable: Awaitable[None], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        await awaitable
