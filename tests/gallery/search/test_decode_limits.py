"""Pictures that visitors send: two at a time for the whole site, only small ones, and no visitor waits for
ever."""

import fcntl
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from gallery.ingest.errors import Refused
from gallery.ingest.gate import Gate
from gallery.search import decode_limits
from tests.gallery.ingest.pictures import encoded, jpeg


@pytest.fixture(autouse=True)
def _own_turns(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def all_taken(tmp_path):
    """As by another process."""
    (tmp_path / "turns").mkdir()
    held = [
        os.open(tmp_path / "turns" / str(number), os.O_RDWR | os.O_CREAT)
        for number in range(decode_limits.AT_ONCE)
    ]
    for file in held:
        fcntl.flock(file, fcntl.LOCK_EX)
    yield held
    for file in held:
        os.close(file)


def test_two_at_a_time_and_each_turn_comes_back(monkeypatch):
    now, most, lock = 0, 0, threading.Lock()

    def work(_number):
        nonlocal now, most
        with decode_limits._slot():
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.02)
            with lock:
                now -= 1

    with ThreadPoolExecutor(decode_limits.WAITING) as crowd:
        list(crowd.map(work, range(20)))
    assert most == decode_limits.AT_ONCE


def test_the_turn_of_a_process_that_was_killed_comes_back(tmp_path, monkeypatch):
    (tmp_path / "turns").mkdir()
    code = "import fcntl, sys, time\nfiles = [open(f, 'w') for f in sys.argv[1:]]\n"
    code += "[fcntl.flock(f, fcntl.LOCK_EX) for f in files]\nprint(flush=True)\ntime.sleep(60)"
    places = [str(tmp_path / "turns" / str(number)) for number in range(decode_limits.AT_ONCE)]
    other = subprocess.Popen([sys.executable, "-c", code, *places], stdout=subprocess.PIPE)
    other.stdout.readline()
    monkeypatch.setattr(decode_limits, "SLOT_TIMEOUT", 0.1)
    with pytest.raises(decode_limits.Busy), decode_limits._slot():
        pass
    other.kill()
    other.wait()
    with decode_limits._slot():
        pass


@pytest.mark.django_db
def test_who_waits_too_long_is_told_when_to_come_back(client, all_taken, monkeypatch):
    monkeypatch.setattr(decode_limits, "SLOT_TIMEOUT", 0.1)
    for headers in ({}, {"HX-Request": "true"}):
        picture = SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg")
        answer = client.post("/search/picture/", {"picture": picture}, headers=headers)
        assert (answer.status_code, answer["Retry-After"]) == (503, "30")
        assert "Many pictures are being looked at just now" in answer.content.decode()


def test_few_threads_of_a_process_wait_the_others_have_other_things_to_do(all_taken, monkeypatch):
    monkeypatch.setattr(decode_limits, "SLOT_TIMEOUT", 3.0)
    begun, quickly = time.monotonic(), []

    def work(_number):
        with pytest.raises(decode_limits.Busy), decode_limits._slot():
            pass
        quickly.append(time.monotonic() - begun < 2)

    with ThreadPoolExecutor(16) as crowd:
        list(crowd.map(work, range(16)))
    assert quickly.count(True) == 16 - decode_limits.WAITING


def test_a_picture_of_many_samples_is_refused_before_it_is_decoded_and_an_import_takes_it():
    giant = encoded(Image.new("RGBA", (5100, 5000), (200, 30, 30, 128)), "PNG", compress_level=1)
    with Gate(small=True) as gate, pytest.raises(Refused) as refused:
        gate.admit(giant)
    assert str(refused.value) == "The picture has more than 25 million pixels."
    with Gate() as gate:
        assert gate.admit(giant).width == 5100


def test_a_photograph_of_many_pixels_is_still_searched_by():
    with Gate(small=True) as gate:
        assert gate.admit(encoded(Image.new("RGB", (8000, 6000), (90, 120, 40)), "JPEG")).width == 8000
        assert (
            gate.admit(encoded(Image.new("RGB", (4000, 4000), (90, 120, 40)), "WEBP", method=0)).width == 4000
        )


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"quality": 80}, {"quality": 80, "exif": b"Exif\0\0MM\0*\0\0\0\x08"}]
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_small_file_that_becomes_a_gigabyte_is_refused_before_it_does(mode, options):
    giant = encoded(
        Image.new(mode, (7990, 7990), (200, 30, 30, 128)[: len(mode)]), "WEBP", method=0, **options
    )
    with Gate(small=True) as gate, pytest.raises(Refused) as refused:
        gate.admit(giant)
    assert str(refused.value) == "The picture has more than 16 million pixels."
