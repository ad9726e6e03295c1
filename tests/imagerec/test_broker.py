"""The embedded broker: whole messages, each taken once."""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from kombu import Connection
from kombu.simple import SimpleQueue

from imagerec import broker


@pytest.fixture
def name() -> str:
    """A queue's name: a process remembers the queues that it has declared, wherever their folder is."""
    return uuid.uuid4().hex


def connection_to(folder: Path) -> Connection:
    options = {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.001,
    }
    return Connection("files://localhost", transport_options=options)


@pytest.fixture
def connect(tmp_path: Path) -> Callable[[], Connection]:
    for folder in ("queue", "control"):
        (tmp_path / folder).mkdir()
    return lambda: connection_to(tmp_path)


def test_messages_come_in_the_order_they_were_sent(connect, name: str) -> None:
    with connect() as connection, connection.SimpleQueue(name) as queue:
        for number in range(5):
            queue.put({"number": number})
        received = [queue.get(timeout=2) for _ in range(5)]
        assert sorted(message.payload["number"] for message in received) == [0, 1, 2, 3, 4]
        with pytest.raises(SimpleQueue.Empty):
            queue.get(block=False)


def test_queues_stay_apart(connect, name: str) -> None:
    with (
        connect() as connection,
        connection.SimpleQueue(name) as learn,
        connection.SimpleQueue(f"{name}2") as night,
    ):
        night.put({"for": "night"})
        with pytest.raises(SimpleQueue.Empty):
            learn.get(block=False)
        assert night.get(timeout=2).payload == {"for": "night"}


def read(folder: str, name: str) -> list[int]:
    """Takes messages until none has come for two seconds."""
    received = []
    with connection_to(Path(folder)) as connection, connection.SimpleQueue(name) as queue:
        while True:
            try:
                message = queue.get(timeout=2)
            except SimpleQueue.Empty:
                return received
            message.ack()
            received.append(message.payload["number"])


def test_processes_read_whole_messages_and_each_once(connect, name: str, tmp_path: Path) -> None:
    """The stock transport fails here within 15 messages."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        readers = [pool.submit(read, str(tmp_path), name) for _ in range(2)]
        with connect() as connection, connection.SimpleQueue(name) as queue:
            for number in range(400):
                queue.put({"number": number, "padding": "x" * 2000})
                time.sleep(0.002)
        received = [number for reader in readers for number in reader.result(timeout=60)]
    assert sorted(received) == list(range(400))


def test_nothing_is_left_behind(connect, name: str, tmp_path: Path) -> None:
    with connect() as connection, connection.SimpleQueue(name) as queue:
        queue.put({})
        queue.get(timeout=2).ack()
    assert list((tmp_path / "queue").iterdir()) == []


def test_binding_twice_keeps_one_row(connect, name: str) -> None:
    with connect() as connection:
        channel = connection.channel()
        assert isinstance(channel, broker.Channel)
        for queue in (name, f"{name}2", name):
            channel._queue_bind(name, "key", "", queue)
        assert [row.queue for row in channel.get_table(name)] == [f"{name}2", name]
