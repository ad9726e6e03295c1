"""The cache. It has only the counters of limits; if it fails, the memory of the process replaces it.

So users can sign in while Redis is down or the folder of the cache cannot be written. Then each process of
the web server counts by itself and begins at 0.
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

RETRY_AFTER = 5.0  # seconds until a cache that failed is tried again
CACHE_TIMEOUT = 0.5  # seconds for an answer of Redis; there are two attempts
SWEEP_EVERY = 60.0  # seconds between removals of expired entries

log = logging.getLogger(__name__)
_unavailable_until: dict[str, float] = {}  # by location; every thread has its own cache object


class FallbackCache(BaseCache):
    """A cache of the class `kind`; while this cache fails, a cache in memory is used."""

    kind: type[BaseCache]
    errors: tuple[type[Exception], ...] = (OSError,)
    options: dict[str, Any] = {}

    def __init__(self, location: Any, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._location = str(location)
        more = {**params, "OPTIONS": {**self.options, **params.get("OPTIONS", {})}}
        self._primary: BaseCache = self.kind(location, more)  # type: ignore[call-arg]  # the signature of Django's backends
        self._memory = LocMemCache(f"instead of {self._location}", {})

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        now = time.monotonic()
        if now >= _unavailable_until.get(self._location, 0.0):
            try:
                return getattr(self._primary, method)(*args, **kwargs)
            except self.errors as error:
                log.warning(
                    "The cache does not answer, limits are counted in this process for now: %s", error
                )
                _unavailable_until[self._location] = now + RETRY_AFTER
        return getattr(self._memory, method)(*args, **kwargs)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._call("add", key, value, timeout, version))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._call("get", key, default, version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._call("set", key, value, timeout, version)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._call("touch", key, timeout, version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._call("delete", key, version))

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return bool(self._call("has_key", key, version))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return int(self._call("incr", key, delta, version))

    def clear(self) -> None:
        self._call("clear")


class Redis(FallbackCache):
    kind = RedisCache
    errors = (RedisError, OSError)
    # By default the library retries with pauses, for longer than a user waits for a page.
    options = {
        "socket_connect_timeout": CACHE_TIMEOUT,
        "socket_timeout": CACHE_TIMEOUT,
        "retry": Retry(NoBackoff(), 1),
    }


class LockedFileCache(FileBasedCache):
    """Django's cache of files with a lock, so that no count of two simultaneous processes is lost."""

    def __init__(self, location: Any, params: dict[str, Any]) -> None:
        self._swept = 0.0
        super().__init__(location, params)

    def _createdir(self) -> None:
        with suppress(OSError):  # the next write raises the error
            super()._createdir()  # type: ignore[misc]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._createdir()
        with Path(self._dir, "lock").open("ab") as lock:  # type: ignore[attr-defined]
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        with self._locked():
            return super().add(key, value, timeout, version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Also stores the expiry time as the modification time of the file, for `incr`."""
        super().set(key, value, timeout, version)
        if (until := self.get_backend_timeout(timeout)) is not None:
            os.utime(self._key_to_file(key, version), (until, until))  # type: ignore[attr-defined]

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Keeps the expiry time of the entry; Django would begin a new period."""
        with self._locked():
            value = self.get(key, version=version)
            if value is None:
                raise ValueError(f"Key {key!r} not found.")
            until = os.stat(self._key_to_file(key, version)).st_mtime  # type: ignore[attr-defined]
            self.set(key, value + delta, until - time.time(), version)
            return int(value + delta)

    def _cull(self) -> None:
        """Deletes expired entries first, so that many anonymous clients do not displace counts in use."""
        if time.monotonic() - self._swept < SWEEP_EVERY:
            return
        self._swept = time.monotonic()
        for path in self._list_cache_files():  # type: ignore[attr-defined]
            with suppress(OSError), open(path, "rb") as file:
                self._is_expired(file)  # type: ignore[attr-defined]  # deletes an expired file
        super()._cull()  # type: ignore[misc]


class Files(FallbackCache):
    kind = LockedFileCache
