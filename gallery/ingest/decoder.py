"""The process that decodes: bytes in, plain pixels and cleaned text out. `python -m gallery.ingest.decoder`.

It loads Pillow once, and nothing heavier, so that a fork is cheap; then it forks. A file's bytes are read in the fork
alone, which may take 1 GB of address space, and for each file 10 s of CPU and 15 s of time, and can open no file and no
socket. Whatever happens in it, one answer goes back. A fork costs more than most pictures: after a good file it reads
the next one, after anything else the next file finds a clean process.
"""

import codecs
import fcntl
import gc
import io
import os
import resource
import signal
from contextlib import suppress
from typing import IO

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from gallery.ingest import wire
from gallery.ingest.decode import MAX_PIXELS, decode
from gallery.ingest.errors import Refused
from gallery.ingest.metadata import EXIF_SECTION

MEMORY = 1 << 30  # bytes of address space
CPU_SECONDS = 10
WALL_SECONDS = 15.0
FILES = 32  # that one fork reads: what might leak from one to the next ends with it
#: These modules and no others: the fewer pages, the cheaper a fork. TIFF is how EXIF is written.
LOADED = (
    AvifImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
MAX_ANSWER = 32_000_000  # 2048 x 2048 pixels are 12.6 million
ENDED_BY: dict[int | None, str] = {signal.SIGKILL: "memory", signal.SIGXCPU: "time", signal.SIGALRM: "time"}


def prepare() -> None:
    """Loads every decoder and codec now: the forks cannot open files any more."""
    for codec in ("utf-8", "utf-16-le", "utf-16-be", "latin-1", "ascii"):
        codecs.lookup(codec)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    sample = Image.effect_noise((64, 48), 40).convert("RGB")
    exif = Image.Exif()
    exif.get_ifd(EXIF_SECTION)[0x829A] = 0.004
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "AVIF"):
        buffer = io.BytesIO()
        sample.save(buffer, kind, exif=exif, icc_profile=profile)
        decode(buffer.getvalue())
    gc.collect()
    gc.freeze()  # a collection in the fork would touch, and so copy, every page of the libraries
    gc.disable()


class Reader:
    """The fork that reads files: FILES of them, and no more once anything was amiss.

    Only a fork that has read nothing yet may refuse: one that has ends without a word, and the file is read anew.
    """

    def __init__(self) -> None:
        self.pid = self.left = 0
        self.requests: IO[bytes]
        self.answers: IO[bytes]

    def read(self, data: bytes) -> bytes:
        """The packed answer for one file, also when its process is ended by its limits or by a bug."""
        ended_by: int | None = None
        if self.left:
            answer, ended_by = self._ask(data)
            if answer is not None:
                return answer
        if ENDED_BY.get(ended_by) != "time":  # that was said of this file alone: each has its own time
            self._start()
            answer, ended_by = self._ask(data)
            if answer is not None:
                return answer
        return wire.pack_refusal(Refused(ENDED_BY.get(ended_by, "crash")))

    def _ask(self, data: bytes) -> tuple[bytes | None, int | None]:
        """The answer, or None and the signal that ended the fork."""
        self.left -= 1
        answer = None
        with suppress(BrokenPipeError):
            wire.send(self.requests, data)
            answer = wire.receive(self.answers, MAX_ANSWER)
        return answer, None if answer is not None else self.close()

    def _start(self) -> None:
        self.close()
        requests, answers = os.pipe(), os.pipe()
        for _, writer in (requests, answers):
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, wire.PIPE_SIZE)
        self.pid = os.fork()
        if self.pid == 0:
            work(requests[0], answers[1])
        os.close(requests[0])
        os.close(answers[1])
        self.requests, self.answers = os.fdopen(requests[1], "wb"), os.fdopen(answers[0], "rb")
        self.left = FILES

    def close(self) -> int | None:
        """Ends the fork; the signal that ended it, if one did. One that is ending keeps its own."""
        if not self.pid:
            return None
        os.kill(self.pid, signal.SIGKILL)
        for stream in (self.answers, self.requests):
            with suppress(BrokenPipeError):  # what was still to be written
                stream.close()
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.pid = self.left = 0
        return -status if status < 0 else None


def work(requests: int, answers: int) -> None:
    """In the fork: decodes under the limits, writes the answers, and ends the process. It holds two pipes, no more."""
    status = 1
    try:
        os.dup2(requests, 0)
        os.dup2(answers, 1)
        os.closerange(3, 65_536)
        limit()
        incoming, outgoing = os.fdopen(0, "rb"), os.fdopen(1, "wb")  # open until the end: so that it tells of the end
        fresh = True
        while (data := wire.receive(incoming)) is not None:
            allow_time()
            try:
                answer = attempt(data)
            except Refused as refused:
                if fresh:
                    wire.send(outgoing, wire.pack_refusal(refused))
                break
            wire.send(outgoing, answer)
            signal.setitimer(signal.ITIMER_REAL, 0)
            fresh = False
        status = 0
    finally:
        os._exit(status)


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # those that are open stay open
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process


def allow_time() -> None:
    """The next file's own time; what earlier ones took counts no more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS, most))
    signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)


def attempt(data: bytes) -> bytes:
    """The packed picture. Raises Refused."""
    try:
        return decode(data).pack()
    except Refused:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Refused("pixels", limit=MAX_PIXELS // 1_000_000) from error
    except MemoryError as error:
        raise Refused("memory") from error
    except Exception as error:  # the boundary of the process: decoders raise all kinds of errors on broken files
        raise Refused("damaged") from error


if __name__ == "__main__":
    prepare()
    wire.serve(Reader().read)
