"""Web workers that are killed one after the other do not end a site that runs under honcho,
as `make run` starts it."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.client import Visitor
from tests.installation import Installation
from tests.servers import wait_until

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]


def children(pid: int) -> list[int]:
    """The processes that this one started, the oldest first."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if after_name[0] != "Z" and int(after_name[1]) == pid:
            found.append((int(after_name[19]), int(stat.parent.name)))
    return [pid for _, pid in sorted(found)]


def server(pid: int) -> int | None:
    """The process below this one that has the web workers."""
    for child in children(pid):
        if b"imagerec.serve" in Path(f"/proc/{child}/cmdline").read_bytes():
            return child
        if found := server(child):
            return found
    return None


@pytest.fixture
def site(new_site: Callable[..., Installation]) -> Iterator[Installation]:
    """With all its processes; honcho ends them only when it is asked to."""
    site = new_site("web")
    site.start("make-run", command=f"exec honcho --no-colour start --port {site.port}")
    yield site
    site.stop("make-run")


def test_the_same_worker_killed_twice_in_a_row_and_then_both(site: Installation) -> None:
    world = json.loads(site.python("from tests.crash import inside; print(inside.plant())"))
    honcho = site.processes["make-run"].pid
    wait_until(site.healthy, 60, "the site\n" + site.log("make-run"))
    main = server(honcho)
    assert main
    visitors = [Visitor(site, key, world["images"], seed) for seed, key in enumerate(world["sessions"][:4])]
    for visitor in visitors:
        visitor.start()
    for _ in range(4):
        wait_until(lambda: len(children(main)) == 2, 10, "two workers")
        os.kill(children(main)[-1], signal.SIGKILL)  # the youngest: the one that was just started anew
        time.sleep(0.7)
    for pid in children(main):
        os.kill(pid, signal.SIGKILL)
    wait_until(site.healthy, 20, "the site after its workers died\n" + site.log("make-run"))
    time.sleep(2)
    assert site.processes["make-run"].poll() is None
    assert server(honcho) == main
    for visitor in visitors:
        visitor.finish.set()
        visitor.join(30)
    state = json.loads(site.python("from tests.crash import inside; print(inside.state())"))
    for name, visitor in zip(sorted(state["people"]), visitors, strict=False):
        acknowledged = {image for image, sent in visitor.told.ratings.items() if any(ok for _, ok in sent)}
        assert acknowledged
        assert acknowledged <= set(state["people"][name]["ratings"])
        assert visitor.refused == []


def test_a_program_that_cannot_start_ends(new_site: Callable[..., Installation]) -> None:
    site = new_site("broken")
    command = f"exec python -m imagerec.serve --port {site.port} imagerec.nothing:application"
    site.start("broken", command=command)
    wait_until(lambda: site.processes["broken"].poll() is not None, 30, "the end of it")
    assert site.processes["broken"].returncode != 0
    assert "imagerec.nothing" in site.log("broken")
