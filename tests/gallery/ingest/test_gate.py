"""Untrusted bytes: which files are accepted, which are refused, and that no file ends the worker."""

import io
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from PIL import Image, ImageCms

from gallery.ingest import decoder, wire
from gallery.ingest.decode import unpack_decoded
from gallery.ingest.errors import SENTENCES, Refused
from gallery.ingest.gate import Gate, refusal_sentence
from tests.gallery.ingest.pictures import (
    HOSTILE,
    bad_files,
    chunk,
    encoded,
    geotagged,
    gif_of,
    jpeg,
    opened,
    painting,
    png_of,
)

BAD = bad_files()


def reason(gate: Gate, data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        gate.admit(data)
    return caught.value.reason


def top(gate: Gate, data: bytes) -> Image.Image:
    return opened(gate.admit(data).renditions[-1].jpeg)


def colour(picture: Image.Image, x: float = 0.5, y: float = 0.5) -> tuple[int, ...]:
    return picture.convert("RGB").getpixel((int(x * (picture.width - 1)), int(y * (picture.height - 1))))


def near(one: tuple[int, ...], other: tuple[int, ...], within: int = 12) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_for_its_own_reason(gate, name):
    data, expected = BAD[name]
    begun = time.monotonic()
    assert reason(gate, data) == expected
    assert time.monotonic() - begun < 5


def test_bad_files_leave_the_process_alive(gate):
    gate.admit(jpeg())
    pid = gate.child.process.pid
    for data, _ in BAD.values():
        reason(gate, data)
    assert gate.admit(jpeg()).width == 400
    assert gate.child.process.pid == pid


def test_every_refusal_is_one_sentence():
    facts = {"limit": 1, "width": 2, "height": 3, "line": 4, "cause": "no space"}
    for code in SENTENCES:
        sentence = refusal_sentence(Refused(code, **facts))
        assert sentence.endswith(".")
        assert sentence.count(".") == 1
        assert "%" not in sentence


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_each_allowed_format_comes_in_under_its_own_name(gate, kind):
    digest = gate.admit(encoded(painting(64, 48), kind))
    assert (digest.width, digest.height) == (64, 48)
    assert digest.extension == {"JPEG": "jpg"}.get(kind, kind.lower())


def test_a_picture_of_several_is_kept_as_jpeg(gate):
    data = encoded(painting(), "MPO", save_all=True, append_images=[painting(seed=2)])
    assert gate.admit(data).extension == "jpg"


def test_of_an_animation_the_first_frame_is_shown(gate):
    assert near(colour(top(gate, gif_of(40))), (0, 0, 7))


def test_more_bytes_than_allowed_are_refused_unread():
    assert reason(Gate(), bytes(50_000_001)) == "bytes"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_hides_behind_a_picture_does_not_come_through(gate, kind):
    data = encoded(painting(), kind) + HOSTILE + b"PK\x03\x04"
    assert not any(b"script" in blob for step in gate.admit(data).renditions for _, blob in step.files())


def test_comments_do_not_come_through(gate):
    words = (
        png_of(400, 300, b"")[:33] + chunk(b"tEXt", b"Comment\0" + HOSTILE) + encoded(painting(), "PNG")[33:]
    )
    for data in (jpeg(comment=HOSTILE), words):
        assert not any(b"address" in blob for step in gate.admit(data).renditions for _, blob in step.files())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_no_place_serial_or_comment_survives(gate, kind):
    digest = gate.admit(encoded(painting(), kind, exif=geotagged()))
    kept = [blob for step in digest.renditions for _, blob in step.files()] + [str(digest.metadata).encode()]
    for secret in (b"secret", b"s\0e\0c\0r", b"SERIAL", b"Exif", b"EXIF", b"GPS", b"ICC", b"http"):
        assert not any(secret in blob for blob in kept), secret
    assert not any(dict(opened(blob).getexif()) for step in digest.renditions for _, blob in step.files())


@pytest.mark.parametrize("turn", range(1, 9))
def test_the_orientation_is_kept(gate, turn):
    upright = Image.new("RGB", (120, 60), "white")
    upright.paste("red", (0, 0, 60, 30))  # top left
    exif = Image.Exif()
    exif[0x0112] = turn
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # transpositions of Pillow, by EXIF's number
    stored = upright.transpose(Image.Transpose(undo[turn])) if turn > 1 else upright
    digest = gate.admit(encoded(stored, "JPEG", exif=exif, quality=95))
    shown = opened(digest.renditions[-1].jpeg)
    assert (digest.width, digest.height) == (120, 60) == shown.size
    assert near(colour(shown, 0.2, 0.2), (254, 0, 0), 20)
    assert near(colour(shown, 0.8, 0.8), (255, 255, 255), 20)


def half_transparent(mode: str) -> Image.Image:
    picture = Image.new("RGBA", (80, 60), (200, 0, 0, 255))
    picture.paste((0, 0, 200, 0), (40, 0, 80, 60))
    if mode == "P":
        return picture.quantize(8)
    return picture.convert(mode)


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("RGBA", "WEBP"), ("RGBA", "AVIF"), ("P", "PNG"), ("LA", "PNG")]
)
def test_what_is_transparent_becomes_white(gate, mode, kind):
    shown = top(gate, encoded(half_transparent(mode), kind))
    assert near(colour(shown, 0.9), (255, 255, 255))
    assert not near(colour(shown, 0.1), (255, 255, 255))


@pytest.mark.parametrize(
    ("mode", "kind"), [("L", "JPEG"), ("1", "PNG"), ("I;16", "PNG"), ("P", "GIF"), ("CMYK", "JPEG")]
)
def test_odd_modes_keep_their_brightness(gate, mode, kind):
    grey = Image.new("L", (64, 48), 255)
    grey.paste(0, (0, 0, 32, 48))
    source = grey.convert("RGB").convert(mode) if mode == "CMYK" else grey.convert(mode)
    if mode == "I;16":
        source = grey.convert("I").point(lambda value: value * 257 + 0).convert("I;16")
    shown = top(gate, encoded(source, kind))
    assert near(colour(shown, 0.1), (0, 0, 0), 30)
    assert near(colour(shown, 0.9), (255, 255, 255), 30)


def test_colours_of_a_profile_become_srgb(gate):
    """A Lab profile's picture is far from what its numbers would be in sRGB; a plain one stays as it is."""
    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    red = Image.new("RGB", (64, 48), (200, 30, 30))
    assert near(colour(top(gate, encoded(red, "PNG", icc_profile=srgb.tobytes()))), (200, 30, 30))
    mismatched = ImageCms.ImageCmsProfile(
        lab
    ).tobytes()  # a profile for another mode than the picture's is ignored
    assert near(colour(top(gate, encoded(red, "PNG", icc_profile=mismatched))), (200, 30, 30))


def test_a_large_picture_is_made_smaller_in_strips(gate):
    picture = Image.new("RGBA", (6_400, 3_203), (255, 255, 255, 0))
    picture.paste((0, 128, 0, 255), (0, 1_600, 6_400, 3_203))
    digest = gate.admit(encoded(picture, "PNG", compress_level=1))
    shown = opened(digest.renditions[-1].jpeg)
    assert (digest.width, digest.height, shown.size) == (6_400, 3_203, (2_048, 1_025))
    assert near(colour(shown, 0.5, 0.48), (255, 255, 255))
    assert near(colour(shown, 0.5, 0.98), (0, 128, 0))


@pytest.mark.parametrize("ending", [signal.SIGSYS, signal.SIGKILL, signal.SIGXCPU, signal.SIGALRM])
def test_a_decoder_that_dies_is_one_refusal(monkeypatch, ending):
    monkeypatch.setattr(decoder, "attempt", lambda data: os.kill(os.getpid(), ending))
    expected = {signal.SIGSYS: "crash", signal.SIGKILL: "memory"}.get(ending, "time")
    with pytest.raises(Refused) as caught:
        wire.unpack(decoder.in_fork(b"x"), lambda head, blobs: None)
    assert caught.value.reason == expected


def test_a_decoder_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(decoder, "WALL_SECONDS", 0.2)
    monkeypatch.setattr(decoder, "attempt", lambda data: time.sleep(60))
    assert b'"time"' in decoder.in_fork(b"x")


def test_a_decoder_that_takes_all_memory_is_ended(monkeypatch):
    monkeypatch.setattr(decoder, "decode", lambda data: bytearray(2 << 30))
    assert b'"memory"' in decoder.in_fork(b"x")


CONFINED = """
import socket
from gallery.ingest import decoder
decoder.limit()
for attempt in (lambda: open("/etc/hostname"), socket.socket, lambda: open("/tmp/x", "w")):
    try:
        attempt()
    except OSError:
        continue
    raise SystemExit("opened")
"""


def test_a_decoder_can_open_no_file_and_no_socket():
    done = subprocess.run([sys.executable, "-c", CONFINED], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_child_that_was_killed_is_started_again():
    with Gate() as gate:
        gate.admit(jpeg())
        gate.child.process.kill()
        gate.child.process.wait()
        assert reason(gate, jpeg()) == "crash"
        assert gate.admit(jpeg()).width == 400


def test_a_closed_gate_leaves_no_process_behind():
    with Gate() as gate:
        gate.admit(jpeg())
        family = [
            gate.child.process.pid,
            *(one.pid for one in psutil.Process(gate.child.process.pid).children()),
        ]
    assert len(family) == 2
    psutil.wait_procs([psutil.Process(pid) for pid in family if psutil.pid_exists(pid)], timeout=5)
    assert not any(psutil.pid_exists(pid) for pid in family)


def test_the_decoder_loads_neither_django_nor_numpy():
    code = (
        "import sys, gallery.ingest.decoder; sys.exit(bool({'django', 'numpy', 'celery'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_child_gets_no_secret_from_the_environment(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "not for decoders")
    with Gate() as gate:
        gate.admit(jpeg())
        assert "SECRET_KEY" not in psutil.Process(gate.child.process.pid).environ()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"x",
        bytes(8),
        wire.pack({"reason": "no such", "facts": {}}, []),
        wire.pack({"size": 1}, []),
        wire.pack([], []),
    ],
)
def test_an_answer_that_makes_no_sense_is_a_refusal(answer):
    with pytest.raises(Refused):
        unpack_decoded(answer)


def test_memory_stays_bounded(gate):
    """The largest picture that is allowed, in the mode that costs most."""
    picture = Image.new("RGBA", (8_000, 8_000), (10, 20, 30, 40))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    assert gate.admit(buffer.getvalue()).width == 8_000
