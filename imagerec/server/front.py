"""What stands between the network and Django: whatever is sent is taken in first, within a deadline,
and by no thread.

Django reads a body while it answers, and holds a thread of the server for as long as somebody takes to send
it. Here a slow sender costs a socket and a coroutine; a thread begins when all is there
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

from imagerec.server.scheduler import READS, Environ

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Wsgi = Callable[[Environ, Any], Any]

ARRIVES = 30.0  # seconds within which a body is here
TAKEN = 30.0  # seconds within which whoever reads a stream takes a piece of it
LARGEST = 50_000_000  # bytes of a body
HELD = 500_000_000  # bytes of all bodies that are on their way or being answered, of one process
IN_MEMORY = 100_000  # bytes of one that are held in memory; the rest lies in a file
AT_ONCE = 4_000_000  # bytes of a file that are sent whole
READERS, WRITERS, STREAMS = 8, 16, 2  # threads: whatever waits in one kind holds up none of the others
REFUSALS = {
    408: b"The request took too long to arrive.\n",
    413: b"The request is too large.\n",
    503: b"Much is being sent just now. Try again in a minute.\n",
}
GONE = -1  # in place of a status: nobody is there to be told


class Front:
    """An ASGI application that hands whole requests to a WSGI one."""

    def __init__(self, site: Wsgi) -> None:
        self.site = site
        self.held = 0
        self.readers = ThreadPoolExecutor(READERS, "reader")
        self.writers = ThreadPoolExecutor(WRITERS, "writer")
        self.streams = ThreadPoolExecutor(STREAMS, "stream")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        reads = scope["method"] in READS  # their bodies mean nothing, and are not looked at
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as body:
            try:
                refusal = 0 if reads else await self._arrival(scope, receive, body)
                if not refusal:
                    await self._answer(environ(scope, body), self.readers if reads else self.writers, send)
                elif refusal != GONE:
                    await refuse(send, refusal)
            finally:
                self.held -= body.seek(0, 2)

    async def _arrival(self, scope: Message, receive: Receive, body: IO[bytes]) -> int:
        """Writes the body down. 0 when it is all there, else the status to refuse it with, or GONE."""
        if any(name == b"content-length" and int(value) > LARGEST for name, value in scope["headers"]):
            return 413
        try:
            async with asyncio.timeout(ARRIVES):
                return await self._take_in(receive, body)
        except TimeoutError:
            return 408

    async def _take_in(self, receive: Receive, body: IO[bytes]) -> int:
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return GONE
            self.held += body.write(message.get("body", b""))
            if body.tell() > LARGEST:
                return 413
            if self.held > HELD:
                return 503
            more = message.get("more_body", False)
        return 0

    async def _answer(self, request: Environ, threads: ThreadPoolExecutor, send: Send) -> None:
        loop = asyncio.get_running_loop()
        head: list[Message] = []
        answer = await loop.run_in_executor(threads, self._made, request, partial(begin, head))
        await send(head[0])
        if isinstance(answer, bytes):
            await send({"type": "http.response.body", "body": answer})
        else:
            await loop.run_in_executor(self.streams, pour, answer, send, loop)

    def _made(self, request: Environ, start_response: Any) -> Any:
        """The whole answer as bytes; or what is too much for that, as it is."""
        answer = self.site(request, start_response)
        if isinstance(answer, list):
            return b"".join(answer)
        if int(answer.headers.get("Content-Length", AT_ONCE + 1)) > AT_ONCE:
            return answer
        try:
            return b"".join(answer)
        finally:
            answer.close()


async def refuse(send: Send, status: int) -> None:
    """In plain words, since there is no whole request that a page could be made for;
    and the connection ends."""
    text = REFUSALS[status]
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", b"%d" % len(text)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def environ(scope: Message, body: IO[bytes]) -> Environ:
    """The request as WSGI has it.

    Headers whose name has an underscore are left out: WSGI could not tell them from those with a hyphen,
    which a proxy sets and strips.
    """
    length = body.seek(0, 2)
    body.seek(0)
    found: Environ = {
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
        found[key] = f"{found[key]}{'; ' if name == 'COOKIE' else ','}{value}" if key in found else value
    found["CONTENT_LENGTH"] = str(length)  # what is here, however it was told of
    return found


def begin(head: list[Message], status: str, headers: Iterable[tuple[str, str]], _error: Any = None) -> None:
    """WSGI's start_response."""
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    head[:] = [{"type": "http.response.start", "status": int(status[:3]), "headers": raw}]


def pour(parts: Any, send: Send, loop: asyncio.AbstractEventLoop) -> None:
    """Sends a stream from the thread that reads it, as fast as it is taken,
    and not to somebody who takes nothing."""

    def hand_over(body: bytes, more: bool) -> None:
        piece = send({"type": "http.response.body", "body": body, "more_body": more})
        asyncio.run_coroutine_threadsafe(within(piece, TAKEN), loop).result()

    with suppress(TimeoutError):
        try:
            for part in parts:
                hand_over(part, True)
            hand_over(b"", False)
        finally:
            parts.close()


async def within(waited_for: Awaitable[None], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        await waited_for
