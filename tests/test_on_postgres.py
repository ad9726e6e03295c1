"""The tests that use the database, once more on a real PostgreSQL."""

import os
import subprocess
import sys

import pytest

from tests.installation import ROOT
from tests.servers import another_database

# What writes, locks, counts or searches; pages that only show what these found are left out.
RECOMMENDER = (
    "experiments",
    "feed",
    "feedback_log",
    "learn",
    "nightly",
    "publish",
    "rating_session",
    "steering",
    "update",
)
TESTED = (
    *(
        f"tests/gallery/{name}"
        for name in ("acts", "catalogue", "collections", "plumbing", "reports", "search", "trust")
    ),
    *(f"tests/recommender/test_{name}.py" for name in RECOMMENDER),
    "tests/gallery/browse/test_trending.py",
    "tests/imagerec/account/test_data.py",
    "tests/imagerec/desk",
)


@pytest.mark.services
@pytest.mark.timeout(1200)  # a single process; on a slow machine beside another one
def test_the_database_tests_pass_on_postgresql(postgres_url: str) -> None:
    environment = os.environ | {"TEST_DATABASE_URL": another_database(postgres_url, "unit")}
    for name in [name for name in environment if name.startswith("PYTEST_XDIST")]:
        del environment[name]
    selection = ["-m", "django_db and not services and not browser and not crash"]
    selection += ["-k", "not a_nul_is_refused"]  # before a database is asked
    selection += ["-p", "no:xdist", "-q", "-x", "--no-header"]
    command = [sys.executable, "-m", "pytest", *TESTED, *selection]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
