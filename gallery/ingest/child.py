"""The process in which files are decoded: `python -m gallery.ingest.child`, started by `gallery.ingest.gate`.

It loads the libraries once and then forks for every file (a fork costs a few milliseconds, a fresh Python half a
second). The file's bytes are read in the fork alone, which may take 1 GB of address space, 10 s of CPU and 15 s of
time, and can open no file and no socket. What comes out of it is plain pixels and cleaned text, or a refusal, or
nothing; from the pixels this process makes the renditions and the rest, and is there for the next file.
"""

import fcntl
import gc
import io
import os
import resource
import signal
from typing import Any

from PIL import AvifImagePlugin, Image, ImageFile

from gallery.ingest import digest, wire
from gallery.ingest.decode import MAX_PIXELS, Decoded, decode
from gallery.ingest.errors import Refused

MEMORY = 1 << 30  # bytes of address space
CPU_SECONDS = 10
WALL_SECONDS = 15.0
PIPE_SIZE = 1 << 20
ENDED_BY = {signal.SIGKILL: "memory", signal.SIGXCPU: "time", signal.SIGALRM: "time"}


def main() -> None:
    # Whatever a library prints must not get between the answers.
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    prepare()
    wire.send(answers, b"ready")
    while (data := wire.receive(requests)) is not None:
        wire.send(answers, answer(data))


def prepare() -> None:
    """Loads every decoder and encoder now: the forks cannot open files any more."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.init()
    sample = Image.effect_noise((64, 48), 40).convert("RGB")
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "AVIF"):
        buffer = io.BytesIO()
        sample.save(buffer, kind)
        wire.pack_digest(digest.from_decoded(decode(buffer.getvalue())))
    gc.collect()
    gc.freeze()  # a collection in the fork would touch, and so copy, every page of the libraries
    gc.disable()


def answer(data: bytes) -> bytes:
    """The packed answer for one file: a digest or a refusal."""
    try:
        return wire.pack_digest(digest.from_decoded(decode_in_fork(data)))
    except Refused as refused:
        return wire.pack_refusal(refused)


def decode_in_fork(data: bytes) -> Decoded:
    """Decodes in a process of its own. Raises Refused, also when that process is ended by its limits or by a bug."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        work(data, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        packed = answers.read(wire.MAX_ANSWER)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status != 0 or not packed:
        killed_by: Any = -status
        raise Refused(ENDED_BY.get(killed_by, "crash"))
    return wire.unpack_decoded(packed)


def work(data: bytes, writer: int) -> None:
    """In the fork: decodes under the limits, writes the answer, and ends the process."""
    status = 1
    try:
        limit()
        with os.fdopen(writer, "wb") as answers:
            answers.write(attempt(data))
        status = 0
    finally:
        os._exit(status)


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # those that are open stay open
    signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)  # ends the process: nobody handles it


def attempt(data: bytes) -> bytes:
    try:
        return wire.pack_decoded(decode(data))
    except Refused as refused:
        return wire.pack_refusal(refused)
    except MemoryError:
        return wire.pack_refusal(Refused("memory"))
    except Exception:  # the boundary of the process: decoders raise all kinds of errors on broken files
        return wire.pack_refusal(Refused("damaged"))


if __name__ == "__main__":
    main()
