"""The process that decodes: bytes in, plain pixels and cleaned text out. `python -m gallery.ingest.decoder`.

It loads Pillow once, and nothing heavier, so that a fork is cheap; then it forks for every file. Only the
fork reads the bytes of the file. It may use 1 GB of address space (400 MB with `--small`, for pictures that
visitors send), 10 s of CPU and 15 s of time, and can open no file and no socket. Whatever happens in the
fork, one response is sent, and the next file gets a new fork.
"""

import codecs
import fcntl
import gc
import io
import os
import resource
import signal
import sys
from dataclasses import asdict
from typing import Any

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from gallery.ingest import wire
from gallery.ingest.decode import LIMITS, MAX_PIXELS, ON_REQUEST, decode
from gallery.ingest.errors import Refused
from gallery.ingest.exif import SECTION
from gallery.ingest.text_encoding import CODECS

CPU_SECONDS = 10
WALL_SECONDS = 15.0
#: Only these modules: a fork is cheaper with fewer memory pages. EXIF is written in the TIFF format.
LOADED = (
    AvifImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
MAX_ANSWER = 32_000_000  # 2048 x 2048 pixels are 12.6 million
ENDED_BY = {signal.SIGKILL: "memory", signal.SIGXCPU: "time", signal.SIGALRM: "time"}


def prepare() -> None:
    """Loads all decoders and codecs now: the forks can open no files."""
    for codec in CODECS:
        codecs.lookup(codec)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    sample = Image.effect_noise((64, 48), 40).convert("RGB")
    exif = Image.Exif()
    exif.get_ifd(SECTION)[0x829A] = 0.004
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "AVIF"):
        buffer = io.BytesIO()
        sample.save(buffer, kind, exif=exif, icc_profile=profile)
        decode(buffer.getvalue())
    gc.collect()
    gc.freeze()  # a collection in the fork would touch, and so copy, every page of the libraries
    gc.disable()


def in_fork(data: bytes) -> bytes:
    """The packed response for one file, also if its limits or a bug end the fork."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, wire.PIPE_SIZE)
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        work(data, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        answer = answers.read(MAX_ANSWER)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status == 0 and answer:
        return answer
    ended_by: Any = -status
    return wire.pack_refusal(Refused(ENDED_BY.get(ended_by, "crash")))


def work(data: bytes, writer: int) -> None:
    """In the fork: decodes under the limits, writes the response, and ends the process."""
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
    resource.setrlimit(resource.RLIMIT_AS, (LIMITS.memory, LIMITS.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # open files stay open
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process
    signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)


def attempt(data: bytes) -> bytes:
    try:
        return decode(data).pack()
    except Refused as refused:
        return wire.pack_refusal(refused)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return wire.pack_refusal(Refused("pixels", limit=MAX_PIXELS // 1_000_000))
    except MemoryError:
        return wire.pack_refusal(Refused("memory"))
    except Exception:  # the boundary of the process: decoders raise all kinds of errors on broken files
        return wire.pack_refusal(Refused("damaged"))


if __name__ == "__main__":
    if wire.SMALL in sys.argv:
        vars(LIMITS).update(asdict(ON_REQUEST))
    prepare()
    wire.serve(in_fork)
