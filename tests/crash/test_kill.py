"""kill -9 at random moments: what was acknowledged stays, and the night gets done."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.browser.story import photographs
from tests.crash.client import Visitor
from tests.installation import ROOT, Installation
from tests.servers import wait_until

pytestmark = [pytest.mark.crash, pytest.mark.timeout(420)]
KILLS = 20


def inside(site: Installation, call: str) -> str:
    return site.python(f"from tests.crash import inside; print(inside.{call})")


def await_answers(visitors: list[Visitor], more: int = 3) -> None:
    """On a slow machine, too, each kill finds a site in use."""
    enough = [visitor.answers + more for visitor in visitors]
    wait_until(
        lambda: all(visitor.answers >= due for visitor, due in zip(visitors, enough, strict=True)),
        60,
        "answers after the last kill",
    )


def test_20_kills_lose_nothing_that_was_acknowledged(new_site: Callable[..., Installation]) -> None:
    site = new_site("crash")
    world = json.loads(inside(site, "plant()"))
    site.manage("nightly")
    site.start("web", "learn", "night")
    visitors = [Visitor(site, key, world["images"], seed) for seed, key in enumerate(world["sessions"])]
    for visitor in visitors:
        visitor.start()
    rng = random.Random(20)
    for victim in rng.choices(["web", "learn", "night"], [10, 8, 2], k=KILLS):
        await_answers(visitors)
        time.sleep(rng.uniform(0.05, 1.0))
        site.restart(victim)
    await_answers(visitors)
    for visitor in visitors:
        visitor.finish.set()
        visitor.join(30)
    inside(site, "unfinished(killed=True)")
    wait_until(lambda: inside(site, "unfinished()") == "0", 120, "the jobs that were due")

    state = json.loads(inside(site, "state()"))
    assert state["integrity"] == "ok"
    assert state["broken"] == []
    for name, visitor in zip(sorted(state["people"]), visitors, strict=True):
        assert visitor.refused == []
        held = state["people"][name]
        acknowledged = {image for image, sent in visitor.told.ratings.items() if any(ok for _, ok in sent)}
        assert len(acknowledged) > 10
        assert acknowledged <= set(held["ratings"])
        assert not {i: value for i, value in held["ratings"].items() if value not in visitor.told.may_be(i)}
        assert visitor.told.views <= set(held["views"])
        assert len(held["views"]) == len(set(held["views"]))
        assert held["learnt"] == held["changes"], "each rating is learnt from once"


def test_a_night_that_is_killed_is_finished_by_the_next_call(new_site: Callable[..., Installation]) -> None:
    site = new_site("night")
    inside(site, "plant(0)")
    rng = random.Random(3)
    for _ in range(4):
        night = subprocess.Popen([sys.executable, "manage.py", "nightly"], cwd=ROOT, env=site.env)
        time.sleep(rng.uniform(1.0, 4.0))
        night.kill()
        night.wait()
        inside(site, "let_leases_run_out()")
    site.manage("nightly")
    outcome = json.loads(inside(site, "night()"))
    assert outcome["done"] >= 1
    assert outcome["current"] == 1
    assert outcome["slates"] == outcome["raters"] == 12
    assert inside(site, "integrity()") == "ok"


def test_an_import_whose_worker_is_killed_is_finished(new_site: Callable[..., Installation]) -> None:
    site = new_site("import")
    photographs(site.data / "import" / "coast", 150)
    site.start("night")
    inside(site, "ask_for_import('coast')")
    rng = random.Random(5)
    for _ in range(5):
        time.sleep(rng.uniform(1.0, 4.0))
        site.restart("night")
        inside(site, "unfinished(killed=True)")
    wait_until(lambda: inside(site, "unfinished()") == "0", 180, "the import\n" + site.log("night"))
    assert json.loads(inside(site, "imported()")) == {"images": 150, "incomplete": 0, "state": "done"}
