"""An import that is killed at any point and repeated ends as an undisturbed one."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.gallery.ingest.pictures import jpeg

pytestmark = pytest.mark.crash
ROOT = Path(__file__).resolve().parents[3]
PICTURES = 5

# Ends the process, as kill -9 would, at the n-th call of one step.
DYING = """
import os, sys
import django
django.setup()
from django.db import transaction
from gallery import models
from gallery.catalogue import adding, bulk
from gallery.ingest import store

step, count = sys.argv[2], int(sys.argv[3])

def dying(real):
    def call(*args, **options):
        global count
        count -= 1
        if count == 0:
            os._exit(9)
        return real(*args, **options)
    return call

places = {
    "write": (store, "_write"), "sync": (store, "_sync_folder"), "place": (store, "_put_in_place"),
    "original": (store, "_store_original"), "rows": (adding, "_row"), "keywords": (adding, "_add_keywords"),
    "index": (adding, "index_images"), "after": (bulk, "_flush"),
}
if step in places:
    where, name = places[step]
    setattr(where, name, dying(getattr(where, name)))
from pathlib import Path
adding.MAX_ARRIVALS = 2
bulk.run_import(Path(sys.argv[1]))
"""

CHECK = """
import django
django.setup()
from django.conf import settings
from gallery.models import Image, SearchToken
for image in Image.objects.all():
    assert (settings.MEDIA_ROOT / image.file.name).stat().st_size == image.byte_size
    shelf = settings.MEDIA_ROOT / "renditions" / image.sha256[:2] / image.sha256
    names = {f"{width}.{kind}" for width in image.rendition_widths for kind in ("webp", "jpg")}
    assert {path.name for path in shelf.iterdir()} == names
    assert image.listing.search_tokens.exists() and image.keywords.count() == 0
print(Image.objects.count())
"""


@pytest.fixture
def site(tmp_path: Path) -> dict[str, str]:
    """The environment of a site of its own, with a database on disk."""
    folder = tmp_path / "pictures" / "sea"
    folder.mkdir(parents=True)
    for seed in range(PICTURES):
        (folder / f"{seed}.jpg").write_bytes(jpeg(48, 36, seed))
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "data"), "MEDIA_ROOT": str(tmp_path / "media")}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "imagerec.settings",
        "DATABASE_URL": "",
        "PICTURES": str(folder.parent),
    }
    run(environment, "-m", "django", "migrate", "-v0")
    return environment


def run(site: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=site, check=False, capture_output=True, text=True
    )


def rows(site: dict[str, str]) -> int:
    done = run(site, "-c", CHECK)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


POINTS = [
    ("write", 1), ("write", 4), ("sync", 2), ("place", 2), ("original", 3), ("rows", 2), ("keywords", 2),
    ("index", 1),
    ("after", 2),
]  # fmt: skip


def test_killed_at_any_step_it_converges_when_run_again(site):
    for step, count in POINTS:
        died = run(site, "-c", DYING, site["PICTURES"], step, str(count))
        assert died.returncode in {0, 9}, died.stderr
        assert rows(site) <= PICTURES
    assert run(site, "-c", DYING, site["PICTURES"], "none", "0").returncode == 0
    assert rows(site) == PICTURES


def test_killed_by_the_system_it_converges_when_run_again(site):
    command = [sys.executable, "manage.py", "import_images", site["PICTURES"]]
    for _ in range(3):
        process = subprocess.Popen(
            command, cwd=ROOT, env=site, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(random.uniform(0.5, 2.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert rows(site) <= PICTURES
    assert run(site, *command[1:]).returncode == 0
    assert rows(site) == PICTURES
