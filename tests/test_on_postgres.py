"""The tests that use the database, once more on a real PostgreSQL."""

import os
import subprocess
import sys

import pytest

from tests.installation import ROOT
from tests.servers import another_database

FOLDERS = ("tests/gallery", "tests/recommender", "tests/imagerec/account", "tests/imagerec/desk")
ABOUT_FILES = ("tests/gallery/ingest", "tests/imagerec/demo", "tests/recommender/test_lab.py")
# Pages, order, nights and limits: much to compute, and nothing that another database answers otherwise.
PAGES = ("views", "why", "fourth_source", "slates", "newcomer", "about", "long_nights", "third_agent")
LEFT_OUT = (
    *ABOUT_FILES,
    "tests/gallery/test_language.py",
    "tests/imagerec/account/test_signing_in.py",
    "tests/recommender/test_collaborative.py",
    *(f"tests/recommender/test_{name}.py" for name in PAGES),
)


@pytest.mark.services
@pytest.mark.timeout(1200)  # a single process; on a slow machine beside another one
def test_the_database_tests_pass_on_postgresql(postgres_url: str) -> None:
    environment = os.environ | {"TEST_DATABASE_URL": another_database(postgres_url, "unit")}
    for name in [name for name in environment if name.startswith("PYTEST_XDIST")]:
        del environment[name]
    selection = ["-m", "django_db and not services and not browser and not crash"]
    selection += ["-p", "no:xdist", "-q", "-x", "--no-header"]
    selection += [f"--ignore={folder}" for folder in LEFT_OUT]
    command = [sys.executable, "-m", "pytest", *FOLDERS, *selection]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
