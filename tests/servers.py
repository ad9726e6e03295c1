"""Real PostgreSQL and Redis servers in temporary folders, for one test session."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

IN_CI = os.environ.get("CI") == "true"


def missing(what: str) -> None:
    """Skips the test for want of a program; where everything must run, that is a failure."""
    if IN_CI:
        pytest.fail(f"{what} is not installed", pytrace=False)
    pytest.skip(f"{what} is not installed")


def program(*names: str) -> str:
    """The path of the first of these programs that is installed."""
    postgres = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin", *map(str, postgres)])
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    missing(names[0])
    raise AssertionError("unreachable")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(ready: Callable[[], bool], seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if ready():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


def _answers(call: Callable[[], object]) -> bool:
    try:
        call()
    except (OSError, psycopg.Error, redis.RedisError):
        return False
    return True


@contextmanager
def _process(command: list[str], folder: Path) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _as_unprivileged(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: the words before a command that change to its user,
    who gets the folder."""
    if os.geteuid() != 0:
        return []
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:
        owner = pwd.getpwnam("nobody")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return [program("setpriv"), f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]


@contextmanager
def postgres() -> Iterator[str]:
    """A cluster of its own; gives the address of its empty database,
    without the scheme's name of a driver."""
    initdb, server = program("initdb"), program("postgres")
    folder = Path(tempfile.mkdtemp(prefix="imagerec-pg-"))
    try:
        change_user = _as_unprivileged(folder)
        data, port = folder / "data", free_port()
        setup = [
            *change_user,
            initdb,
            "-D",
            str(data),
            "-U",
            "imagerec",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run([*setup, "--locale=C.UTF-8"], check=True, capture_output=True, cwd=folder)
        options = ["-p", str(port), "-k", str(folder), "-h", "127.0.0.1", "-F", "-c", "max_connections=200"]
        with _process([*change_user, server, "-D", str(data), *options], folder):
            maintenance = f"postgres://imagerec@127.0.0.1:{port}/postgres"
            wait_until(lambda: _answers(lambda: psycopg.connect(maintenance).close()), 30, "PostgreSQL")
            with psycopg.connect(maintenance, autocommit=True) as connection:
                connection.execute("CREATE DATABASE imagerec")
            yield f"postgres://imagerec@127.0.0.1:{port}/imagerec"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def another_database(address: str, name: str) -> str:
    """A new empty database in the same cluster."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return address.rsplit("/", 1)[0] + f"/{name}"


@contextmanager
def redis_server() -> Iterator[str]:
    server = program("redis-server")
    folder, port = Path(tempfile.mkdtemp(prefix="imagerec-redis-")), free_port()
    try:
        options = [
            "--bind",
            "127.0.0.1",
            "--port",
            str(port),
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(folder),
        ]
        with _process([server, *options], folder):
            client = redis.Redis(port=port)
            wait_until(lambda: _answers(client.ping), 10, "Redis")
            yield f"redis://127.0.0.1:{port}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
