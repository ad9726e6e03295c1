"""The cache, which holds counters of limits and no truth: where it does not answer,
the process's own memory does.

Nobody is kept from signing in by a Redis that is down or a folder that cannot be written. The counts are then
those of each process of the web server by itself, and begin anew.
"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

AGAIN = 5.0  # seconds after which a cache that did not answer is asked again
PATIENCE = 0.5  # seconds for Redis to answer, twice
SWEEP = 60.0  # seconds between looks for entries that have run out

log = logging.getLogger(__name__)
_silent_until: dict[str, float] = {}  # by where the cache is; every thread has a cache object of its own


class Sturdy(BaseCache):
    """A cache of the class `kind`; while that does not answer, one in memory."""

    kind: type[BaseCache]
    errors: tuple[type[Exception], ...] = (OSError,)
    options: dict[str, Any] = {}

    def __init__(self, location: Any, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._where = str(location)
        more = {**params, "OPTIONS": {**self.options, **params.get("OPTIONS", {})}}
        self._first: BaseCache = self.kind(location, more)  # type: ignore[call-arg]  # as Django makes them
        self._memory = LocMemCache(f"instead of {self._where}", {})

    def _ask(self, method: str, *args: Any, **named: Any) -> Any:
        now = time.monotonic()
        if now >= _silent_until.get(self._where, 0.0):
            try:
                return getattr(self._first, method)(*args, **named)
            except self.errors as error:
                log.warning(
                    "The cache does not answer, limits are counted in this process for now: %s", error
                )
                _silent_until[self._where] = now + AGAIN
        return getattr(self._memory, method)(*args, **named)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._ask("add", key, value, timeout, version))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask("get", key, default, version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._ask("set", key, value, timeout, version)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._ask("touch", key, timeout, version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._ask("delete", key, version))

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return bool(self._ask("has_key", key, version))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return int(self._ask("incr", key, delta, version))

    def clear(self) -> None:
        self._ask("clear")


class Redis(Sturdy):
    kind = RedisCache
    errors = (RedisError, OSError)
    # The library would try again and again with pauses, for longer than anybody waits for a page.
    options = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE, "retry": Retry(NoBackoff(), 1)}


class CountingFiles(FileBasedCache):
    """Django's cache of files, in which two processes that count at once are counted twice."""

    def __init__(self, location: Any, params: dict[str, Any]) -> None:
        self._swept = 0.0
        super().__init__(location, params)

    def _createdir(self) -> None:
        with suppress(OSError):  # whoever writes finds out
            super()._createdir()  # type: ignore[misc]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._createdir()
        with Path(self._dir, "lock").open("ab") as lock:  # type: ignore[attr-defined]
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        with self._alone():
            return super().add(key, value, timeout, version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """When the entry ends is also the time of its file, for `incr`."""
        super().set(key, value, timeout, version)
        if (until := self.get_backend_timeout(timeout)) is not None:
            os.utime(self._key_to_file(key, version), (until, until))  # type: ignore[attr-defined]

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Without the new lease of life that Django gives the entry: a count ends when it was to end."""
        with self._alone():
            value = self.get(key, version=version)
            if value is None:
                raise ValueError(f"Key {key!r} not found.")
            until = os.stat(self._key_to_file(key, version)).st_mtime  # type: ignore[attr-defined]
            self.set(key, value + delta, until - time.time(), version)
            return int(value + delta)

    def _cull(self) -> None:
        """What has run out goes first, so that a crowd of strangers does not push out counts that are in
        force."""
        if time.monotonic() - self._swept < SWEEP:
            return
        self._swept = time.monotonic()
        for path in self._list_cache_files():  # type: ignore[attr-defined]
            with suppress(OSError), open(path, "rb") as file:
                self._is_expired(file)  # type: ignore[attr-defined]  # deletes what is
        super()._cull()  # type: ignore[misc]


class Files(Sturdy):
    kind = CountingFiles
