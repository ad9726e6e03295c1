"""A running installation with planted images and people who rated them, and a client that asks it for pages.

Used by `feed_page` and `learn`. The client is as lean as Python allows, since it shares the machine with the
server: each connection sends the next request when the answer to the last one is there.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from tests.benchmarks import search
from tests.installation import Installation

PEOPLE, RATED = 32, 60
CHUNKED = -1  # in place of a length


class Visitor(NamedTuple):
    session: str
    user: int


@contextmanager
def installation(images: int, **processes: str) -> Iterator[tuple[Installation, list[Visitor]]]:
    """The embedded default after a night, with these processes (name and command) running,
    and 32 people signed in."""
    with TemporaryDirectory() as folder:
        site = Installation(Path(folder) / "site")
        code = f"from tests.benchmarks import search, served; search.plant({images}); served.settle()"
        try:
            visitors = [Visitor(*one) for one in json.loads(site.python(code).splitlines()[-1])]
            site.manage("nightly", timeout=600)
            for name, command in processes.items():
                site.start(name, command=command)
            yield site, visitors
        finally:
            site.close()


def settle() -> None:
    """People who each rated some of the images at random; writes their sessions' keys and their ids."""
    from django.contrib.auth.models import User

    from gallery.acts.events import History, record_history
    from gallery.models import Image, Rating
    from tests.factories import session_of

    rng, now = np.random.default_rng(search.SEED), search.NOON
    images = list(Image.objects.values_list("pk", flat=True))
    visitors = []
    for number in range(PEOPLE):
        user = User.objects.create(username=f"visitor{number}")
        rated = zip(
            rng.choice(images, RATED, replace=False).tolist(), rng.integers(1, 6, RATED).tolist(), strict=True
        )
        ratings = [
            Rating(user=user, image_id=i, value=value, created_at=now, updated_at=now) for i, value in rated
        ]
        record_history(History([], ratings, [], []))
        visitors.append((session_of(user), user.pk))
    sys.stdout.write(json.dumps(visitors) + "\n")


@dataclass
class Load:
    """What the clients saw: seconds of each answer, and of the whole."""

    seconds: list[float]
    lasted: float

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.lasted

    @property
    def p95(self) -> float:
        return float(np.percentile(self.seconds, 95))


class Client(asyncio.Protocol):
    """One connection: asks again as soon as it is answered, until it is told to stop."""

    def __init__(self, request: bytes, until: float, seconds: list[float], ended: asyncio.Event) -> None:
        self.request, self.until, self.seconds, self.ended = request, until, seconds, ended
        self.length: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.got, self.length, self.asked = b"", None, time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.got += data
        if self.length is None and (end := self.got.find(b"\r\n\r\n")) >= 0:
            head = self.got[:end].lower()
            assert b" 200 " in head[:14], head[:200]
            said = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
            self.length = end + 4 + int(said) if said else CHUNKED
        if len(self.got) == self.length or (self.length == CHUNKED and self.got.endswith(b"0\r\n\r\n")):
            now = time.perf_counter()
            self.seconds.append(now - self.asked)
            if now < self.until:
                self.ask()
            else:
                self.transport.close()
                self.ended.set()

    def connection_lost(self, error: Exception | None) -> None:
        self.ended.set()


def load(port: int, path: str, visitors: list[Visitor], lasting: float) -> Load:
    """One client a visitor, all at once, for so many seconds."""

    async def run() -> Load:
        loop = asyncio.get_running_loop()
        begun, seconds = time.perf_counter(), list[float]()
        ends = [asyncio.Event() for _ in visitors]
        for visitor, ended in zip(visitors, ends, strict=True):
            cookie = f"Cookie: sessionid={visitor.session}"
            request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}\r\n\r\n".encode()
            client = Client(request, begun + lasting, seconds, ended)
            await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
        await asyncio.gather(*(ended.wait() for ended in ends))
        return Load(seconds, time.perf_counter() - begun)

    return asyncio.run(run())
