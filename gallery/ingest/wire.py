"""The protocol between the gate, its child and the decoder: a length and a message; a message is a JSON head
and binary data.

JSON, not pickle: the messages of a decoder that an attacker controls must not run code in its parent.
"""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, TypeVar

from gallery.ingest.errors import SENTENCES, Refused

ROOT = Path(__file__).resolve().parents[2]
LENGTH = 8  # bytes, big endian
READY = b"ready"
SMALL = "--small"  # a decoder for smaller pictures, with less memory
START_TIMEOUT = 60.0  # seconds
# A peer gets none of the site's environment: no keys, no addresses. Single threads keep its memory small.
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    # Up to 32 MB of freed memory are reused for the next picture: getting each page from the kernel again
    # takes longer than filling it.
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 25),
}
PIPE_SIZE = 1 << 20  # bytes: most pictures fit at once

Reply = TypeVar("Reply")


def send(stream: IO[bytes], message: bytes) -> None:
    stream.write(len(message).to_bytes(LENGTH, "big"))
    stream.write(message)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """The next message, or None at the end of the stream, also if it ends within a message."""
    head = stream.read(LENGTH)
    if len(head) < LENGTH:
        return None
    size = int.from_bytes(head, "big")
    message = stream.read(size)
    return message if len(message) == size else None


def pack(head: dict[str, Any], blobs: list[bytes]) -> bytes:
    text = json.dumps(head).encode()
    return b"".join([len(text).to_bytes(LENGTH, "big"), text, *blobs])


def pack_refusal(refused: Refused) -> bytes:
    return pack({"reason": refused.reason, "facts": refused.facts}, [])


def unpack(message: bytes, read: Callable[[dict[str, Any], bytes], Reply]) -> Reply:
    """The result of `read` for head and binary data. Raises Refused if the message is a refusal or not
    valid."""
    try:
        split = LENGTH + int.from_bytes(message[:LENGTH], "big")
        head: dict[str, Any] = json.loads(message[LENGTH:split])
        if "reason" not in head:
            return read(head, message[split:])
        refusal = Refused(str(head["reason"]), **head["facts"])
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("crash") from error
    raise refusal if refusal.reason in SENTENCES else Refused("crash")


def serve(answer: Callable[[bytes], bytes]) -> None:
    """The loop of a peer: one response for each message on standard input, until the parent ends."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)  # prints of libraries must not mix with the responses
    send(answers, READY)
    while (message := receive(requests)) is not None:
        send(answers, answer(message))


class Peer:
    """A process that runs a module's `serve` loop; started for the first message, and again after it
    broke."""

    def __init__(self, module: str, new_session: bool, *arguments: str) -> None:
        self.module, self.arguments = module, arguments
        self.new_session = new_session  # if so, its children are ended with it
        self.process: subprocess.Popen[bytes] | None = None

    def ask(self, message: bytes, patience: float) -> bytes | None:
        """The response; None if the process breaks, or does not start to respond within `patience`
        seconds."""
        process = self.process or self._start()
        answer = None
        with suppress(BrokenPipeError):
            if process.stdin and process.stdout:
                send(process.stdin, message)
                answer = _within(process.stdout, patience)
        if answer is None:
            self.close()
        return answer

    def close(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        with suppress(ProcessLookupError):  # it may have ended by itself
            if self.new_session:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):  # unwritten data
                if stream:
                    stream.close()

    def _start(self) -> subprocess.Popen[bytes]:
        self.process = subprocess.Popen(
            [sys.executable, "-m", self.module, *self.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=ENVIRONMENT,
            pipesize=PIPE_SIZE,
            start_new_session=self.new_session,
        )
        if not self.process.stdout or _within(self.process.stdout, START_TIMEOUT) != READY:
            self.close()
            raise RuntimeError(f"The process {self.module} does not start.")
        return self.process


def _within(stream: IO[bytes], seconds: float) -> bytes | None:
    ready, _, _ = select.select([stream], [], [], seconds)
    return receive(stream) if ready else None
