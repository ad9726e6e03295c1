"""The cache holds no truth: where it does not answer, the memory of the process does, and at once."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from imagerec import cache as caches
from imagerec.cache import Files, Redis
from tests.servers import free_port


@pytest.fixture(autouse=True)
def _all_answer(monkeypatch):
    monkeypatch.setattr(caches, "_unavailable_until", {})


def files(folder, most=20_000):
    return Files(folder, {"OPTIONS": {"MAX_ENTRIES": most}})


def ten(cache, key):
    cache.add(key, 0, 60)
    return [cache.incr(key) for _ in range(10)]


def test_redis_that_is_down_is_replaced_within_two_seconds(caplog):
    cache, begun = Redis(f"redis://127.0.0.1:{free_port()}/0", {}), time.monotonic()
    assert ten(cache, "down") == list(range(1, 11))
    cache.set("name", "value", 60)
    assert (cache.get("name"), cache.has_key("name"), cache.delete("name"), cache.get("name")) == (
        "value",
        True,
        True,
        None,
    )
    assert time.monotonic() - begun < 2
    assert caplog.text.count("The cache does not answer") == 1


@pytest.mark.services
def test_redis_is_used_again_when_it_is_back(redis_url, monkeypatch):
    here, away = Redis(f"{redis_url}/3", {}), Redis(f"redis://127.0.0.1:{free_port()}/0", {})
    assert ten(here, "back") == list(range(1, 11))
    away._primary, there = here._primary, away._primary
    monkeypatch.setattr(away, "_primary", there)
    assert away.get("back") is None
    monkeypatch.setattr(away, "_primary", here._primary)
    assert away.get("back") is None, "it is not asked at every turn"
    monkeypatch.setattr(caches, "_unavailable_until", {})
    assert away.get("back") == 10


def test_a_count_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(ValueError, match="not found"):
        files(tmp_path).incr("nothing")


@pytest.mark.parametrize("place", ["file", "gone"])
def test_a_folder_that_cannot_be_written_is_replaced(tmp_path, place):
    (tmp_path / "file").write_text("no folder")
    cache = files(tmp_path / "file" / "cache" if place == "file" else "/proc/none/cache")
    assert ten(cache, f"unwritable-{place}") == list(range(1, 11))


def test_many_who_count_at_once_are_all_counted(tmp_path):
    cache = files(tmp_path)
    cache.add("all", 0, 60)
    with ThreadPoolExecutor(16) as crowd:
        assert sorted(crowd.map(lambda _: files(tmp_path).incr("all"), range(200))) == list(range(1, 201))
    with ThreadPoolExecutor(16) as crowd:
        assert sum(crowd.map(lambda _: files(tmp_path).add("first", 1, 60), range(50))) == 1


def test_a_count_ends_when_it_was_to_end_however_often_it_is_counted(tmp_path):
    cache = files(tmp_path)
    cache.add("brief", 1, 0.3)
    cache.incr("brief")
    time.sleep(0.4)
    assert cache.get("brief") is None
    with pytest.raises(ValueError):
        cache.incr("brief")


def test_counts_in_force_are_not_pushed_out_by_a_crowd(tmp_path):
    cache = files(tmp_path)
    cache.set("mine", 7, 600)
    for number in range(700):
        cache.set(f"stranger{number}", 1, 600)
    assert cache.get("mine") == 7
    assert sum(cache.get(f"stranger{number}") == 1 for number in range(700)) == 700


def test_what_has_run_out_goes_before_what_is_in_force(tmp_path):
    cache = files(tmp_path, most=60)
    cache.set("mine", 7, 600)
    for number in range(50):
        cache.set(f"old{number}", 1, 0.01)
    time.sleep(0.05)
    later = files(tmp_path, most=60)
    for number in range(20):
        later.set(f"new{number}", 1, 600)
    assert cache.get("mine") == 7
    assert len(os.listdir(tmp_path)) < 60
